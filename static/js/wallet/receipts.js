// Checks a receipt on this phone: the operator's signature, that it answers this very message, and that this phone's
// half of the entry stands under the leaf that was signed.

import { base64url, fromBase64url, fromHex, hex } from '../lib/bytes.js';
import { concat } from '../lib/cbor.js';
import { verify } from '../lib/cose.js';
import { chain, opened } from './account.js';
import { state } from './state.js';

const PAYER = 'hagc/half/payer/1\0';
const TWO_SIDED = 2;            // app/chain/entry.py

/**
 * 'good', or what is wrong: 'missing', 'unknown key', 'bad signature', 'other payment', 'other entry'.
 * @param {import('./kept.js').Payment} payment
 */
export async function check({ receipt, id, entry, amount_won, opening }) {
  if (!receipt) return 'missing';
  const parsed = opened(receipt);
  const body = /** @type {Record<string, any>} */ (parsed.body);
  const found = state.city?.receipt_keys.find((each) => each.number === body.operational);
  if (!found) return 'unknown key';
  try {
    await verify(parsed, fromHex(found.key), chain());
  } catch (error) {
    if (error.name !== 'Refusal') throw error;
    return 'bad signature';
  }
  if (hex(body.subject) !== id.slice(0, 32)) return 'other payment';
  if (body.entry !== entry || body.amount_won !== amount_won) return 'other entry';
  return !opening?.half || await leafOf(opening) === base64url(body.leaf) ? 'good' : 'other entry';
}

/** The leaf hash (RFC 6962) over both halves' commitments. @param {{half: string, salt: string, other: string}} opening */
async function leafOf({ half, salt, other }) {
  const label = new TextEncoder().encode(PAYER);
  const mine = await sha256(concat(label, fromBase64url(salt), fromBase64url(half)));
  return base64url(await sha256(concat(Uint8Array.of(0, TWO_SIDED), mine, fromBase64url(other))));
}

/** @param {Uint8Array} bytes */
async function sha256(bytes) {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', /** @type {BufferSource} */ (bytes)));
}
