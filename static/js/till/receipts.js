// Nothing is paid before this: the operator's receipt, signed by a known key, for this very message and amount.

import { fromBase64url, fromHex, hex } from '../lib/bytes.js';
import { parse, verify } from '../lib/cose.js';
import { lookAtCity } from './pairing.js';
import { chain, ourTill } from './signing.js';

/** The server said "settled", and what it sent proves nothing of the kind. */
export class Unproven extends Error {}

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
  const key = knownKey(body.operational) ?? (await lookAtCity(), knownKey(body.operational));
  if (!key) throw new Unproven('no known key');
  try {
    await verify(parsed, fromHex(key), chain());
  } catch (error) {
    if (error.name !== 'Refusal') throw error;
    throw new Unproven(error.word);
  }
  return { entry: body.entry, at_s: body.at_s, amount_won: body.amount_won, receipt };
}


/** @param {string} receipt */
function opened(receipt) {
  try {
    const parsed = parse(fromBase64url(receipt));
    if (parsed.kind === 'receipt') return parsed;
  } catch (error) {
    if (error.name !== 'Refusal' && error.name !== 'InvalidCharacterError') throw error;
  }
  throw new Unproven('no receipt');
}

/** @param {number} number */
function knownKey(number) {
  return ourTill().receipt_keys.find((each) => each.number === number)?.key;
}
