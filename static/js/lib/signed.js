// Signing a message (COSE_Sign1, RFC 9052, with Ed25519, RFC 9864), bound to one purpose and one chain, and its id: what a
// device does with its own messages. Reading and checking those of others is cose.js, which brings the curve with it.

import { Refusal } from './refusal.js';
import { bytesHead, concat, encode } from './cbor.js';
import { BY_NAME, itemsOf } from './kinds.js';

/** @typedef {import('./kinds.js').Body} Body */
/** @typedef {{ sign(data: Uint8Array): Promise<Uint8Array> }} Signer */

export const BEFORE = Uint8Array.of(0x84, 0x43, 0xa1, 0x01, 0x32, 0xa0);     // array(4), {1: -19}, {}
export const BETWEEN = Uint8Array.of(0x58, 0x40);
const SIGNATURE1 = concat(Uint8Array.of(0x84, 0x6a), ascii('Signature1'), Uint8Array.of(0x43, 0xa1, 0x01, 0x32));

/**
 * The message of one kind, signed for one chain. Refuses BAD_FIELD or TOO_LONG.
 * @param {string} kind @param {Body} body @param {Signer} key @param {Uint8Array} chainId
 */
export async function sign(kind, body, key, chainId) {
  return (await signWithId(kind, body, key, chainId)).raw;
}

/**
 * The same with its id. Refuses BAD_FIELD or TOO_LONG.
 * @param {string} kind @param {Body} body @param {Signer} key @param {Uint8Array} chainId
 * @returns {Promise<{raw: Uint8Array, id: Uint8Array}>}
 */
export async function signWithId(kind, body, key, chainId) {
  const payload = encode(itemsOf(kind, body));
  const signature = await key.sign(toSign(kind, payload, chainId));
  const raw = concat(BEFORE, bytesHead(payload.length), payload, BETWEEN, signature);
  checkLength(raw, BY_NAME.get(kind)?.maxBytes ?? 0);
  return { raw, id: await messageId(kind, payload, chainId) };
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

/** @param {Uint8Array} raw @param {number} longest */
export function checkLength(raw, longest) {
  if (raw.length > longest) throw new Refusal('TOO_LONG', { length: raw.length, longest });
}

/** @param {string} text */
function ascii(text) {
  return new TextEncoder().encode(text);
}
