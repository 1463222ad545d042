// The till's own record. Whatever is signed stands there before anybody sees it. Its row is closed by a proven receipt or by
// the city's signed no: never by its age. A tablet keeps it in its browser, a till PC in its program.

import * as pc from './journalpc.js';
import * as tablet from './journaltablet.js';
import { onPc } from './program.js';

export { Full } from './full.js';

/**
 * @typedef {object} Sent
 * @property {string} id hex, of the signed message
 * @property {'request' | 'charge' | 'refund' | 'void' | 'deposit'} kind
 * @property {string} message base64url
 * @property {string} [payer] base64url, the code that the charge or deposit claims
 * @property {string} [certificate] base64url, of the code that a deposit claims @property {number} [taken_at_s] of a deposit
 * @property {string} [sale] which sale it belongs to @property {string} [checkout] the program's wish that a deposit answers
 * @property {number} [of] the entry that the refund gives back
 * @property {number} amount_won @property {number} expires_at_s @property {number} signed_at_s
 */
/**
 * @typedef {object} Closed lapsed: only in rows of the first release, which knew no signed no
 * @property {string} id @property {'settled' | 'refused' | 'lapsed'} how @property {number} closed_at_s
 * @property {number} [entry] @property {number} [at_s] @property {number} [amount_won]
 * @property {string} [receipt] base64url @property {string} [word] @property {string} [refusal] base64url, the operator's signed no
 * @property {boolean} [shown] the receipt came from the payer's screen: the server has not been asked yet
 */

/** @type {Omit<typeof tablet, 'write'>} */
const kept = onPc ? pc : tablet;

export const {
  load, keep, close, note, confirm, sentOf, settledBy, ofSale, signedSince, endOf, refusedBy, lost, open, unsigned, unasked, all, tidy, prepare,
} = kept;
