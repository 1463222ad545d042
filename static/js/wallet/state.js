// What the screens show, in one place: a part changes, the page is drawn again.

import { useEffect, useReducer } from '../lib/dom.js';
import { t } from '../lib/words.js';

/**
 * @typedef {object} Lot
 * @property {number} coin @property {string} programme @property {number} amount_won @property {number} expires_at_s
 */
/**
 * @typedef {object} Entry
 * @property {number} entry @property {string} kind @property {number} at_s @property {number} amount_won
 * @property {number | null} shop @property {string} shop_name @property {number} refunded_won
 * @property {number} to_programme_won of a refund: into money whose time was over
 */
/**
 * @typedef {object} View the server's answer to GET /api/wallet, and when it came
 * @property {string} account @property {boolean} linked @property {string} wish @property {boolean} frozen
 * @property {number} balance_won @property {boolean} more
 * @property {Lot[]} lots @property {Entry[]} history @property {number} now_ms
 */
/**
 * @typedef {object} City
 * @property {string} chain_id @property {string} host @property {{number: number, key: string}[]} receipt_keys
 * @property {{number: number, key: string}[]} directory_keys
 * @property {{number: number, name: Record<string, string>}[]} coins
 * @property {{number: number, name: Record<string, string>}[]} categories
 * @property {number} code_cap_won
 */
/**
 * @typedef {object} State
 * @property {boolean} ready what was kept has been read
 * @property {{account: string, aliases: string[], last: string} | null} account
 * @property {View | null} view
 * @property {City | null} city
 * @property {boolean} line the last question to the server was answered
 * @property {{title: string, detail: string, next: string} | null} refusal of the last look at the account
 * @property {string} screen
 * @property {string} scanned the text that the pay screen is about
 * @property {import('./kept.js').Payment | null} paid what the result screen shows
 * @property {(() => void) | null} takeOver a new version waits
 */

/** @type {State} */
export const state = {
  ready: false, account: null, view: null, city: null, line: navigator.onLine, refusal: null,
  screen: 'home', scanned: '', paid: null, takeOver: null,
};

/** @type {Set<() => void>} */
const watching = new Set();

/** @param {Partial<State>} part */
export function change(part) {
  Object.assign(state, part);
  for (const draw of watching) draw();
}

/** The state, in a component that is drawn again whenever it changes. */
export function useWallet() {
  const [, draw] = useReducer((count) => count + 1, 0);
  useEffect(() => {
    const again = () => draw(undefined);
    watching.add(again);
    again();
    return () => void watching.delete(again);
  }, []);
  return state;
}

/**
 * What to show for a failed deed: the server's no, a missing line, or a part of this page that could not be fetched.
 * A bug goes on to the console.
 * @param {any} error @returns {{title: string, detail: string, next: string, number?: number}}
 */
export function fault(error) {
  if (error.title) return error;
  if (!/import|module/i.test(error.message)) throw error;
  const [title, detail, next] = ['', '_detail', '_next'].map((part) => t(`common.no_line${part}`));
  return { title, detail, next };
}
