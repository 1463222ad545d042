// Paying: the code that a shop scans, and the yes to a request that was scanned. One message for each request, kept
// before it is sent; what became of it is asked until it is known. Nothing here decides: the server does.

import { NoAnswer, Refused, get, post, refused } from '../lib/api.js';
import { base64url, fromBase64url, fromHex, hex } from '../lib/bytes.js';
import { nowS } from '../lib/clock.js';
import { messageId, parse } from '../lib/cose.js';
import { CAP, EXACT } from '../lib/kinds.js';
import { fromText, toText } from '../lib/qr.js';
import { asAccount, chain, putBack, sign, useUp } from './account.js';
import { addPayment, dropPayment, keepPayment, paymentOf, payments } from './kept.js';
import { directory } from './shops.js';
import { state } from './state.js';

/** @typedef {import('./kept.js').Payment} Payment */
/**
 * @typedef {object} Ask a request, or a notice on paper
 * @property {string} of hex id @property {Uint8Array} raw @property {number} shop @property {number} amount_won
 * @property {number} expires_at_s @property {string} reference
 */

const CODE_LIFE_S = 60;
const PAYMENT_LIFE_S = 540;
const REMEMBERED_S = 86_400;    // a shown code that nobody took

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
  };
}

/** Somebody else's code: only a shop takes money from it. */
export class OthersCode extends Error {}

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
  return asAccount((session) => get(`/api/preview?${query}`, { session }));
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
 * Sends both messages; settles once, however often it is sent. Throws Refused (not paid) or NoAnswer (nobody knows).
 * @param {Payment} payment
 */
export async function send(payment) {
  const sales = { payer: payment.message, payee: payment.ask };
  try {
    const answer = await asAccount((session) => post('/api/sales', sales, { session, again: true, withinMs: 6000 }));
    const { half, salt, other } = answer;
    return await settle(payment, { ...answer, receipt: answer.payer_receipt, opening: { half, salt, other } });
  } catch (error) {
    // The request is paid once by the ledger itself, so a new yes to it can never take the money twice.
    if (error instanceof Refused) await dropPayment(payment.of);
    throw error;
  }
}

/**
 * What became of it: the settled payment, or null while it is not known. Throws Refused when it will never settle.
 * @param {Payment} payment @returns {Promise<Payment | null>}
 */
export async function outcome(payment) {
  if (payment.state === 'settled') return payment;
  const asked = nowS();
  const answer = await get(`/api/outcomes/${payment.expires_at_s}/${payment.id}`);
  if (answer.state === 'settled') return settle(payment, answer);
  const refusal = answer.state === 'refused' ? refused(answer.problem.word, answer.problem.facts)
    : asked > payment.expires_at_s + 2 ? refused('EXPIRED') : null;
  if (!refusal) return null;
  await dropPayment(payment.of);
  throw refusal;
}

/** @param {Payment} payment @param {any} answer */
async function settle(payment, { entry, at_s, amount_won, receipt, opening }) {
  /** @type {Payment} */
  const settled = { ...payment, state: 'settled', entry, at_s, amount_won, receipt, opening };
  await keepPayment(settled);
  await useUp(payment.alias);
  return settled;
}

/**
 * A code to show: up to the city's cap, or exactly this amount. Needs no line.
 * @param {number} [amountWon] @returns {Promise<Payment>}
 */
export async function makeCode(amountWon) {
  const expiresAtS = nowS() + CODE_LIFE_S - 3;          // the server refuses a life longer than a minute
  const cap = state.city?.code_cap_won ?? 0;
  const fields = { mode: amountWon ? EXACT : CAP, amount_won: amountWon || cap };
  const made = await sign('code', fields, expiresAtS);
  return addPayment({
    of: hex(made.id), kind: 'code', id: hex(made.id), message: base64url(made.raw), alias: made.alias,
    expires_at_s: expiresAtS, signed_at_s: nowS(), state: 'open',
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
      await outcome(payment);
    } catch (error) {
      if (error instanceof NoAnswer) return;
      if (!(error instanceof Refused)) throw error;
    }
    if (nowS() > payment.expires_at_s + REMEMBERED_S) await dropPayment(payment.of);
  }
}
