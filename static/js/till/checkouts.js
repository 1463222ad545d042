// What programs of the shop ask this till to ask for. The server only passes it on: this till signs the request, and
// tells which message belongs to which checkout before anybody can pay it.

import { NoAnswer, Refused, get, post } from '../lib/api.js';
import { asTill } from './signing.js';

/**
 * @typedef {object} Checkout
 * @property {string} id @property {string} state @property {number} amount_won @property {string} reference_id
 * @property {number} cashier @property {number} deadline_at_s @property {import('./cart.js').Cart | null} goods what it is of
 */

const MARGIN_S = 2;             // a request ends before its checkout: a payment in the last second still counts
const SOON_MS = 2500, AGAIN_MS = 3000, TRIES = 10;

/** What waits to be shown, oldest first. @returns {Promise<Checkout[]>} */
export async function waiting() {
  return (await asTill((session) => get('/api/till/checkouts', { session }))).checkouts;
}

/** From now on the program knows that it is on the screen. @param {Checkout} checkout */
export function takeUp(checkout) {
  return asTill((session) => post(`/api/till/checkouts/${checkout.id}/take`, {}, { session, again: true }));
}

/** The latest end of a request for it. @param {Checkout} checkout */
export function endsAtS(checkout) {
  return checkout.deadline_at_s - MARGIN_S;
}

/** What its messages carry. @param {Checkout | undefined} checkout */
export function marks(checkout) {
  return checkout ? { reference: new TextEncoder().encode(checkout.reference_id), cashier: checkout.cashier } : {};
}

/**
 * Tells of a message that may pay it, and goes on telling when the line is down: the sale itself waits for nothing.
 * @param {Checkout | undefined} checkout @param {string} message base64url
 */
export async function report(checkout, message) {
  if (checkout && !await told(checkout, message)) void insist(checkout, message);
}

/** @param {Checkout} checkout @param {string} message */
async function insist(checkout, message) {
  for (let left = TRIES; left; left -= 1) {
    await new Promise((done) => setTimeout(done, AGAIN_MS));
    if (await told(checkout, message)) return;
  }
}

/** False after no answer. @param {Checkout} checkout @param {string} message */
async function told(checkout, message) {
  try {
    await asTill((session) => post(`/api/till/checkouts/${checkout.id}/messages`, { message }, { session, withinMs: SOON_MS }));
    return true;
  } catch (error) {
    if (error instanceof NoAnswer) return false;
    if (error instanceof Refused) return true;
    throw error;
  }
}

/** The cashier ended it. Unheard, it ends by itself at its time. @param {Checkout} checkout */
export async function cancel(checkout) {
  try {
    await asTill((session) => post(`/api/checkouts/${checkout.id}/cancel`, {}, { session, again: true }));
  } catch (error) {
    if (!(error instanceof NoAnswer || error instanceof Refused)) throw error;
  }
}
