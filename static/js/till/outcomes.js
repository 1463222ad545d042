// What became of each signed message. The till never guesses: it is settled when a receipt proves it, and it never will be
// when the city has signed that. What the server only says is shown and noted, and closes nothing.

import { NoAnswer, Refused, get, refused } from '../lib/api.js';
import { nowMs, nowS } from '../lib/clock.js';
import { chime, say } from '../lib/speak.js';
import { inWords } from '../lib/won.js';
import { language, moment, t } from '../lib/words.js';
import { refresh } from './day.js';
import { Full, close, confirm, endOf, keep, note, open, sentOf, settledBy, unasked, unsigned } from './journal.js';
import { doubt } from './line.js';
import { afterPaid } from './paper.js';
import { Unproven, isNo, prove, proveShown } from './receipts.js';
import { change, state, tell } from './state.js';

/** @typedef {import('./journal.js').Sent} Sent */

const NEAR_MS = 2500, FAR_MS = 12_000;
const AMOUNTS_KEPT = 5;
const GOES_BACK = ['refund', 'void'];

/** Sales of this page that are paid: a second payment of one of them must be seen. @type {Set<string>} */
const paid = new Set();

/**
 * Asks once. True when it is over (and shown), false while nobody knows. Throws Refused when it will never settle.
 * @param {Sent} sent
 */
export async function ask(sent) {
  const answer = await get(`/api/outcomes/${sent.expires_at_s}/${sent.id}`);
  if (answer.state === 'settled') {
    await settle(sent, answer.receipt);
    return true;
  }
  if (answer.state !== 'refused') return false;
  const { word, facts, number } = answer.problem;
  if (await isNo(sent, answer.refusal, number)) await close({ id: sent.id, how: 'refused', word, refusal: answer.refusal, closed_at_s: nowS() });
  else await note(sent.id, word);
  await count();
  throw refused(word, facts);
}

/** A receipt came, by whatever way: proves it, keeps it, shows it. @param {Sent} sent @param {string} receipt base64url */
export async function settle(sent, receipt) {
  if (typeof receipt !== 'string') throw new NoAnswer();
  await settled(sent, await prove(sent, receipt), false);
}

/** A customer's phone shows the receipt, because this till has no line. @param {Sent} sent @param {string} receipt base64url */
export async function settleShown(sent, receipt) {
  await settled(sent, await proveShown(sent, receipt), true);
}

/** @param {Sent} sent @param {Awaited<ReturnType<typeof prove>>} proven @param {boolean} shown */
async function settled(sent, proven, shown) {
  const first = await close({ id: sent.id, how: 'settled', closed_at_s: nowS(), ...proven, shown });
  if (first) void afterPaid(sent.id, !GOES_BACK.includes(sent.kind), onScreen(sent) ? state.sale?.cart ?? state.sale?.checkout?.goods : null);
  if (!first && !onScreen(sent)) return;                    // another window of this till may have written it down
  if (GOES_BACK.includes(sent.kind)) showRefund({ ...doneBy(sent, proven), kind: 'refund' });
  else {
    await showSale(sent, proven);
    void tellSold(sent, proven.entry);
  }
  await count();
  void refresh();
}

/** What it was of, for its receipt, in a shop that lists what it sells. @param {Sent} sent @param {number} entry */
export async function tellSold(sent, entry) {
  if (state.goods.length) await (await import('./sold.js')).tellOrKeep(entry, sent.sale);
}

/** @param {Sent} sent */
function onScreen(sent) {
  return sent.sale !== undefined && state.sale?.id === sent.sale;
}

/** @param {Sent} sent @param {{entry: number, at_s: number, amount_won: number}} proven @returns {import('./state.js').Paid} */
function doneBy(sent, { entry, at_s, amount_won }) {
  return { entry, at_s, amount_won, kind: 'sale', id: sent.id };
}

/** Green, where it is the sale on the screen; else told beside. @param {Sent} sent @param {{entry: number, at_s: number, amount_won: number}} proven */
export async function showSale(sent, proven) {
  const done = doneBy(sent, proven);
  const again = sent.sale !== undefined && paid.has(sent.sale);
  if (sent.sale) paid.add(sent.sale);
  const words = inWords(done.amount_won, language);
  chime('paid');
  if (onScreen(sent) && !again) {
    setTimeout(() => say(t('till.said_paid', { words })), 500);
    change({ sale: null, amount_won: 0, paid: done, again: false, screen: 'paid', last: done });
    void keep('sale', null);
  } else {
    setTimeout(() => say(t(again ? 'till.said_paid_twice' : 'till.said_paid_before', { words })), 500);
    const text = t(again ? 'till.paid_twice' : 'till.paid_before', { amount_won: done.amount_won, at: clock(done.at_s) });
    tell({ key: sent.id, tone: again ? 'amber' : 'good', text });
    if (!again) change({ last: done, amount_won: state.fresh && state.amount_won === done.amount_won ? 0 : state.amount_won });
  }
  const amounts = [done.amount_won, ...state.amounts.filter((won) => won !== done.amount_won)].slice(0, AMOUNTS_KEPT);
  change({ amounts });
  await Promise.allSettled([keep('last', done), keep('amounts', amounts)]);
}

/** @param {import('./state.js').Paid} done */
function showRefund(done) {
  chime('returned');
  setTimeout(() => say(t('till.said_refunded', { words: inWords(done.amount_won, language) })), 500);
  if (state.screen === 'sales') change({ paid: done, again: false, screen: 'paid' });
  else tell({ key: `refund ${done.entry}`, tone: 'good', text: t('till.refunded_before', { amount_won: done.amount_won }) });
}

/** The time of day. @param {number} atS */
export function clock(atS) {
  return moment(atS).slice(-5);
}

/**
 * What a phone's receipt settled: the server must say the same. If it doesn't, the city has to look: the receipt is signed.
 * @param {Sent} sent
 */
async function askAgain(sent) {
  const answer = await get(`/api/outcomes/${sent.expires_at_s}/${sent.id}`);
  if (answer.state === 'settled') {
    await prove(sent, String(answer.receipt));
    await confirm(sent.id);
    void refresh();
  } else tell({ key: `odd ${sent.id}`, tone: 'bad', text: t('till.not_in_ledger', { amount_won: sent.amount_won, at: clock(sent.signed_at_s) }) });
}

/** The server said a final no to it: noted at once, and closed as soon as it has signed that. @param {Sent} sent @param {string} word */
export async function refuse(sent, word) {
  await note(sent.id, word);
  await count();
  await ask(sent).catch((error) => {
    if (!(error instanceof Refused || error instanceof Unproven || unclear(error))) throw error;
  });
}

/** After this nobody knows: no answer, or one that doesn't say whether it was done. @param {any} error */
export function unclear(error) {
  if (error instanceof NoAnswer) void doubt();
  return error instanceof NoAnswer || (error instanceof Refused && ['INTERNAL', 'BUSY'].includes(error.word));
}

/** What asking told, or false where it got no answer. @param {Promise<boolean>} asked */
export function orUnknown(asked) {
  return asked.catch((error) => {
    if (unclear(error)) return false;
    throw error;
  });
}

/** Taken without a network: what else is paid of this sale must be seen. @param {string} sale */
export function took(sale) {
  paid.add(sale);
}

/** @param {string | undefined} sale */
export function wasPaid(sale) {
  return sale !== undefined && paid.has(sale);
}

/** How many charges and refunds nobody knows the end of. */
export async function count() {
  change({ open: (await open()).filter(({ kind }) => kind !== 'request' && kind !== 'deposit').length });
}

// --- always --------------------------------------------------------------------------------

/** An event of the stream: what it says of a sale of ours counts once its receipt is proven. @param {string} name @param {any} event */
export async function hear(name, event) {
  const sent = await sentOf(event.subject);
  if (!sent || sent.kind === 'deposit') return refresh();   // offlinesync.js
  await settle(sent, event.receipt).catch((error) => {
    if (!unclear(error)) distrust(error);                   // else `watch` asks
  });
}

/** Asks after everything that is open, for as long as the page is: what is on the screen often, the rest now and then. */
export async function watch() {
  for (let farAtMs = 0; ; await new Promise((done) => setTimeout(done, NEAR_MS))) {
    if (!state.till || !state.line || document.hidden && !state.sale) continue;
    const far = nowMs() - farAtMs >= FAR_MS;
    if (far) farAtMs = nowMs();
    try {
      await lookBeside();
      for (const sent of (await open()).filter(({ kind }) => kind !== 'deposit')) {
        if (far || (state.sale && sent.sale === state.sale.id)) await askQuietly(sent);
      }
      if (!far) continue;
      for (const sent of await unsigned()) await askQuietly(sent);
      for (const sent of await unasked()) await askAgain(sent);
      if (state.goods.length) await (await import('./sold.js')).tellKept();
    } catch (error) {
      if (!unclear(error)) reportError(error);              // and goes on: this loop is what finds lost answers
      if (error instanceof NoAnswer) farAtMs = 0;           // the rest is asked as soon as there is a line again
    }
  }
}

/** Another window of this till may have heard what became of the sale on this one's screen. */
async function lookBeside() {
  for (const { id } of state.sale?.asks ?? []) {
    const found = await settledBy(id);
    if (found && onScreen(found.sent)) await showSale(found.sent, found);
  }
}

/** @param {Sent} sent */
async function askQuietly(sent) {
  const told = await endOf(sent.id) === 'said';             // when it was refused
  try {
    await ask(sent);
  } catch (error) {
    if (error instanceof Unproven) return distrust(error);
    if (!(error instanceof Refused)) throw error;
    const ended = sent.kind !== 'request' && (error.word === 'EXPIRED' || error.final);
    if (ended && !told && state.sale?.id !== sent.sale) tellNotDone(sent);           // else its own screen says it
  }
}

/** @param {Sent} sent */
export function tellNotDone(sent) {
  const text = t(GOES_BACK.includes(sent.kind) ? 'till.not_refunded_before' : 'till.not_paid_before', { amount_won: sent.amount_won, at: clock(sent.signed_at_s) });
  tell({ key: sent.id, tone: 'bad', text });
}

/** @param {Error} error */
export function distrust(error) {
  if (error instanceof Full) return tell({ key: 'full', tone: 'bad', text: error.detail });
  if (!(error instanceof Unproven)) throw error;
  tell({ key: 'unproven', tone: 'bad', text: t('till.unproven') });
}
