// Nothing is paid before this: the operator's receipt, signed by a known key, for this very message and amount.

import { NoAnswer, Refused } from '../lib/api.js';
import { fromBase64url, fromHex, hex } from '../lib/bytes.js';
import { nowS } from '../lib/clock.js';
import { parse, verify } from '../lib/cose.js';
import { RECEIPTS, standing } from '../lib/trust.js';
import { lookAtCity } from './pairing.js';
import { chain, ourTill } from './signing.js';
import { Unproven } from './unproven.js';

export { Unproven };

/**
 * What the receipt says, once it is proven to answer `sent`; throws Unproven.
 * @param {import('./journal.js').Sent} sent @param {string} receipt base64url
 * @returns {Promise<{entry: number, at_s: number, amount_won: number, receipt: string}>}
 */
export async function prove(sent, receipt) {
  const parsed = opened(receipt);
  const body = /** @type {Record<string, any>} */ (parsed.body);
  if (hex(body.subject) !== sent.id.slice(0, 32)) throw new Unproven('another message');
  if (body.amount_won !== sent.amount_won) throw new Unproven('another amount');
  if (!await isSigned(parsed)) {                            // perhaps the city has a new key
    await lookAtCity().catch((error) => { throw error instanceof Refused ? new Unproven(error.word) : error; });
    if (!await isSigned(parsed)) throw new Unproven('by no key that the roots certified');
  }
  return { entry: body.entry, at_s: body.at_s, amount_won: body.amount_won, receipt };
}

/**
 * The same for a receipt on a customer's phone. Without a line only the keys count that this till has proven before.
 * @param {import('./journal.js').Sent} sent @param {string} receipt base64url
 */
export function proveShown(sent, receipt) {
  return prove(sent, receipt).catch((error) => { throw error instanceof NoAnswer ? new Unproven('by no key known here') : error; });
}

/**
 * Whether the city signed that this very message will never be settled.
 * @param {import('./journal.js').Sent} sent @param {unknown} refusal base64url @param {number} number of the word that the server says
 */
export async function isNo(sent, refusal, number) {
  if (typeof refusal !== 'string' || !refusal) return false;
  const parsed = formOf(refusal);
  if (parsed?.kind !== 'refused') return false;
  const body = /** @type {Record<string, any>} */ (parsed.body);
  const its = hex(body.subject) === sent.id.slice(0, 32) && body.ends_at_s === sent.expires_at_s;
  return its && body.number === number && isSigned(parsed);
}

/** By the key that stands under the number it names. @param {import('../lib/cose.js').Parsed} parsed */
async function isSigned(parsed) {
  const key = standing(ourTill().known ?? [], RECEIPTS, nowS()).find((one) => one.number === parsed.body.operational)?.key;
  if (!key) return false;
  try {
    await verify(parsed, fromHex(key), chain());
    return true;
  } catch (error) {
    if (error.name !== 'Refusal') throw error;
    return false;
  }
}

/** @param {string} receipt */
function opened(receipt) {
  const parsed = formOf(receipt);
  if (parsed?.kind !== 'receipt') throw new Unproven('no receipt');
  return parsed;
}

/** @param {string} message base64url */
function formOf(message) {
  try {
    return parse(fromBase64url(message));
  } catch (error) {
    if (error.name !== 'Refusal' && error.name !== 'InvalidCharacterError') throw error;
    return null;
  }
}
