// Checking signatures and public keys: done by noble with the server's strictness, in every browser alike. A module of its
// own, because a wallet that only signs needs none of it, and noble is the largest of what it would fetch.

import { Point, verifyAsync } from '../../vendor/noble-ed25519.js';
import { Refusal } from './refusal.js';

const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;

/**
 * True if `publicKey` signed `data`. A key with a small-order part signs nothing, nor does S ≥ L.
 * @param {Uint8Array} signature @param {Uint8Array} data @param {Uint8Array} publicKey
 */
export async function verify(signature, data, publicKey) {
  if (signature.length !== 64 || publicKey.length !== 32 || isMalleated(signature)) return false;
  return isPrimeOrder(signature.slice(0, 32)) && isPrimeOrder(publicKey)
    && verifyAsync(signature, data, publicKey, { zip215: false });
}

/** S ≥ L: the same signature written another way (RFC 8032 §5.1.7). @param {Uint8Array} signature */
export function isMalleated(signature) {
  return signature.slice(32).reduceRight((sum, byte) => sum << 8n | BigInt(byte), 0n) >= ORDER;
}

/**
 * Returns a key whose signatures mean one thing. Refuses BAD_FIELD (no point) or SMALL_ORDER_KEY.
 * @param {Uint8Array} publicKey
 */
export function checkPublic(publicKey) {
  const point = publicKey.length === 32 ? pointOf(publicKey) : null;
  if (!point) throw new Refusal('BAD_FIELD', { field: 'key' });
  if (!isPrimeOrder(publicKey)) throw new Refusal('SMALL_ORDER_KEY');
  return publicKey;
}

/** @param {Uint8Array} encoded */
function pointOf(encoded) {
  try {
    return Point.fromBytes(encoded, false);
  } catch {
    return null;
  }
}

/** @param {Uint8Array} encoded */
function isPrimeOrder(encoded) {
  const point = pointOf(encoded);
  return point !== null && !point.is0() && point.isTorsionFree();
}
