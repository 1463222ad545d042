// Signed messages: COSE_Sign1 (RFC 9052) with Ed25519 (RFC 9864), bound to one purpose and one chain.
// The same as app/message/cose.py; both run the same vectors. The server's verdict is the one that counts.

import { Refusal } from './refusal.js';
import { bytesHead, concat, decode, encode, readLength, sameBytes } from './cbor.js';
import { BY_NAME, MAX_BYTES, itemsOf, read } from './kinds.js';
import { checkPublic, isMalleated, verify as holds } from './keys.js';

/** @typedef {import('./kinds.js').Body} Body */
/** @typedef {{ kind: string, body: Body, payload: Uint8Array, signature: Uint8Array, raw: Uint8Array }} Parsed */
/** @typedef {{ sign(data: Uint8Array): Promise<Uint8Array> }} Signer */

const BEFORE = Uint8Array.of(0x84, 0x43, 0xa1, 0x01, 0x32, 0xa0);     // array(4), {1: -19}, {}
const BETWEEN = Uint8Array.of(0x58, 0x40);
const LAST = BETWEEN.length + 64;
const SIGNATURE1 = concat(Uint8Array.of(0x84, 0x6a), ascii('Signature1'), Uint8Array.of(0x43, 0xa1, 0x01, 0x32));

/**
 * The message of one kind, signed for one chain. Refuses BAD_FIELD or TOO_LONG.
 * @param {string} kind @param {Body} body @param {Signer} key @param {Uint8Array} chainId
 */
export async function sign(kind, body, key, chainId) {
  const payload = encode(itemsOf(kind, body));
  const signature = await key.sign(toSign(kind, payload, chainId));
  const raw = concat(BEFORE, bytesHead(payload.length), payload, BETWEEN, signature);
  checkLength(raw, BY_NAME.get(kind)?.maxBytes ?? 0);
  return raw;
}

/**
 * Form only. Refuses TOO_LONG, NOT_CANONICAL, TRAILING_BYTES, NOT_A_MESSAGE, UNKNOWN_KIND, BAD_FIELD, SMALL_ORDER_KEY.
 * @param {Uint8Array} raw
 * @returns {Parsed}
 */
export function parse(raw) {
  checkLength(raw, MAX_BYTES);
  const payload = payloadOf(raw);
  const { kind, body } = read(decode(payload));
  checkLength(raw, kind.maxBytes);
  return { kind: kind.name, body, payload, signature: raw.slice(-64), raw };
}

/**
 * The id of a message that `publicKey` signed for this chain. Refuses MALLEATED_SIGNATURE, WRONG_PURPOSE,
 * OTHER_CHAIN (signed for one of `others`), BAD_SIGNATURE; SMALL_ORDER_KEY or BAD_FIELD for the key itself.
 * @param {Parsed} parsed @param {Uint8Array} publicKey @param {Uint8Array} chainId @param {Uint8Array[]} [others]
 */
export async function verify({ kind, payload, signature }, publicKey, chainId, others = []) {
  if (isMalleated(signature)) throw new Refusal('MALLEATED_SIGNATURE');
  const signedAs = (name, chain) => holds(signature, toSign(name, payload, chain), publicKey);
  if (!await signedAs(kind, chainId)) {
    checkPublic(publicKey);
    for (const name of BY_NAME.keys()) if (await signedAs(name, chainId)) throw new Refusal('WRONG_PURPOSE');
    for (const chain of others) if (await signedAs(kind, chain)) throw new Refusal('OTHER_CHAIN');
    throw new Refusal('BAD_SIGNATURE');
  }
  return messageId(kind, payload, chainId);
}

/**
 * SHA-256 over purpose, chain id and payload.
 * @param {string} kind @param {Uint8Array} payload @param {Uint8Array} chainId
 */
export async function messageId(kind, payload, chainId) {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', concat(purpose(kind, chainId), payload)));
}

/**
 * The Sig_structure of RFC 9052 §4.4: what the key signs.
 * @param {string} kind @param {Uint8Array} payload @param {Uint8Array} chainId
 */
export function toSign(kind, payload, chainId) {
  const aad = purpose(kind, chainId);
  return concat(SIGNATURE1, bytesHead(aad.length), aad, bytesHead(payload.length), payload);
}

/** @param {string} kind @param {Uint8Array} chainId */
function purpose(kind, chainId) {
  if (chainId.length !== 32) throw new TypeError('a chain id has 32 bytes');
  return concat(ascii(`hagc/${kind}/1\0`), chainId);
}

/** @param {Uint8Array} raw */
function payloadOf(raw) {
  if (!sameBytes(raw.subarray(0, BEFORE.length), BEFORE)) throw new Refusal('NOT_A_MESSAGE');
  const [length, start] = readLength(raw, BEFORE.length);
  const end = start + length;
  if (raw.length < end + LAST || !sameBytes(raw.subarray(end, end + BETWEEN.length), BETWEEN)) {
    throw new Refusal('NOT_A_MESSAGE');
  }
  if (start !== BEFORE.length + bytesHead(length).length) throw new Refusal('NOT_CANONICAL');
  if (raw.length > end + LAST) throw new Refusal('TRAILING_BYTES');
  return raw.slice(start, end);
}

/** @param {Uint8Array} raw @param {number} longest */
function checkLength(raw, longest) {
  if (raw.length > longest) throw new Refusal('TOO_LONG', { length: raw.length, longest });
}

/** @param {string} text */
function ascii(text) {
  return new TextEncoder().encode(text);
}
