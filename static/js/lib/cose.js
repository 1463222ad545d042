// Signed messages: COSE_Sign1 (RFC 9052) with Ed25519 (RFC 9864), bound to one purpose and one chain.
// The same as app/message/cose.py; both run the same vectors. The server's verdict is the one that counts.

import { Refusal } from './refusal.js';
import { bytesHead, decode, readLength, sameBytes } from './cbor.js';
import { BY_NAME, MAX_BYTES, read } from './kinds.js';
import { checkPublic, isMalleated, verify as holds } from './curve.js';
import { BEFORE, BETWEEN, checkLength, messageId, toSign } from './signed.js';

export { messageId, sign, toSign } from './signed.js';

/** @typedef {import('./kinds.js').Body} Body */
/** @typedef {{ kind: string, body: Body, payload: Uint8Array, signature: Uint8Array, raw: Uint8Array }} Parsed */

const LAST = BETWEEN.length + 64;

/**
 * Form only. Refuses TOO_LONG, NOT_CANONICAL, TRAILING_BYTES, NOT_A_MESSAGE, UNKNOWN_KIND, BAD_FIELD, SMALL_ORDER_KEY.
 * @param {Uint8Array} raw
 * @returns {Parsed}
 */
export function parse(raw) {
  checkLength(raw, MAX_BYTES);
  const payload = payloadOf(raw);
  const { kind, body } = read(decode(payload), checkPublic);
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
