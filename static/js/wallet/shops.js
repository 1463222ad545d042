// The city's list of shops: names come from here, never from a QR. Signed by the city, kept for offline, renewed daily.

import { nowS } from '../lib/clock.js';
import { language } from '../lib/words.js';
import { chain } from './account.js';
import { keep, load } from './kept.js';
import { state } from './state.js';

/** @typedef {{shop: number, name: string, district: string, category: number, sort: number}} Shop */
/** @typedef {import('../lib/directory.js').Directory} Directory */

const GOOD_FOR_S = 86_400;

/** What is kept; null before the first time. @returns {Promise<Directory | null>} */
export async function directory() {
  return await load('directory') ?? null;
}

/** The shop's name as the list has it; nothing when it is not on it. @param {number} shop */
export async function nameOf(shop) {
  return (await directory())?.shops.find((each) => each.shop === shop)?.name ?? '';
}

/** Fetches the list when it is older than a day, or at once. @param {boolean} [now] @returns {Promise<Directory | null>} */
export async function renew(now = false) {
  const old = await directory();
  if (old && !now && nowS() - old.at_s < GOOD_FOR_S) return old;
  const { askDirectory } = await import('../lib/directory.js');      // with all it takes to believe it
  const renewed = await askDirectory(state.city?.known ?? [], chain(), nowS());
  if (!renewed) return old;
  await keep('directory', renewed);
  return renewed;
}

/** In the user's language. @param {number} number */
export function categoryName(number) {
  const names = state.city?.categories.find((each) => each.number === number)?.name;
  return names?.[language] ?? names?.en ?? '';
}
