// What a sale was of. The server keeps it for the receipt, and works the sum out anew from lines, tip and discount.

import { post } from '../lib/api.js';
import { load, sentOf } from './journal.js';
import { asTill } from './signing.js';

/** @typedef {import('./cart.js').Cart} Goods */

/**
 * Tells it, where the sale came out of a cart of this till. Throws Refused or NoAnswer.
 * @param {number} entry @param {string | undefined} sale @returns {Promise<Goods | null>} as the receipt has it
 */
export async function tellGoods(entry, sale) {
  /** @type {{sale: string, cart: Goods}[]} */
  const carts = sale && await load('carts') || [];
  const found = carts.find((each) => each.sale === sale);
  if (!found) return null;
  return (await asTill((session) => post(`/api/till/receipts/${entry}`, found.cart, { session, again: true }))).goods;
}

/** The same for one of its signed messages, by what the journal says of it. @param {number} entry @param {string} [id] */
export async function goodsOf(entry, id) {
  return tellGoods(entry, id && (await sentOf(id))?.sale);
}
