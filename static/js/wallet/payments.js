// Paying: the code that a shop scans, and the yes to a request that was scanned. One message for each request, kept
// before it is sent; what became of it is asked until it is known. Nothing here decides: the server does.

import { NoAnswer, Refused, get, post, refused } from '../lib/api.js';
import { base64url, fromBase64url, fromHex, hex } from '../lib/bytes.js';
import { nowS } from '../lib/clock.js';
import { messageId, parse } from '../lib/cose.js';
import { CAP, EXACT } from '../lib/kinds.js';
import { fromText, toText } from '../lib/qr.js';
import { t } from '../lib/words.js';
import { asAccount, chain, putBack, sign, useUp } from './account.js';
import { addPayment, dropPayment, keepPayment, paymentOf, payments } from './kept.js';
import { knowCity } from './look.js';
import { check, opened } from './receipts.js';
import { directory } from './shops.js';
import { change, codeCapWon, state } from './state.js';

/** @typedef {import('./kept.js').Payment} Payment */
/**
 * @typedef {object} Ask a request, or a notice on paper
 * @property {string} of hex id @property {Uint8Array} raw @property {number} shop @property {number} amount_won
 * @property {number} expires_at_s @property {string} reference @property {boolean} notice
 */

const CODE_LIFE_S = 60;
const PAYMENT_LIFE_S = 540;
const REMEMBERED_S = 86_400;    // a shown code that nobody took
const GRACE_S = 5;              // after its end, by the server's clock: what was under way then is known by now
const PREVIEW_MS = 4000;        // then the phone is held to be without a line
const NO_VERDICT = ['INTERNAL', 'BUSY', 'HALTED'];      // words that don't say whether it was done

/** The text of a message as it stands in a QR. @param {string} message base64url */
export function textOf(message) {
  return toText(fromBase64url(message), host());
}

function host() {
  return state.city?.host ?? location.host;
}

/**
 * What a scanned, typed or opened text asks for. Throws Refused; OTHERS_CODE when it is somebody's own code.
 * @param {string} text @returns {Promise<Ask>}
 */
export async function read(text) {
  const hosts = (await directory())?.hosts ?? [];
  const parsed = worded(() => parse(fromText(text, [host(), ...hosts])));
  if (parsed.kind === 'code') throw new OthersCode();
  if (parsed.kind !== 'request' && parsed.kind !== 'notice') throw refused('WRONG_PURPOSE');
  const body = /** @type {Record<string, any>} */ (parsed.body);
  return {
    of: hex(await messageId(parsed.kind, parsed.payload, chain())), raw: parsed.raw, shop: body.shop,
    amount_won: body.amount_won, expires_at_s: body.expires_at_s, reference: String.fromCharCode(...body.reference),
    notice: parsed.kind === 'notice',
  };
}

/** Somebody else's code: only a shop takes money from it. */
export class OthersCode extends Error {}

/** The server said "settled", and its receipt doesn't prove it: nobody knows. */
export class Unproven extends Error {
  /** @param {string} verdict of receipts.js */
  constructor(verdict) {
    super(verdict);
    this.title = t('wallet.pay.unproven');
    this.detail = t(`wallet.receipt.${verdict}`);
    this.next = t('wallet.pay.unproven_next');
  }
}

/** A refusal of the messages' own reader, in this page's words. @template T @param {() => T} open @returns {T} */
function worded(open) {
  try {
    return open();
  } catch (error) {
    throw error.name === 'Refusal' ? refused(error.word, error.facts) : error;
  }
}

/** What paying would take, before anybody signs. @param {Ask} ask */
export function preview(ask) {
  const query = new URLSearchParams({ shop: String(ask.shop), amount_won: String(ask.amount_won) });
  return asAccount((session) => get(`/api/preview?${query}`, { session, withinMs: PREVIEW_MS, tries: 1 }));
}

/** The yes to one request: signed once, the same again at every further tap. @param {Ask} ask @param {string} shopName */
export async function agree(ask, shopName) {
  const before = await paymentOf(ask.of);
  if (before) return before;
  const expiresAtS = Math.min(ask.expires_at_s, nowS() + PAYMENT_LIFE_S);
  const made = await sign('payment', { request_hash: fromHex(ask.of.slice(0, 32)), amount_won: ask.amount_won }, expiresAtS);
  return addPayment({
    of: ask.of, kind: 'payment', id: hex(made.id), message: base64url(made.raw), ask: base64url(ask.raw), alias: made.alias,
    expires_at_s: expiresAtS, signed_at_s: nowS(), shop: ask.shop, shop_name: shopName,
    amount_won: ask.amount_won, state: 'open',
  });
}

/**
 * Sends both messages; settles once, however often it is sent. Throws Refused (not paid), or NoAnswer or Unproven
 * (nobody knows).
 * @param {Payment} payment
 */
export async function send(payment) {
  try {
    return await settle(payment, await sent(payment));
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    if (NO_VERDICT.includes(error.word)) throw new NoAnswer();
    // The request is paid once by the ledger itself, so a new yes to it can never take the money twice.
    await dropPayment(payment.of);
    throw error;
  }
}

/** The answer to both messages: the payer's slip, what opens the payer's half, and the shop's slip. @param {Payment} payment */
async function sent({ message, ask }) {
  const sales = { payer: message, payee: ask };
  const answer = await asAccount((session) => post('/api/sales', sales, { session, again: true, withinMs: 6000 }));
  const { half, salt, other } = answer;
  return { ...answer, receipt: answer.payer_receipt, shop_receipt: answer.receipt, opening: { half, salt, other } };
}

/**
 * What became of it: the settled payment, or null while it is not known. Throws Refused when it will never settle.
 * @param {Payment} payment @returns {Promise<Payment | null>}
 */
export async function outcome(payment) {
  if (payment.state === 'settled') return payment;
  const answer = await get(`/api/outcomes/${payment.expires_at_s}/${payment.id}`, { withinMs: 6000 }).catch(unanswered);
  if (answer.state === 'settled') return settle(payment, payment.ask ? await both(payment, answer) : answer);
  const refusal = answer.state === 'refused' ? refused(answer.problem.word, answer.problem.facts)
    : answer.state === 'unknown' && answer.now_ms / 1000 > payment.expires_at_s + GRACE_S ? refused('EXPIRED') : null;
  if (!refusal) return null;
  await dropPayment(payment.of);
  throw refusal;
}

/** A no to the question is no answer to it. @param {any} error @returns {never} */
function unanswered(error) {
  throw error instanceof Refused ? new NoAnswer() : error;
}

/** It is settled: with the shop's slip as well, where that comes. @param {Payment} payment @param {any} answer */
function both(payment, answer) {
  return sent(payment).catch((error) => {
    if (error instanceof Refused || error instanceof NoAnswer) return answer;
    throw error;
  });
}

/**
 * Paid, once the receipt proves it for this very message; only then this phone says so.
 * @param {Payment} payment @param {any} answer @returns {Promise<Payment>}
 */
async function settle(payment, { entry, at_s, amount_won, receipt, shop_receipt, opening }) {
  if (typeof receipt !== 'string') throw new NoAnswer();
  /** @type {Payment} */
  const settled = { ...payment, state: 'settled', entry, at_s, amount_won, receipt, opening };
  const verdict = mayTake(payment, amount_won) ? await checked(settled) : 'other entry';
  if (verdict !== 'good') throw new Unproven(verdict);
  const shops = { receipt: shop_receipt, id: payment.of, entry, amount_won };
  if (payment.kind === 'payment' && typeof shop_receipt === 'string' && await check(shops) === 'good') settled.shop_receipt = shop_receipt;
  await keepPayment(settled);
  await useUp(payment.alias);
  return settled;
}

/** Whether the message that this phone signed allows the amount. @param {Payment} payment @param {number} amountWon */
function mayTake({ message }, amountWon) {
  const { mode, amount_won: signedWon } = /** @type {Record<string, any>} */ (opened(message).body);
  return mode === CAP ? amountWon <= signedWon : amountWon === signedWon;
}

/** Once more when the city may have a new key. @param {Payment} settled */
async function checked(settled) {
  const verdict = await check(settled);
  if (!['unknown key', 'bad signature'].includes(verdict)) return verdict;
  await knowCity();
  return check(settled);
}

/**
 * A code to show: up to the city's cap, or exactly this amount. Needs no line.
 * @param {number} [amountWon] @returns {Promise<Payment>}
 */
export async function makeCode(amountWon) {
  if (!state.offline) await import('./offline.js').then(({ tell: count }) => count(), () => {});     // what is promised elsewhere
  const expiresAtS = nowS() + CODE_LIFE_S - 3;          // the server refuses a life longer than a minute
  const fields = { mode: amountWon ? EXACT : CAP, amount_won: amountWon || codeCapWon() };
  const made = await sign('code', fields, expiresAtS);
  return addPayment({
    of: hex(made.id), kind: 'code', id: hex(made.id), message: base64url(made.raw), alias: made.alias,
    expires_at_s: expiresAtS, signed_at_s: nowS(), state: 'open',
    ...(amountWon ? { amount_won: amountWon } : { upto_won: fields.amount_won }),
  });
}

/** The code leaves the screen without a known outcome. @param {Payment} code */
export function putAway(code) {
  return putBack(code.alias);
}

/** Asks after everything that was left open: codes shown without a line, payments whose answer was lost. */
export async function askAfterOpen() {
  for (const payment of await payments()) {
    if (payment.state !== 'open') continue;
    try {
      const settled = await outcome(payment);
      if (settled) tell({ payment: settled, paid: true });
    } catch (error) {
      if (error instanceof NoAnswer) break;
      if (error instanceof Refused && payment.kind === 'payment') tell({ payment, paid: false, why: error.title });
      else if (!(error instanceof Refused || error instanceof Unproven)) throw error;
    }
    if (payment.kind === 'code' && nowS() > payment.expires_at_s + REMEMBERED_S) await dropPayment(payment.of);
  }
  await listOpen();
}

/** What the first screen shows of payments that wait for their end. */
export async function listOpen() {
  change({ open: (await payments()).filter(({ kind, state: stands }) => kind === 'payment' && stands === 'open') });
}

/** What became of a payment that was on no screen. @param {import('./state.js').News} news */
function tell(news) {
  if (state.screen === 'pay' || state.screen === 'code') return;        // these two ask for themselves
  change({ news: [news, ...state.news.filter(({ payment }) => payment.of !== news.payment.of)].slice(0, 3) });
}
