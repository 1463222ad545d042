// The day at this till, as the ledger has it.

import { NoAnswer, Refused, get, refused } from '../lib/api.js';
import { keep } from './journal.js';
import { doubt } from './line.js';
import { asTill, ourTill } from './signing.js';
import { change } from './state.js';

/**
 * @typedef {object} Line
 * @property {number} entry @property {'sale' | 'refund' | 'void'} kind @property {number} at_s @property {number} amount_won
 * @property {number} refunded_won @property {number | null} of @property {string} reference
 * @property {number} cashier 0: the owner @property {string} subject hex, the message of this till that it was
 * @property {'settling' | 'asking'} [waits] only by the till's own record: it has no entry yet
 */

/** What the server says of a session that it will never take: what that means for a till. @type {Record<string, string>} */
const ENDED = {
  TILL_REVOKED: 'TILL_REVOKED', REVOKED_KEY: 'TILL_REVOKED', UNKNOWN_TILL: 'UNKNOWN_TILL', UNKNOWN_KEY: 'UNKNOWN_TILL',
  BAD_SIGNATURE: 'UNKNOWN_TILL', OTHER_CHAIN: 'OTHER_CHAIN',
};

/** The newest sales, or those before an entry. @param {number} [before] @returns {Promise<{sales: Line[], more: boolean}>} */
export async function list(before) {
  const found = await asTill((session) => get(`/api/till${before ? `?before=${before}` : ''}`, { session }));
  if (!before) await learn(found);
  return found;
}

/** The day's sum again; nothing when nobody answers. */
export async function refresh() {
  try {
    await list();
  } catch (error) {
    if (error instanceof NoAnswer) return void doubt();
    if (!(error instanceof Refused)) throw error;
    if (ENDED[error.word]) change({ trouble: refused(ENDED[error.word]) });
  }
}

/** @param {any} found the answer to GET /api/till */
async function learn({ day_total_won, day_sales, shop_name, rights, shop }) {
  change({ day: { won: day_total_won, sales: day_sales }, trouble: null });
  const till = ourTill();
  if (till.shop_name === shop_name && till.rights === rights && till.shop === shop) return;
  const renewed = { ...till, shop_name, rights, shop };
  await keep('till', renewed);
  change({ till: renewed });
}
