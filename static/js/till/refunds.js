// Giving back: signed with the key that the owner's PIN unlocks, or, within minutes and all of it, with the till's own;
// kept before it is sent, and sent with the same bytes until it is known what became of it.

import { Refused, post } from '../lib/api.js';
import { nowS } from '../lib/clock.js';
import { open } from './journal.js';
import { ask, count, orUnknown, refuse, settle, unclear } from './outcomes.js';
import { issue, unlock } from './signing.js';

const REFUND_S = 120;           // of ten minutes: then an answer that was lost for good is known to be a no
const AGAIN_MS = 2000, TRIES = 8;

/**
 * An earlier refund of the same sale whose end nobody knows is asked again in its place: it may have been done.
 * Returns when it is done; throws Refused, or NoAnswer while nobody knows: the till goes on asking.
 * @param {number} entry @param {number} amountWon @param {string} pin
 */
export async function refund(entry, amountWon, pin) {
  const key = await unlock(pin);
  const sent = (await open()).find(({ kind, of }) => kind === 'refund' && of === entry)
    ?? await issue('refund', { entry, amount_won: amountWon }, nowS() + REFUND_S, { of: entry }, key);
  try {
    await send(sent);
  } finally {
    await count();
  }
}

/**
 * All of a payment that this till took minutes ago, with the till's own key. One whose end nobody knows is asked again.
 * As `refund`. @param {{entry: number, amount_won: number}} line
 */
export async function takeBack({ entry, amount_won }) {
  const sent = (await open()).find(({ kind, of }) => kind === 'void' && of === entry)
    ?? await issue('void', { entry }, nowS() + REFUND_S, { amount_won, of: entry });
  try {
    await send(sent);
  } finally {
    await count();
  }
}

/** @param {import('./journal.js').Sent} sent */
async function send(sent) {
  for (let left = TRIES; ; left -= 1) {
    try {
      const { receipt } = await post('/api/refunds', { message: sent.message }, { again: true, withinMs: 6000 });
      return await settle(sent, receipt);
    } catch (error) {
      if (error instanceof Refused && error.final && !unclear(error)) await refuse(sent, error.word);
      if (!unclear(error)) throw error;
      if (await orUnknown(ask(sent))) return;
      if (left <= 1) throw error;
    }
    await new Promise((done) => setTimeout(done, AGAIN_MS));
  }
}
