// What a sale was of. The server keeps it for the receipt, and works the sum out anew from lines, tip and discount.

import { NoAnswer, Refused, post } from '../lib/api.js';
import { t } from '../lib/words.js';
import { totalWon } from './cart.js';
import { keep, load, sentOf } from './journal.js';
import { asTill } from './signing.js';
import { tell } from './state.js';

/** @typedef {import('./cart.js').Cart} Goods */
/** @typedef {{entry: number, sale: string}} Untold */

const UNTOLD = 'untold', MOST_UNTOLD = 300;

/**
 * Tells it, where the sale came out of a cart of this till. Throws Refused or NoAnswer.
 * @param {number} entry @param {string | undefined} sale @returns {Promise<Goods | null>} as the receipt has it
 */
export async function tellGoods(entry, sale) {
  const cart = await cartOf(sale);
  return cart && (await asTill((session) => post(`/api/till/receipts/${entry}`, cart, { session, again: true }))).goods;
}

/** Tells it, and what the city refuses is said here. Without an answer it is kept. @param {number} entry @param {string | undefined} sale */
export async function tellOrKeep(entry, sale) {
  if (!sale || await told({ entry, sale })) return;
  await keep(UNTOLD, [...await load(UNTOLD) ?? [], { entry, sale }].slice(-MOST_UNTOLD));
}

/** Tells what was kept, for as long as there is an answer. */
export async function tellKept() {
  for (const each of /** @type {Untold[]} */ (await load(UNTOLD) ?? [])) {
    if (!await told(each)) return;
    await keep(UNTOLD, (await load(UNTOLD) ?? []).filter((/** @type {Untold} */ { entry }) => entry !== each.entry));
  }
}

/** False after no answer. @param {Untold} untold */
async function told({ entry, sale }) {
  try {
    await tellGoods(entry, sale);
  } catch (error) {
    if (error instanceof NoAnswer) return false;
    if (!(error instanceof Refused)) throw error;
    tell({ key: `sold ${entry}`, tone: 'amber', text: `${t('till.goods_untold')} ${error.detail}` });
  }
  return true;
}

/** @param {string | undefined} sale @returns {Promise<Goods | null>} */
async function cartOf(sale) {
  /** @type {{sale: string, cart: Goods}[]} */
  const carts = sale && await load('carts') || [];
  return carts.find((each) => each.sale === sale)?.cart ?? null;
}

/**
 * The same for one of its signed messages, by what the journal says of it. Without a line the cart itself, where it comes to
 * what was paid. @param {number} entry @param {number} amountWon @param {string} [id]
 */
export async function goodsOf(entry, amountWon, id) {
  const sale = id ? (await sentOf(id))?.sale : undefined;
  return tellGoods(entry, sale).catch(async (error) => {
    const cart = error instanceof NoAnswer ? await cartOf(sale) : null;
    if (!cart || totalWon(cart) !== amountWon) throw error;
    return cart;
  });
}
