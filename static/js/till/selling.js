// One sale: the amount is asked for in every way at once. The customer scans the request and pays on the phone, or shows
// a code that camera, scanner or a pasted text brings here. The first that the ledger takes makes the sale.

import { NoAnswer, Refused, post, refused } from '../lib/api.js';
import { base64url, hex } from '../lib/bytes.js';
import { cardIn } from '../lib/cardnumber.js';
import { nowS } from '../lib/clock.js';
import { messageId, parse } from '../lib/cose.js';
import { EXACT } from '../lib/kinds.js';
import { fromText } from '../lib/qr.js';
import { chime, say } from '../lib/speak.js';
import { t } from '../lib/words.js';
import { cancel, endsAtS, marks, report } from './checkouts.js';
import { Full, endOf, keep, load, ofSale, open, sentOf } from './journal.js';
import { isBack } from './line.js';
import { bothIn, showTaken, takeOffline } from './offline.js';
import { ask, clock, count, orUnknown, refuse, settle, settleShown, showSale, unclear, wasPaid } from './outcomes.js';
import { NoProgram, NotPrinted } from './program.js';
import { Unproven } from './receipts.js';
import { chain, issue, ourTill } from './signing.js';
import { GREEN, change, state, tell } from './state.js';

/** @typedef {import('./journal.js').Sent} Sent */
/** @typedef {import('./state.js').Sale} Sale */

const REQUEST_S = 178;          // the server takes three minutes; two seconds for clocks
const RENEW_BEFORE_S = 10;
const CHARGE_S = 540;
const SLOW_MS = 3000, AGAIN_MS = 2000;
const UNSEEN_S = 600;           // after a crash: what ended longer ago than this is in the list of sales, and on no screen

/**
 * Asks for an amount; a second press before the screen is drawn asks for nothing more.
 * @param {number} amountWon @param {import('./checkouts.js').Checkout} [checkout] the program that asks for it
 */
export async function begin(amountWon, checkout) {
  if (state.screen !== 'keypad' && !checkout) return;
  /** @type {Sale} */
  const sale = { id: crypto.randomUUID(), amount_won: amountWon, asks: [], phase: 'waiting', slow: false, problem: null, checkout };
  change({ sale, amount_won: amountWon, screen: 'waiting', paid: null });
  await keep('sale', { id: sale.id, amount_won: amountWon, checkout }).catch(() => {});
  await request(sale).catch((error) => fail(sale, error));
}

/**
 * The sale that stood on the screen when the page was closed or killed: how it ended, where that was written down and perhaps
 * not seen any more; else its request, while it holds and no code was charged.
 */
export async function resume() {
  const kept = await load('sale');
  if (!kept || !state.till) return;
  const signed = await ofSale(kept.id), waits = new Set((await open()).map(({ id }) => id));
  const left = signed.map(({ sent }) => sent).filter(({ id }) => waits.has(id));
  const asks = left.filter(({ kind, expires_at_s }) => kind === 'request' && expires_at_s > nowS());
  /** @type {Sale} */
  const sale = { ...kept, asks, phase: 'waiting', slow: false, problem: null };
  const paid = signed.find(({ done, sent }) => done && sent.signed_at_s > nowS() - UNSEEN_S);
  const deposit = left.find(({ kind, signed_at_s }) => kind === 'deposit' && signed_at_s > nowS() - UNSEEN_S);
  if (paid?.done) {
    change({ sale });
    return showSale(paid.sent, paid.done);
  }
  if (deposit) return showTaken(sale, deposit);
  if (!asks.length || left.some(({ kind }) => kind === 'charge')) return;
  change({ sale, amount_won: kept.amount_won });
}

/** A fresh request for the same sale. The earlier one stays good until its own end. @param {Sale} sale */
async function request(sale) {
  const { checkout } = sale, endS = nowS() + REQUEST_S;
  const fields = { amount_won: sale.amount_won, reference: new Uint8Array(), ...marks(checkout) };
  const sent = await issue('request', fields, checkout ? Math.min(endS, endsAtS(checkout)) : endS, { sale: sale.id });
  await report(checkout, sent.message);
  sale.asks = [sent, ...sale.asks.filter((each) => each.expires_at_s > nowS() - 60)];
  change({});
}

/** Called each second while a sale is on the screen. */
export async function renew() {
  const { sale } = state;
  if (!sale?.asks.length || sale.phase === 'refused' || sale.asks[0].expires_at_s - nowS() > RENEW_BEFORE_S) return;
  if (sale.checkout && endsAtS(sale.checkout) <= sale.asks[0].expires_at_s) return;
  await request(sale).catch((error) => fail(sale, error));
}

/** Back to the keypad. A request that was seen can still be paid until its end: then the till says so. @param {number} [amountWon] */
export function leave(amountWon = 0) {
  if (state.sale?.checkout && state.sale.phase !== 'checking') void cancel(state.sale.checkout);
  withdraw(amountWon);
}

/** The same, where nobody need be told. @param {number} [amountWon] */
export function withdraw(amountWon = 0) {
  change({ sale: null, amount_won: amountWon, fresh: true, screen: 'keypad' });
  void keep('sale', null);
}

/** After a refusal: the same amount again, with the request that is still good. */
export function again() {
  if (!state.sale) return;
  Object.assign(state.sale, { phase: 'waiting', problem: null, slow: false });
  change({ screen: 'waiting' });
}

/**
 * What camera, scanner or a pasted text brought. Without a sale, but with an amount on the keypad, it begins one.
 * @param {string} text
 */
export async function scanned(text) {
  if (state.screen === 'keypad' && state.amount_won) await begin(state.amount_won);
  const { sale } = state;
  if (!sale) return late(text);
  if (sale.phase !== 'waiting' || state.screen === 'card') return;
  sale.phase = 'checking';
  change({});
  try {
    await take(sale, text);
  } catch (error) {
    await fail(sale, error);
  }
}

/** @param {Sale} sale @param {string} text */
async function take(sale, text) {
  const card = cardIn(text, ourTill().host);
  if (card) return askPin(sale, card);
  const both = bothIn(text);
  if (both) return takeOffline(sale, both);
  const { kind, body, payload, raw } = read(text);
  if (sale.asks.some((each) => each.message === base64url(raw))) return again();     // our own screen, in a mirror
  const fields = /** @type {Record<string, any>} */ (body);
  if (kind === 'look') return askPin(sale, '', base64url(raw));
  if (kind === 'receipt') return show(sale, fields.subject, base64url(raw));
  if (kind !== 'code' && kind !== 'payment') throw refused('WRONG_PURPOSE');
  // A phone without a line shows its signed yes to one of our requests.
  const sent = kind === 'payment' ? await ours(fields.request_hash, refused('OTHER_REQUEST')) : null;
  if (sent && sent.sale !== sale.id) throw refused('OTHER_REQUEST');
  if (sent && fields.amount_won !== sale.amount_won) throw refused('AMOUNT_DIFFERS', { asked_won: fields.amount_won });
  if (sent && nowS() > fields.expires_at_s) throw refused('EXPIRED', { expires_at_s: fields.expires_at_s });
  if (!sent) check(fields, sale.amount_won);
  if (!state.line && !await isBack()) throw new Told(sent ? 'both_no_line' : 'code_no_line');
  return send(sale, sent ?? await charge(sale, raw, await messageId(kind, payload, chain()), fields.expires_at_s), base64url(raw));
}

/**
 * A paper card was read: its holder types the PIN. Only the city can use its key. Or a phone shows that its owner wants to have
 * on paper what is left. @param {Sale | null} sale @param {string} number @param {string} [look] base64url
 */
async function askPin(sale, number, look) {
  if (!state.line && !await isBack()) throw new Told('card_no_line');
  if (sale) sale.phase = 'waiting';
  if (state.sale === sale) change({ card: { number, look, problem: null, waits_until_s: 0 }, screen: 'card' });
}

/**
 * A request of this till that is still open.
 * @param {Uint8Array} half the first 16 bytes of its id @param {Error} other thrown when it is none of ours
 */
async function ours(half, other) {
  const sent = await sentOf(hex(half));
  if (sent?.kind !== 'request') throw other;
  if (await endOf(sent.id) === 'settled' || await endOf(sent.id) === 'confirmed') throw refused('REQUEST_PAID', { amount_won: sent.amount_won });
  return sent;
}

/**
 * The receipt on a phone whose owner paid while we had no line. One for an earlier sale of ours is true and is kept, and
 * pays nothing now.
 * @param {Sale | null} sale @param {Uint8Array} subject @param {string} receipt base64url
 */
async function show(sale, subject, receipt) {
  const sent = await ours(subject, new Told('other_receipt'));
  await settleShown(sent, receipt).catch((error) => { throw error instanceof Unproven ? new Told('forged') : error; });
  if (sale && sent.sale !== sale.id) throw new Told('earlier_sale', { amount_won: sent.amount_won, at: clock(sent.signed_at_s) });
}

/** With no sale on the screen: only a receipt for an earlier one says anything, after a restart perhaps. @param {string} text */
async function late(text) {
  if (!['keypad', ...GREEN].includes(state.screen) || !/#\d{16,}\s*$/.test(text)) return;
  try {
    const card = cardIn(text, ourTill().host);
    if (card) return await askPin(null, card);
    const { kind, body, raw } = read(text);
    if (kind === 'look') return await askPin(null, '', base64url(raw));
    if (kind === 'receipt') await show(null, /** @type {Uint8Array} */ (body.subject), base64url(raw));
  } catch (error) {
    const problem = problemOf(error);
    tell({ key: 'late', tone: 'bad', text: `${problem.title}. ${problem.detail}` });
  }
}

/** A no of this till's own, worded at till.<name>. */
class Told extends Error {
  /** @param {'forged' | 'other_receipt' | 'earlier_sale' | 'card_no_line' | 'code_no_line' | 'both_no_line'} name @param {Record<string, number | string>} [facts] */
  constructor(name, facts = {}) {
    super(name);
    this.problem = { title: t(`till.${name}.title`), detail: t(`till.${name}.detail`, facts), next: t(`till.${name}.next`) };
  }
}

/** The message in a text, in this page's words when it is none. @param {string} text */
function read(text) {
  try {
    return parse(fromText(text, [ourTill().host]));
  } catch (error) {
    throw error.name === 'Refusal' ? refused(error.word, error.facts) : error;
  }
}

/** What need not be asked: a code that can't pay this amount stays good for another try. @param {Record<string, any>} code @param {number} amountWon */
function check(code, amountWon) {
  if (nowS() > code.expires_at_s) throw refused('EXPIRED', { expires_at_s: code.expires_at_s });
  if (code.mode === EXACT && code.amount_won !== amountWon) throw refused('AMOUNT_DIFFERS', { asked_won: code.amount_won });
  if (amountWon > code.amount_won) throw refused('OVER_CAP', { cap_won: code.amount_won });
}

/** The claim on a code. It ends with the code: then nothing can come of it any more. */
async function charge(sale, raw, codeId, codeEndsS) {
  const fields = { amount_won: sale.amount_won, code_id: codeId, ...marks(sale.checkout) };
  const sent = await issue('charge', fields, Math.min(codeEndsS, nowS() + CHARGE_S), { sale: sale.id, payer: base64url(raw) });
  await report(sale.checkout, sent.message);
  return sent;
}

/** @param {Sale} sale @param {Sent} sent @param {string} payer base64url */
function send(sale, sent, payer) {
  return deliver(sale, sent, () => post('/api/sales', { payer, payee: sent.message }, { again: true, withinMs: 6000 }));
}

/**
 * Sends until it is known what became of it; the same each time.
 * @param {Sale} sale @param {Sent} sent @param {() => Promise<{receipt: string}>} once asks the city to settle it
 */
export async function deliver(sale, sent, once) {
  const late = setTimeout(() => {
    sale.slow = true;
    change({});
    void count();
  }, SLOW_MS);
  try {
    while (state.sale === sale && sale.phase === 'checking') {
      if (await once().then(({ receipt }) => settle(sent, receipt).then(() => true), (error) => unsure(sent, error))) return;
      await new Promise((done) => setTimeout(done, AGAIN_MS));
    }
  } finally {
    clearTimeout(late);
  }
}

/** A no is thrown. After no answer it asks by the id: true when that told the end. @param {Sent} sent @param {any} error */
async function unsure(sent, error) {
  if (unclear(error)) return orUnknown(ask(sent));
  if (sent.kind === 'charge' && error instanceof Refused && error.final) await refuse(sent, error.word);
  throw error;
}

/** @param {Sale} sale @param {any} error @param {boolean} [byCard] */
export async function fail(sale, error, byCard) {
  const problem = problemOf(error, byCard);
  await count();
  if (wasPaid(sale.id)) return;                             // in the other way, meanwhile
  Object.assign(sale, { phase: 'refused', problem });
  if (state.sale !== sale) return tell({ key: sale.id, tone: 'bad', text: t('till.not_paid_before', { amount_won: sale.amount_won, at: clock(sale.asks.at(-1)?.signed_at_s ?? nowS()) }) });
  change({});
  chime('refused');
  setTimeout(() => say(t('till.said_refused')), 500);
}

/** What the screen says of a failure; a bug is thrown. @param {any} error @param {boolean} [byCard] @returns {import('./state.js').Problem} */
function problemOf(error, byCard) {
  if (error instanceof Full) return { title: error.title, detail: error.detail, next: error.next };
  if (error instanceof Unproven) return { title: t('till.unproven_title'), detail: t('till.unproven'), next: t('till.unproven_next') };
  if (error instanceof Told) return error.problem;
  if (!(error instanceof Refused || error instanceof NoAnswer)) throw error;
  return inOurWords(error, byCard);
}

/**
 * A no, as a shop may read it: what is in the customer's wallet is on the customer's phone, or on paper, not here.
 * @param {Refused | NoAnswer} error @param {boolean} [byCard] who pays by a paper card has no phone @returns {import('./state.js').Problem}
 */
export function inOurWords(error, byCard) {
  if (error instanceof NoProgram || error instanceof NotPrinted) return error;
  if (error instanceof NoAnswer) return { title: error.title, detail: state.till ? t('till.line_down') : error.detail, next: error.next };
  const { spendable_here_won, balance_won, missing_won, ...facts } = error.facts;
  const place = [...(byCard ? ['refused_card'] : []), 'refused'].map((each) => `till.${each}.${error.word}`).find((each) => t(`${each}.title`) !== `${each}.title`);
  if (!place) return refused(error.word, facts);
  const [title, detail, next] = ['title', 'detail', 'next'].map((part) => t(`${place}.${part}`, facts));
  return { word: error.word, title, detail, next };
}
