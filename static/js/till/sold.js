// What a sale was of. The server keeps it for the receipt, and works the sum out anew from lines, tip and discount.

import { NO_VERDICT, NoAnswer, Refused, post } from '../lib/api.js';
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

/** Kept before it is told: the page may be closed while nobody answers. @param {number} entry @param {string | undefined} sale */
export async function tellOrKeep(entry, sale) {
  if (!sale) return;
  await untold((kept) => [...kept, { entry, sale }].slice(-MOST_UNTOLD));
  await tellKept();
}

/** Tells what was kept, one after another, for as long as there is an answer; what the city refuses is said here. */
export function tellKept() {
  return navigator.locks.request('hagc till sold', { ifAvailable: true }, async (mine) => {
    let kept = mine ? await untold() : [];                  // else another is at it, and finds these too
    while (kept.length && await told(kept[0])) {
      const done = kept[0].entry;
      kept = await untold((rows) => rows.filter(({ entry }) => entry !== done));
    }
  });
}

/**
 * What is kept, after this change: one change after another, whatever windows of this till make them.
 * @param {(kept: Untold[]) => Untold[]} [change] @returns {Promise<Untold[]>}
 */
function untold(change = (kept) => kept) {
  return navigator.locks.request('hagc till untold', async () => {
    const changed = change(await load(UNTOLD) ?? []);
    await keep(UNTOLD, changed);
    return changed;
  });
}

/** False after no answer, and after one that isn't about these goods: they are told again. @param {Untold} untold */
async function told({ entry, sale }) {
  try {
    await tellGoods(entry, sale);
  } catch (error) {
    if (error instanceof NoAnswer) return false;
    if (!(error instanceof Refused)) throw error;
    if (NO_VERDICT.includes(error.word)) return false;
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
