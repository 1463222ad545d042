// Checks a receipt on this phone: the operator's signature, that it answers this very message, and that this phone's
// half of the entry stands under the leaf that was signed. What another phone paid is fetched from the ledger first.

import { get } from '../lib/api.js';
import { base64url, fromBase64url, fromHex, hex } from '../lib/bytes.js';
import { concat, decodeNested } from '../lib/cbor.js';
import { nowS } from '../lib/clock.js';
import { messageId, parse, verify } from '../lib/cose.js';
import { RECEIPTS, standing } from '../lib/trust.js';
import { asAccount, chain } from './account.js';
import { keepPayment } from './kept.js';
import { state } from './state.js';

/** @typedef {import('./kept.js').Payment} Payment */

const PAYER = 'hagc/half/payer/1\0';
const TWO_SIDED = 2;            // app/chain/entry.py

/**
 * 'good', or what is wrong: 'missing', 'unknown key', 'bad signature', 'other payment', 'other entry'.
 * @param {Pick<Payment, 'receipt' | 'id' | 'entry' | 'amount_won' | 'opening'>} payment
 * @param {boolean} [again] it was taken before: then any key counts that the number ever had
 */
export async function check({ receipt, id, entry, amount_won, opening }, again = false) {
  if (!receipt) return 'missing';
  const parsed = receiptIn(receipt);
  if (!parsed) return 'bad signature';
  const body = /** @type {Record<string, any>} */ (parsed.body);
  const keys = keysOf(body.operational, again);
  if (!keys.length) return 'unknown key';
  if (!(await Promise.all(keys.map((key) => isSigned(parsed, key)))).includes(true)) return 'bad signature';
  if (hex(body.subject) !== id.slice(0, 32)) return 'other payment';
  if (body.entry !== entry || body.amount_won !== amount_won) return 'other entry';
  return !opening?.half || await leafOf(opening) === base64url(body.leaf) ? 'good' : 'other entry';
}

/** @param {string} message base64url @returns {import('../lib/cose.js').Parsed} */
export function opened(message) {
  return parse(fromBase64url(message));
}

/** What has a receipt's form; null when it is none. @param {string} text base64url */
function receiptIn(text) {
  try {
    const parsed = opened(text);
    return parsed.kind === 'receipt' ? parsed : null;
  } catch (error) {
    if (error.name !== 'Refusal' && error.name !== 'InvalidCharacterError') throw error;
    return null;
  }
}

/** @param {number} number @param {boolean} ever */
function keysOf(number, ever) {
  const known = state.city?.known ?? [];
  const found = ever ? known.filter((one) => one.role === RECEIPTS) : standing(known, RECEIPTS, nowS());
  return found.filter((one) => one.number === number).map((one) => fromHex(one.key));
}

/** @param {import('../lib/cose.js').Parsed} parsed @param {Uint8Array} key */
async function isSigned(parsed, key) {
  try {
    return Boolean(await verify(parsed, key, chain()));
  } catch (error) {
    if (error.name !== 'Refusal') throw error;
    return false;
  }
}

/**
 * The receipt of a payment of this account that this phone has none of; kept once it is proven. Throws Refused, NoAnswer.
 * @param {import('./state.js').Entry} line @returns {Promise<{verdict: string, payment?: Payment}>}
 */
export async function fetchReceipt(line) {
  const answer = await asAccount((session) => get(`/api/receipts/${line.entry}`, { session }));
  const payment = await paymentOf(line, answer);
  const verdict = payment ? await check(payment) : 'other entry';
  if (!payment || verdict !== 'good') return { verdict };
  await keepPayment(payment);
  return { verdict, payment };
}

/**
 * What the half says was signed and by which key of this account; null when it is not this payment's.
 * @param {import('./state.js').Entry} line
 * @param {{payer_receipt: string, half: string, salt: string, other: string}} answer @returns {Promise<Payment | null>}
 */
async function paymentOf({ entry, at_s, amount_won, shop, shop_name }, { payer_receipt, half, salt, other }) {
  try {
    const [number, , , message, key, account, won] = /** @type {any[]} */ (decodeNested(fromBase64url(half)));
    if (number !== entry || won !== amount_won || hex(account) !== state.view?.account) return null;
    const parsed = parse(message);
    await verify(parsed, key, chain());
    const id = hex(await messageId(parsed.kind, parsed.payload, chain()));
    const { alias, expires_at_s } = /** @type {Record<string, any>} */ (parsed.body);
    return {
      of: id, kind: /** @type {'code' | 'payment'} */ (parsed.kind), id, message: base64url(message), alias: hex(alias),
      expires_at_s, signed_at_s: at_s, shop: shop ?? undefined, shop_name, amount_won, state: 'settled', entry, at_s,
      receipt: payer_receipt, opening: { half, salt, other },
    };
  } catch (error) {
    if (error.name === 'Refusal') return null;
    throw error;
  }
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
