// Paying while neither side has a network: how much, and until when. With a network a fresh key is certified for it
// (certify.js); without, it signs codes (makeoffline.js).

import { nowMs, nowS } from '../lib/clock.js';
import { loadKey } from '../lib/keys.js';
import { figure, nextChange, offFrom } from '../lib/policy.js';
import { moment, t } from '../lib/words.js';
import { keep, load, paymentOf, payments } from './kept.js';
import { change, state } from './state.js';

/**
 * @typedef {{id: string, amount_won: number, settled: boolean, until_s?: number}} Spent one code that was shown: what it may
 *   take, or took. until_s: one of an earlier certificate, which counts against what there is until then
 */
/**
 * @typedef {object} Ready a certified key
 * @property {string} key its name on the shelf of keys @property {string} certificate base64url
 * @property {number} cap_won @property {number} from_s @property {number} until_s
 * @property {number} count of the codes that it signed @property {Spent[]} codes
 */
/**
 * @typedef {object} Kept
 * @property {Ready | null} ready
 * @property {{key: string, message: string} | null} asked sent, and no answer came yet
 * @property {string} why nothing may be shown at all: a word, or nothing
 * @property {number} full_until_s the day's certificates are used up: not asked again before
 */
/**
 * @typedef {object} Standing
 * @property {string} why nothing, or why nothing can be paid @property {number} left_won
 * @property {number} until_s for so long it can be paid
 * @property {number} again_s when this may be otherwise, without anybody's doing
 * @property {number} out_won what shops may still hold of codes that were shown
 * @property {number} own_won what there is beside it, and beside what this phone signed and does not know the end of
 * @property {boolean} loose a code without an amount was shown and its end is not known: it may have taken some of that
 */

const MOST_CODES = 255;
const HELD_S = 86_400;                  // a till without a line takes nothing more after a day: what it holds is settled about then
const LONGEST_MS = 2_000_000_000;       // of a timer
const EMPTY = { ready: null, asked: null, why: 'none', full_until_s: 0 };

let timer = 0;

/** After each look at the account: frees what was not taken, and has a key certified where there is none or it ends soon. */
export async function prepare() {
  const { view } = state;
  if (!state.account || !view) return;
  await alone(async () => {
    const kept = await freed(await read());
    const why = !view.linked ? 'unlinked' : view.frozen ? 'ACCOUNT_FROZEN' : view.offline?.barred ? 'OFFLINE_BARRED' : '';
    await keep('offline', { ...kept, why });
    if (!why && await isDue(kept)) await (await import('./certify.js')).certify({ ...kept, why });
  });
  await tell();
}

/** What the ledger says that the shown codes took. @param {Kept} kept @returns {Promise<Kept>} */
async function freed(kept) {
  if (!kept.ready) return kept;
  const codes = await Promise.all(kept.ready.codes.map(async (code) => {
    const payment = code.settled ? null : await paymentOf(code.id);
    return payment?.state === 'settled' ? { ...code, amount_won: payment.amount_won ?? code.amount_won, settled: true } : code;
  }));
  return { ...kept, ready: { ...kept.ready, codes } };
}

/** None, or less than a quarter of its life left. @param {Kept} kept */
async function isDue({ ready, full_until_s }) {
  if (nowS() < full_until_s || !figure(periods(), nowS())) return false;
  return !ready || nowS() > ready.until_s - (ready.until_s - ready.from_s) / 4 || !await loadKey(ready.key);
}

/** The city's dated figures for one certificate, as the server told them last. @returns {import('../lib/policy.js').Period[]} */
function periods() {
  return state.view?.offline?.periods ?? [];
}

// --- how much ------------------------------------------------------------------------------

/** What may be paid without a network on either side, now. @returns {Promise<Standing>} */
export async function standing() {
  const { ready, why: before, full_until_s } = await read();
  const why = before === 'unlinked' && state.view?.linked ? '' : before;     // linked since this was looked at
  const now = nowS(), cityWon = figure(periods(), now);
  const untilS = Math.min(ready?.until_s ?? 0, offFrom(periods(), now)), outWon = sumOf(stillOut(ready));
  const { sentWon, loose } = await unended(now);
  const heldWon = sumOf((state.view?.lots ?? []).filter(({ expires_at_s }) => expires_at_s > now));
  const ownWon = Math.max(0, heldWon - outWon - sentWon), all = { until_s: untilS, out_won: outWon, own_won: ownWon, loose };
  const ends = [nextChange(periods(), now), ...stillOut(ready).map(({ until_s = Infinity }) => until_s), ready?.from_s ?? 0];
  const againS = Math.min(...ends.filter((atS) => atS > now));
  const nothing = (/** @type {string} */ word) => ({ ...all, why: word, left_won: 0, again_s: againS });
  if (why || !cityWon) return nothing(cityWon && why === 'OFFLINE_OFF' ? 'device' : why || 'OFFLINE_OFF');   // not the city, this key
  const holds = ready && now >= ready.from_s && now < ready.until_s;
  if (!ready || !holds) return nothing(now < full_until_s ? 'OFFLINE_DAY_FULL' : 'none');
  const shownWon = sumOf(ready.codes.filter(({ until_s }) => !until_s));
  if (!heldWon) return nothing('empty');
  const leftWon = ready.count < MOST_CODES ? Math.min(Math.min(ready.cap_won, cityWon) - shownWon, ownWon) : 0;    // more would end the right to pay so
  if (leftWon <= 0) return nothing('spent');
  return { ...all, why: '', left_won: leftWon, again_s: Math.min(ready.until_s, againS) };
}

/**
 * What this phone signed with no line, or so lately that it may still be taken, and the balance does not show yet.
 * @param {number} now Unix seconds
 */
async function unended(now) {
  const sinceS = (state.view?.now_ms ?? 0) / 1000;
  const all = (await payments()).filter((each) => each.state === 'open' && each.alias);      // without one: a certified key's
  const signed = all.filter(({ signed_at_s, expires_at_s }) => signed_at_s >= sinceS || expires_at_s > now);
  return { sentWon: sumOf(signed.map(({ amount_won = 0 }) => ({ amount_won }))),
    loose: !state.line && signed.some(({ upto_won, expires_at_s }) => upto_won && expires_at_s < now) };   // not the one just left
}

/** What shops may still hold of a certificate's codes, and of those before it. @param {Ready | null} ready @returns {Spent[]} */
export function stillOut(ready) {
  if (!ready) return [];
  const open = ready.codes.filter(({ settled, until_s }) => !settled && (until_s ?? ready.until_s + HELD_S) > nowS());
  return open.map((code) => ({ ...code, until_s: code.until_s ?? nowS() + HELD_S }));
}

/** @param {{amount_won: number}[]} parts */
function sumOf(parts) {
  return parts.reduce((sum, { amount_won }) => sum + amount_won, 0);
}

/** Draws it on every screen, and again by itself when the city's dates make it another. */
export async function tell() {
  clearTimeout(timer);
  const offline = state.account ? await standing() : null;
  change({ offline });
  if (offline) timer = setTimeout(tell, Math.min(Math.max(offline.again_s * 1000 - nowMs(), 0), LONGEST_MS));
}

/** The sentence for it; nothing where there is nothing to say. @param {Standing | null} found */
export function sentence(found) {
  if (!found || found.why === 'empty') return '';
  return found.why ? t(`wallet.offline.why.${found.why}`) : t('wallet.offline.ready', { left_won: found.left_won, until: untilWhen(found.until_s) });
}

/** @param {number} untilS */
function untilWhen(untilS) {
  const day = moment(untilS, false), time = moment(untilS).slice(-5);
  if (day === moment(nowS(), false)) return t('wallet.offline.today', { time });
  return day === moment(nowS() + 86_400, false) ? t('wallet.offline.tomorrow', { time }) : moment(untilS);
}

// --- what this phone keeps of it -----------------------------------------------------------

/** @returns {Promise<Kept>} */
export async function read() {
  return { ...EMPTY, ...await load('offline') };
}

/** One window of this phone at a time. @template T @param {() => Promise<T>} work @returns {Promise<T>} */
export function alone(work) {
  return navigator.locks ? navigator.locks.request('hagc wallet offline', work) : work();
}
