// Which keys speak for a city, worked out from its chain id alone: the same as app/chain/trust.py, on the same vectors.
//     chain id = SHA-256(genesis) -> root keys and threshold -> a certificate that enough roots signed -> the key
// So a device that pinned the chain id takes nobody's word for a new key, the server's neither.

import { fromBase64url, fromHex, hex } from './bytes.js';
import { decodeNested, sameBytes } from './cbor.js';
import { parse, verify } from './cose.js';
import { Refusal } from './refusal.js';

/**
 * @typedef {object} Proof all that it takes to believe one key of the server
 * @property {Uint8Array} genesis @property {Uint8Array} message operational-key, signed by one root
 * @property {Uint8Array[]} approvals by further roots
 */
/** @typedef {{ threshold: number, roots: Uint8Array[] }} Genesis */
/**
 * @typedef {object} Known a key that the roots certified, as a device keeps it
 * @property {number} number @property {number} role @property {string} key hex
 * @property {number} valid_from_s @property {number} valid_until_s @property {number} expires_at_s of the certificate
 * @property {string} proof the certificate as GET /api/city told it
 */

export const RECEIPTS = 1, NOTICES = 4;     // roles (app/money/orders.py)
const GENESIS = 48 * 4, ROOTS = 1;

/** No genesis, or a message of another kind. */
export class Malformed extends Error {}

/**
 * The key that the roots of the chain `pinned` certified. Its dates are the caller's to judge, and which of two
 * certificates for one number stands. Throws Malformed, or a Refusal in the words of app/chain/trust.py.
 * @param {Proof} proof @param {Uint8Array} pinned 32
 */
export async function certified({ genesis, message, approvals }, pinned) {
  if (!sameBytes(await sha256(genesis), pinned)) throw new Refusal('OTHER_CHAIN');
  const { roots, threshold } = genesisOf(genesis);
  const signed = (raw, kind, who) => openSigned(raw, kind, who, roots, pinned);
  const { id, body } = await signed(message, 'operational-key', 'root');
  const said = [];
  for (const raw of approvals) said.push((await signed(raw, 'approval', 'signer')).body);
  const signers = [Number(body.root), ...said.map((one) => Number(one.signer))];
  const keys = new Set(signers.map((index) => hex(roots[index])));
  if (new Set(signers).size < signers.length || keys.size < signers.length) throw new Refusal('SAME_OFFICER');
  const good = said.every((one) => one.board === ROOTS && sameBytes(/** @type {Uint8Array} */ (one.approved), id));
  if (!good || signers.length < threshold) throw new Refusal('APPROVALS_MISSING');
  return body;
}

/**
 * The roots, and how many of them must sign. Throws Malformed.
 * @param {Uint8Array} raw @returns {Genesis}
 */
function genesisOf(raw) {
  const items = itemsOf(raw);
  const shape = items.map((item) => (item instanceof Uint8Array ? 'b' : Array.isArray(item) ? 'a' : 'u')).join('');
  if (shape !== 'ubbuububb') throw new Malformed('no genesis');
  const [kind, city, host, , threshold, all, , zone, random] = /** @type {any[]} */ (items);
  const roots = Array.from({ length: all.length / 32 }, (_, at) => all.slice(32 * at, 32 * at + 32));
  const named = [city, host, zone].every((name) => name.every((byte) => byte < 128));
  const good = kind === GENESIS && random.length === 16 && all.length % 32 === 0 && threshold >= 1 && threshold <= roots.length;
  if (!good || !named) throw new Malformed('no genesis');
  return { threshold, roots };
}

/** @param {Uint8Array} raw */
function itemsOf(raw) {
  try {
    return decodeNested(raw);
  } catch (error) {
    throw error.name === 'Refusal' ? new Malformed(error.word) : error;
  }
}

/**
 * @param {Uint8Array} raw @param {string} kind @param {string} who the field that names its root
 * @param {Uint8Array[]} roots @param {Uint8Array} chain
 */
async function openSigned(raw, kind, who, roots, chain) {
  const parsed = parse(raw);
  if (parsed.kind !== kind) throw new Malformed(`not of the kind ${kind}`);
  const root = roots[Number(parsed.body[who])];
  if (!root) throw new Refusal('UNKNOWN_KEY');
  return { id: await verify(parsed, root, chain), body: parsed.body };
}

/**
 * What GET /api/city proves, with what a device knew before: a server that keeps back a newer certificate brings no
 * old key back. Throws as `certified`, also when only one certificate is false: who tells such a thing is not believed.
 * @param {any} told @param {Known[]} known @param {Uint8Array} pinned @returns {Promise<Known[]>}
 */
export async function learn(told, known, pinned) {
  const { genesis, lines } = read(told);
  if (!sameBytes(await sha256(genesis), pinned)) throw new Refusal('OTHER_CHAIN');
  const all = [...known];
  for (const { proof, message, approvals } of lines) {
    if (all.some((one) => one.proof === proof)) continue;
    const body = /** @type {Record<string, any>} */ (await certified({ genesis, message, approvals }, pinned));
    const { number, role, valid_from_s, valid_until_s, expires_at_s } = body;
    all.push({ number, role, key: hex(body.key), valid_from_s, valid_until_s, expires_at_s, proof });
  }
  return all;
}

/** The answer's bytes; nothing is checked yet. Throws Malformed. @param {any} told */
function read({ genesis, operational }) {
  try {
    const lines = operational.map(({ message, approvals }) => ({
      proof: [message, ...approvals].join(' '), message: fromBase64url(message), approvals: approvals.map(fromBase64url),
    }));
    return { genesis: fromHex(genesis), lines };
  } catch (error) {
    throw new Malformed(error.message);
  }
}

/**
 * Of each number the key that speaks now. A certificate can't be made long before its roots let it expire, so of two
 * for one number the one stands that expires later.
 * @param {Known[]} known @param {number} role @param {number} nowS @returns {Known[]}
 */
export function standing(known, role, nowS) {
  /** @type {Map<number, Known>} */
  const newest = new Map();
  for (const one of known) {
    const other = newest.get(one.number);
    if (!other || !isLater(other, one)) newest.set(one.number, one);
  }
  return [...newest.values()].filter((one) => one.role === role && one.valid_from_s <= nowS && nowS < one.valid_until_s);
}

/** @param {Known} a @param {Known} b */
function isLater(a, b) {
  return (a.expires_at_s - b.expires_at_s || a.valid_from_s - b.valid_from_s) > 0;
}

/** @param {Uint8Array} bytes */
async function sha256(bytes) {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', /** @type {BufferSource} */ (bytes)));
}
