// One sale: the amount is asked for in every way at once. The customer scans the request and pays on the phone, or shows
// a code that camera, scanner or a pasted text brings here. The first that the ledger takes makes the sale.

import { NoAnswer, Refused, post, refused } from '../lib/api.js';
import { base64url, hex } from '../lib/bytes.js';
import { nowS } from '../lib/clock.js';
import { messageId, parse } from '../lib/cose.js';
import { EXACT } from '../lib/kinds.js';
import { fromText } from '../lib/qr.js';
import { chime, say } from '../lib/speak.js';
import { t } from '../lib/words.js';
import { write } from './journal.js';
import { ask, clock, count, orUnknown, refuse, settle, unclear, wasPaid } from './outcomes.js';
import { Unproven } from './receipts.js';
import { chain, ourTill, sign } from './signing.js';
import { change, state, tell } from './state.js';

/** @typedef {import('./journal.js').Sent} Sent */
/** @typedef {import('./state.js').Sale} Sale */

const REQUEST_S = 178;          // the server takes three minutes; two seconds for clocks
const RENEW_BEFORE_S = 10;
const CHARGE_S = 540;
const SLOW_MS = 3000, AGAIN_MS = 2000;

/** Asks for an amount; a second press before the screen is drawn asks for nothing more. @param {number} amountWon */
export async function begin(amountWon) {
  if (state.screen !== 'keypad') return;
  /** @type {Sale} */
  const sale = { id: crypto.randomUUID(), amount_won: amountWon, asks: [], phase: 'waiting', slow: false, problem: null };
  change({ sale, amount_won: amountWon, screen: 'waiting', paid: null });
  await request(sale);
}

/** A fresh request for the same sale. The earlier one stays good until its own end. @param {Sale} sale */
async function request(sale) {
  const sent = await sign('request', { amount_won: sale.amount_won, reference: new Uint8Array() }, nowS() + REQUEST_S);
  await write({ ...sent, sale: sale.id });
  sale.asks = [{ ...sent, sale: sale.id }, ...sale.asks.filter((each) => each.expires_at_s > nowS() - 60)];
  change({});
}

/** Called each second while a sale is on the screen. */
export async function renew() {
  const { sale } = state;
  if (sale?.asks.length && sale.asks[0].expires_at_s - nowS() <= RENEW_BEFORE_S) await request(sale);
}

/** Back to the keypad. A request that was seen can still be paid until its end: then the till says so. @param {number} [amountWon] */
export function leave(amountWon = 0) {
  change({ sale: null, amount_won: amountWon, fresh: true, screen: 'keypad' });
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
  if (!sale || sale.phase !== 'waiting') return;
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
  const { kind, body, payload, raw } = read(text);
  if (sale.asks.some((each) => each.message === base64url(raw))) return again();     // our own screen, in a mirror
  const fields = /** @type {Record<string, any>} */ (body);
  if (kind === 'code') {
    check(fields, sale.amount_won);
    return send(sale, await charge(sale, raw, await messageId(kind, payload, chain()), fields.expires_at_s), base64url(raw));
  }
  // A phone without a line shows its signed yes; one whose customer paid while we had none shows the receipt.
  const named = kind === 'payment' ? fields.request_hash : kind === 'receipt' ? fields.subject : null;
  if (!named) throw refused('WRONG_PURPOSE');
  const sent = sale.asks.find((each) => each.id.startsWith(hex(named)));
  if (!sent) throw refused('OTHER_REQUEST');
  if (kind === 'receipt') return settle(sent, base64url(raw));
  return send(sale, sent, base64url(raw));
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
  const fields = { amount_won: sale.amount_won, code_id: codeId };
  const sent = await sign('charge', fields, Math.min(codeEndsS, nowS() + CHARGE_S));
  return write({ ...sent, sale: sale.id, payer: base64url(raw) });
}

/**
 * Sends both messages until it is known what became of them; the same bytes each time.
 * @param {Sale} sale @param {Sent} sent @param {string} payer base64url
 */
async function send(sale, sent, payer) {
  const late = setTimeout(() => {
    sale.slow = true;
    change({});
    void count();
  }, SLOW_MS);
  try {
    while (state.sale === sale && sale.phase === 'checking') {
      if (await post('/api/sales', { payer, payee: sent.message }, { again: true, withinMs: 6000 })
        .then(({ receipt }) => settle(sent, receipt).then(() => true), (error) => unsure(sent, error))) return;
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

/** @param {Sale} sale @param {any} error */
async function fail(sale, error) {
  if (!(error instanceof Refused || error instanceof NoAnswer || error instanceof Unproven)) throw error;
  await count();
  if (wasPaid(sale.id)) return;                             // in the other way, meanwhile
  const problem = error instanceof Unproven ? unproven() : inOurWords(error);
  Object.assign(sale, { phase: 'refused', problem });
  if (state.sale !== sale) return tell({ key: sale.id, tone: 'bad', text: t('till.not_paid_before', { amount_won: sale.amount_won, at: clock(sale.asks.at(-1)?.signed_at_s ?? nowS()) }) });
  change({});
  chime('refused');
  setTimeout(() => say(t('till.said_refused')), 500);
}

function unproven() {
  return { title: t('till.unproven_title'), detail: t('till.unproven'), next: t('till.unproven_next') };
}

/**
 * A no, as a shop may read it: what is in the customer's wallet is on the customer's phone, not here.
 * @param {Refused | NoAnswer} error @returns {import('./state.js').Problem}
 */
export function inOurWords(error) {
  if (error instanceof NoAnswer) return { title: error.title, detail: state.till ? t('till.line_down') : error.detail, next: error.next };
  const { spendable_here_won, balance_won, missing_won, ...facts } = error.facts;
  const place = `till.refused.${error.word}`;
  if (t(`${place}.title`) === `${place}.title`) return refused(error.word, facts);
  const [title, detail, next] = ['title', 'detail', 'next'].map((part) => t(`${place}.${part}`, facts));
  return { word: error.word, title, detail, next };
}
