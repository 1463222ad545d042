// Runs every vector of tests/vectors that the phone's scripts must agree with; says what differs, and how many held.
//   node tests/js/vectors.mjs

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import * as cbor from '../../static/js/lib/cbor.js';
import * as cose from '../../static/js/lib/cose.js';
import * as kinds from '../../static/js/lib/kinds.js';
import * as curve from '../../static/js/lib/curve.js';
import * as qr from '../../static/js/lib/qr.js';
import * as trust from '../../static/js/lib/trust.js';

const load = (name) => JSON.parse(readFileSync(new URL(`../vectors/${name}.json`, import.meta.url), 'utf8'));
const bytes = (hex) => Uint8Array.from(Buffer.from(hex, 'hex'));
const base64url = (data) => Buffer.from(data).toString('base64url');
const hex = (data) => Buffer.from(data).toString('hex');

let held = 0;

async function word(act) {
  try {
    await act();
    return null;
  } catch (error) {
    if (error.name === 'Refusal') return error.word;
    if (error instanceof trust.Malformed) return 'Malformed';
    throw error;
  }
}

async function messages() {
  const { chain, host, seed, public: publicKey, messages: all } = load('messages');
  const key = await keyOf(seed);
  for (const one of all) {
    const raw = bytes(one.message), parsed = cose.parse(raw), { fields } = kinds.BY_NAME.get(one.kind);
    assert.equal(parsed.kind, one.kind);
    const body = Object.fromEntries(fields.map(([name]) => [name, typeof one.fields[name] === 'string' ? bytes(one.fields[name]) : one.fields[name]]));
    assert.deepEqual(parsed.body, body);
    assert.equal(hex(parsed.payload), one.payload);
    assert.equal(hex(parsed.signature), one.signature);
    assert.equal(hex(cose.toSign(one.kind, parsed.payload, bytes(chain))), one.signed);
    assert.equal(hex(await cose.verify(parsed, bytes(publicKey), bytes(chain))), one.id);
    assert.equal(hex(await cose.sign(one.kind, body, key, bytes(chain))), one.message);
    assert.equal(qr.toText(raw, host), one.text);
    assert.equal(hex(qr.fromText(one.text, [host])), one.message);
    held++;
  }
}

/** Signs with a fixed seed through WebCrypto, as the browser's own key does. */
async function keyOf(seed) {
  const pkcs8 = bytes(`302e020100300506032b657004220420${seed}`);
  const secret = await crypto.subtle.importKey('pkcs8', pkcs8, 'Ed25519', false, ['sign']);
  return { sign: async (data) => new Uint8Array(await crypto.subtle.sign('Ed25519', secret, data)) };
}

async function refusals() {
  const { chain, others, public: publicKey, messages: all, keys: allKeys } = load('refusals');
  for (const one of all) {
    const key = bytes(one.public ?? publicKey);
    const said = await word(() => cose.verify(cose.parse(bytes(one.message)), key, bytes(chain), others.map(bytes)));
    assert.equal(said, one.word, one.name);
    held++;
  }
  for (const one of allKeys) {
    assert.equal(await word(() => curve.checkPublic(bytes(one.key))), one.word, one.name);
    held++;
  }
}

async function cborItems() {
  const all = load('cbor');
  const plain = (item) => (Array.isArray(item) ? item.map(plain) : item instanceof Uint8Array ? `0x${hex(item)}` : String(item));
  for (const [read, list] of [[cbor.decode, all.flat], [cbor.decodeNested, [...all.flat, ...all.nested]]]) {
    for (const one of list) {
      const items = read(bytes(one.bytes));
      assert.deepEqual(plain(items), one.items);
      assert.equal(hex(cbor.encode(items)), one.bytes);
      held++;
    }
  }
  for (const one of all.refused) {
    for (const read of [cbor.decode, cbor.decodeNested]) {
      assert.equal(await word(() => read(bytes(one.bytes))), one.word, one.bytes);
      held++;
    }
  }
}

async function qrTexts() {
  const { hosts, texts, read, refused } = load('qr');
  for (const one of texts) {
    assert.equal(qr.toText(bytes(one.message), hosts[0]), one.text);
    assert.equal(qr.picture(one.text).version, one.version);
  }
  for (const one of [...texts, ...read]) assert.equal(hex(qr.fromText(one.text, hosts)), one.message, one.text);
  for (const one of refused) assert.equal(await word(() => qr.fromText(one.text, hosts)), one.word, one.text);
  held += texts.length + read.length + refused.length;
}

async function certificates() {
  const { chain, genesis, now_s, proofs, choices } = load('trust');
  for (const one of proofs) {
    const proof = { genesis: bytes(one.genesis), message: bytes(one.message), approvals: one.approvals.map(bytes) };
    assert.equal(await word(() => trust.certified(proof, bytes(one.pinned))), one.word, one.name);
    const told = { genesis: one.genesis, operational: [{ message: base64url(proof.message), approvals: proof.approvals.map(base64url) }] };
    assert.equal(await word(() => trust.learn(told, [], bytes(one.pinned))), one.word, one.name);
    held++;
  }
  for (const { name, operational, standing } of choices) {
    const first = await trust.learn({ genesis, operational: operational.slice(0, 1) }, [], bytes(chain));
    const known = await trust.learn({ genesis, operational }, first, bytes(chain));
    assert.equal(known.length, operational.length);
    const found = trust.standing(known, trust.RECEIPTS, now_s).map(({ number, key }) => [number, key]);
    assert.deepEqual(found.sort(([a], [b]) => a - b), standing, name);
    held++;
  }
}

await messages();
await refusals();
await cborItems();
await qrTexts();
await certificates();
console.log(JSON.stringify({ held }));
