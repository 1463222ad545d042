// The day by this till's own record, while the server doesn't answer: what is settled, and what waits for it.

import { fromBase64url } from '../lib/bytes.js';
import { nowS } from '../lib/clock.js';
import { parse } from '../lib/cose.js';
import { moment } from '../lib/words.js';
import { open, signedSince } from './journal.js';

/** @typedef {import('./day.js').Line} Line */
/** @typedef {import('./journal.js').Sent} Sent */
/**
 * @typedef {object} OwnDay
 * @property {Line[]} sales what waits, which has no entry yet, and then the rest; the newest first
 * @property {number} won settled, less what was given back @property {number} count of settled sales @property {number} at_s
 */

const DAY_S = 86_400;
const BACK = ['refund', 'void'];

/** @param {number} atS */
export function isToday(atS) {
  return moment(nowS(), false) === moment(atS, false);
}

/** @returns {Promise<OwnDay>} */
export async function ownDay() {
  const signed = await signedSince(nowS() - DAY_S);
  const settled = signed.flatMap(({ sent, done }) => (done && isToday(done.at_s) ? [lineOf(sent, done)] : []));
  for (const line of settled) {
    line.refunded_won = settled.filter(({ of }) => of === line.entry).reduce((sum, { amount_won }) => sum + amount_won, 0);
  }
  const waits = (await open()).filter(({ kind }) => kind !== 'request').map((sent) => lineOf(sent));
  const sales = [...waits.reverse(), ...settled.sort((one, other) => other.entry - one.entry)];
  const won = settled.reduce((sum, { kind, amount_won }) => sum + (kind === 'sale' ? amount_won : -amount_won), 0);
  return { sales, won, count: settled.filter(({ kind }) => kind === 'sale').length, at_s: nowS() };
}

/** @param {Sent} sent @param {{entry: number, at_s: number, amount_won: number}} [done] the receipt, where it is settled @returns {Line} */
export function lineOf(sent, done) {
  const body = /** @type {Record<string, any>} */ (parse(fromBase64url(sent.message)).body);
  return {
    entry: done?.entry ?? 0, at_s: done?.at_s ?? sent.taken_at_s ?? sent.signed_at_s, amount_won: done?.amount_won ?? sent.amount_won,
    kind: BACK.includes(sent.kind) ? /** @type {'refund' | 'void'} */ (sent.kind) : 'sale', refunded_won: 0, of: sent.of ?? null,
    reference: String.fromCharCode(...body.reference ?? []), cashier: body.cashier ?? 0, subject: sent.id, waits: done ? undefined : sent.kind === 'deposit' ? 'settling' : 'asking',
  };
}
