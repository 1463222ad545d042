// What the screens show, in one place: a part changes, the page is drawn again. Which screen is open is in the address,
// so the phone's own back button works; /P#digits, opened by the stock camera, is left with the next screen.

import { watched } from '../lib/dom.js';
import { t } from '../lib/words.js';

/**
 * @typedef {object} Lot
 * @property {number} coin @property {string} programme @property {number} amount_won @property {number} expires_at_s
 * @property {boolean} [anywhere] every shop of the city takes it
 * @property {number[]} categories of shops; empty: not bound to any
 */
/**
 * @typedef {object} Entry
 * @property {number} entry @property {string} kind @property {number} at_s @property {number} amount_won
 * @property {number | null} shop @property {string} shop_name @property {number} refunded_won
 * @property {number} to_programme_won of a refund: into money whose time was over, or that the city had paid
 * @property {number} borne_won of a payment without a network: what the city paid for this wallet
 */
/**
 * @typedef {object} View the server's answer to GET /api/wallet, and when it came
 * @property {string} account @property {boolean} linked @property {string} wish @property {boolean} frozen
 * @property {number} balance_won @property {boolean} more
 * @property {Lot[]} lots @property {Entry[]} history @property {number} now_ms
 * @property {Device[]} [newer] what was added to the account after this phone
 * @property {{limit_won: number, left_won: number, again_at_s: number | null, new_phone: boolean} | null} [limit] why not all of
 *   it can be spent now; again_at_s null: nothing was spent of it yet
 * @property {{barred: boolean, periods: import('../lib/policy.js').Period[]}} [offline] whether and when, up to how much, it may pay
 *   without a network
 */
/**
 * @typedef {object} City
 * @property {string} chain_id @property {string} host @property {import('../lib/trust.js').Known[]} known its keys, proven
 * @property {{number: number, name: Record<string, string>}[]} coins
 * @property {{number: number, name: Record<string, string>}[]} categories
 * @property {number} code_cap_won @property {string} [office_phone] empty: none
 */
/** @typedef {{device: string, card: boolean, at_s: number}} Device */
/** @typedef {{at_s: number, replaced: boolean, account: string}} Stopped this phone's key has ended: when, and whether another took its place */
/** @typedef {{payment: import('./kept.js').Payment, paid: boolean, why?: string}} News */
/**
 * @typedef {object} State
 * @property {boolean} ready what was kept has been read
 * @property {{account: string, aliases: string[], last: string} | null} account
 * @property {View | null} view
 * @property {City | null} city
 * @property {boolean} line the last question to the server was answered
 * @property {{title: string, detail: string, next: string} | null} refusal of the last look at the account
 * @property {Stopped | null} stopped
 * @property {string} screen
 * @property {string} scanned the text that the pay screen is about
 * @property {import('./kept.js').Payment | null} paid what the result screen shows
 * @property {import('./kept.js').Payment[]} open signed, and nobody knows yet what became of them
 * @property {News[]} news what became of those that were on no screen
 * @property {import('./offline.js').Standing | null} offline what may be paid while neither side has a network
 * @property {(() => void) | null} takeOver a new version waits
 */

/** @type {State} */
export const state = {
  ready: false, account: null, view: null, city: null, line: navigator.onLine, refusal: null, stopped: null,
  screen: 'home', scanned: '', paid: null, open: [], news: [], takeOver: null, offline: null,
};

export const { change, use: useWallet } = watched(state);

/** What shops may still ask for codes shown without a network, and what there is beside it: both counted at one time. */
export function promised() {
  const { out_won = 0, own_won = state.view?.balance_won ?? 0 } = state.offline ?? {};
  return { out_won, left_won: own_won };
}

/** Up to how much a code without an amount goes: not over what is promised elsewhere, where something is left. */
export function codeCapWon() {
  const cap = state.city?.code_cap_won ?? 0, { out_won, left_won } = promised();
  return out_won && left_won ? Math.min(cap, left_won) : cap;
}

// --- the address

const SCREENS = ['home', 'code', 'scan', 'pay', 'result', 'history', 'where', 'help', 'link', 'slip'];

/** @param {string} screen @param {Partial<State>} [part] */
export function go(screen, part = {}) {
  history.pushState(null, '', screen === 'home' ? '/' : `/#/${screen}`);
  change({ ...part, screen });
  scrollTo(0, 0);
}

/** Follows the address, now and whenever the person goes back. */
export function follow() {
  const read = () => change(here());
  addEventListener('popstate', read);
  read();
}

function here() {
  const mark = decodeURIComponent(location.hash);
  if (location.pathname.toUpperCase() === '/P') return { screen: 'pay', scanned: mark };
  const screen = mark.replace('#/', '');
  if (!SCREENS.includes(screen)) return { screen: 'home' };
  // What these two were about is gone after a reload.
  const lost = (screen === 'pay' && !state.scanned) || (screen === 'result' && !state.paid);
  return { screen: lost ? 'home' : screen };
}

/**
 * What to show for a failed deed: the server's no, a missing line, or a part of this page that could not be fetched.
 * A bug goes on to the console.
 * @param {any} error @returns {{title: string, detail: string, next: string, number?: number}}
 */
export function fault(error) {
  if (error.title) return error;
  if (!isUnfetched(error)) throw error;
  const [title, detail, next] = ['', '_detail', '_next'].map((part) => t(`common.no_line${part}`));
  return { title, detail, next };
}

/** A module that could not be fetched: no line. @param {any} error */
export function isUnfetched(error) {
  return error instanceof TypeError && /import|module/i.test(error.message);
}
