// What the till's screens show, in one place: a part changes, the page is drawn again.

import { watched } from '../lib/dom.js';

/**
 * @typedef {object} Till what the officer's signature made of this device
 * @property {number} till @property {number} shop @property {string} shop_name @property {number} rights
 * @property {string} chain_id hex @property {string} host @property {import('../lib/trust.js').Known[]} known the city's keys, proven
 */
/**
 * @typedef {object} Sale one amount that is asked for
 * @property {string} id of this sale, in the journal only
 * @property {number} amount_won
 * @property {import('./journal.js').Sent[]} asks its requests, the newest first: all that still hold are honoured
 * @property {'waiting' | 'checking' | 'refused'} phase
 * @property {boolean} slow the answer to what was sent is late: nobody knows yet
 * @property {Problem | null} problem
 * @property {import('./cart.js').Cart} [cart] what is sold, where the shop lists it
 * @property {import('./checkouts.js').Checkout} [checkout] the program that asks for it
 */
/** @typedef {{code: string, digits: string, chain_id: string, key: string, refund_key: string, proof: string, refund_proof: string}} Pairing */
/** @typedef {{word?: string, title: string, detail: string, next: string, number?: number}} Problem */
/** @typedef {{entry: number, amount_won: number, at_s: number, kind: 'sale' | 'refund', id?: string}} Paid */
/** @typedef {{place: string, width_mm: number, way: 'text' | 'picture', cut: boolean, drawer: boolean, each: boolean}} Printer */
/** @typedef {{key: string, tone: 'good' | 'bad' | 'amber', text: string}} Notice */
/**
 * @typedef {object} State
 * @property {boolean} ready what was kept has been read
 * @property {Till | null} till
 * @property {Pairing | null} pairing a claimed code that waits for an officer
 * @property {string} code the pairing code that the address brought
 * @property {'start' | 'keypad' | 'waiting' | 'paid' | 'taken' | 'sales' | 'close' | 'receipt' | 'settings' | 'team' | 'goods' | 'basket' | 'card'} screen
 * @property {number} amount_won on the keypad
 * @property {boolean} fresh the amount came back from a sale: the next digit begins a new one, as on a calculator
 * @property {Sale | null} sale
 * @property {import('./card.js').Card | null} card a paper card that was read, until its PIN is typed
 * @property {Paid | null} paid what the green screen shows
 * @property {boolean} again the green screen was opened by hand, a second time: its receipt is a copy
 * @property {Paid | null} last the last sale
 * @property {import('./offline.js').Allowance | null} offline what waits of money taken without a network, and how much more may be
 * @property {import('./offline.js').TakenSale | null} taken what the amber-green screen shows
 * @property {number[]} amounts the last amounts
 * @property {{won: number, sales: number} | null} day
 * @property {boolean} line
 * @property {'' | 'gone' | 'outside'} gone the till PC's program doesn't answer, or doesn't know this browser
 * @property {Printer | null} printer of a till PC
 * @property {number} open charges and refunds whose outcome nobody knows yet
 * @property {Notice[]} notices
 * @property {Problem | null} trouble why this till can't work at all
 * @property {'user' | 'environment' | 'off'} camera
 * @property {(() => void) | null} takeOver a new version waits
 * @property {import('./typing.js').Typed | null} test what the scanner typed last, on the settings screen
 * @property {{entry: number, again: boolean, id?: string} | null} slip whose receipt is shown, and whether it had one before
 * @property {number | null} chosen the entry that the list of sales opens with
 * @property {import('./staff.js').Staff | null} staff the shop's cashiers, as they were last heard
 * @property {import('./staff.js').Who | null} who stands at this till
 * @property {string} badge the text of a cashier's QR that was just read
 * @property {import('./questions.js').Question[]} questions of payers, unanswered
 * @property {import('./cart.js').Item[]} goods what this shop sells, if it lists it
 * @property {import('./cart.js').Cart} cart of the next customer
 */

/** @type {State} */
export const state = {
  ready: false, till: null, pairing: null, code: '', screen: 'start', amount_won: 0, fresh: false, sale: null, card: null, paid: null, again: false,
  last: null, amounts: [], day: null, line: true, gone: '', printer: null, open: 0, notices: [], trouble: null, camera: 'user', takeOver: null,
  offline: null, taken: null, test: null, slip: null, chosen: null, staff: null, who: null, badge: '', questions: [], goods: [], cart: { lines: [], tip_won: 0, discount_won: 0 },
};

/** The screens that say how a sale ended: they stand until the next amount. @type {State['screen'][]} */
export const GREEN = ['paid', 'taken'];

export const { change, use: useTill } = watched(state);

/** Tells something that must be seen and stops nobody. The same key again replaces it. @param {Notice} notice */
export function tell(notice) {
  change({ notices: [notice, ...state.notices.filter((each) => each.key !== notice.key)].slice(0, 5) });
}

/** @param {string} key */
export function dismiss(key) {
  change({ notices: state.notices.filter((each) => each.key !== key) });
}
