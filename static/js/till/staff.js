// Who stands at this till. The list of cashiers is the shop's: the server keeps it and checks who signs in; a till keeps
// a copy, with a salted slow hash of each PIN, so that a shop opens without a line too.

import { NoAnswer, Refused, get, post, refused } from '../lib/api.js';
import { base64url, fromBase64url, fromHex, hex, random } from '../lib/bytes.js';
import { nowS } from '../lib/clock.js';
import { t } from '../lib/words.js';
import { refresh } from './day.js';
import { keep, load } from './journal.js';
import { doubt } from './line.js';
import { asOwner } from './owner.js';
import { asTill, ourTill, unlock } from './signing.js';
import { change, state, tell } from './state.js';

/**
 * @typedef {object} Cashier
 * @property {number} number @property {string} name @property {boolean} present @property {boolean} may_void
 * @property {string} salt base64url, 16 bytes @property {string} digest of the PIN, 32 @property {string} card of the QR's secret, 32 or none
 */
/** @typedef {{version: number, rounds: number, cashiers: Cashier[]}} Staff */
/** @typedef {{number: number, name: string, may_void: boolean}} Who the owner is number 0 */

const OWNER = 0;
const SHIFT_S = 16 * 3600;      // a cashier who forgot to sign out
const OWNER_IDLE_MS = 10 * 60_000;
const FREE_TRIES = 5, FIRST_WAIT_S = 60;
const BADGE = /#STAFF=(\d{1,5})-([0-9A-F]{32})\s*$/i;

/** What was kept: the shop's list, and who was here when the page closed. The owner types the PIN again. */
export async function readStaff() {
  const [staff, kept] = await Promise.all([load('staff'), load('who')]);
  const one = kept && kept.until_s > nowS() && present(staff).find(({ number }) => number === kept.number);
  return { staff: staff ?? null, who: one ? whoIs(one) : null };
}

/** @param {Staff | null} [staff] */
export function present(staff = state.staff) {
  return staff?.cashiers.filter((each) => each.present) ?? [];
}

/** Whether somebody must say who they are before the till goes on. What is under way goes on. */
export function locked() {
  return present().length > 0 && !state.who && !state.sale && !['start', 'paid', 'taken'].includes(state.screen);
}

/** Whether what only the owner sees may be shown: in a shop of one person, always. */
export function isOwner() {
  return state.who ? state.who.number === OWNER : !present().length;
}

export function mayVoid() {
  return isOwner() || Boolean(state.who?.may_void);
}

/** A cashier's name, also of one who left. @param {number} number */
export function nameOf(number) {
  if (number === OWNER) return t('till.owner');
  return state.staff?.cashiers.find((each) => each.number === number)?.name ?? t('till.cashier_number', { number });
}

/** The shop's list again; who left is signed out, after the sale that is on the screen. */
export async function refreshStaff() {
  try {
    await learn(await asTill((session) => get('/api/till/staff', { session })));
  } catch (error) {
    if (error instanceof NoAnswer) return void doubt();
    if (!(error instanceof Refused)) throw error;
    void refresh();                                               // what a no means for this till
  }
}

/** @param {Staff} found */
export async function learn({ version, rounds, cashiers }) {
  const staff = { version, rounds, cashiers };
  await keep('staff', staff);
  const { who } = state;
  const still = who && present(staff).find(({ number }) => number === who.number);
  change({ staff, who: still ? whoIs(still) : who });
  if (who && who.number !== OWNER && !still && !state.sale) await signOut();
}

// --- signing in -----------------------------------------------------------------------------

/** Throws Refused: SIGN_IN_WRONG, TOO_MANY. @param {number} number @param {string} pin */
export async function signInByPin(number, pin) {
  const answer = await ask({ cashier: number, pin }) ?? await checkHere(number, pin);
  await begin(answer);
}

/** The owner, by the PIN that unlocks refunds: gives the key that it unlocked. @param {string} pin */
export async function signInOwner(pin) {
  const key = await unlock(pin);
  change({ who: { number: OWNER, name: t('till.owner'), may_void: true } });
  await keep('who', null);
  watchOwner();
  return key;
}

/** The text of a cashier's QR, read by a scanner or the camera; false when it is something else. @param {string} text */
export function isBadge(text) {
  return BADGE.test(text);
}

/** Throws Refused. @param {string} text */
export async function signInByBadge(text) {
  const [, number, secret] = /** @type {RegExpExecArray} */ (BADGE.exec(text));
  const card = fromHex(secret.toLowerCase());
  const answer = await ask({ cashier: Number(number), card: base64url(card) }) ?? await byCardHere(Number(number), card);
  await begin(answer);
}

export async function signOut() {
  change({ who: null, amount_won: 0, screen: 'keypad' });
  await keep('who', null);
}

/** The server's word; null when nobody answers. @param {object} said @returns {Promise<Who | null>} */
async function ask(said) {
  if (!state.line) return null;
  try {
    return await asTill((session) => post('/api/till/sign-in', said, { session, withinMs: 5000 }));
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error;
    void doubt();
    return null;
  }
}

/** @param {Who} who */
async function begin({ number, name, may_void }) {
  change({ who: { number, name, may_void } });
  await keep('who', { number, until_s: nowS() + SHIFT_S });
}

/** @param {Cashier} one @returns {Who} */
function whoIs({ number, name, may_void }) {
  return { number, name, may_void };
}

/** By what this till keeps, with tries of its own. @param {number} number @param {string} pin @returns {Promise<Who>} */
async function checkHere(number, pin) {
  const place = `tries of ${number}`;
  const { wrong = 0, waitUntilS = 0 } = await load(place) ?? {};
  if (waitUntilS > nowS()) throw refused('TOO_MANY', { wait_s: waitUntilS - nowS() });
  const waitS = wrong + 1 < FREE_TRIES ? 0 : FIRST_WAIT_S * 2 ** Math.min(wrong + 1 - FREE_TRIES, 10);
  await keep(place, { wrong: wrong + 1, waitUntilS: waitS && nowS() + waitS });      // counted before it is tried
  const one = present().find((each) => each.number === number);
  if (!one || await digestOf(pin, fromBase64url(one.salt), state.staff?.rounds ?? 0) !== one.digest) throw refused('SIGN_IN_WRONG');
  await keep(place, null);
  return whoIs(one);
}

/** @param {number} number @param {Uint8Array} card @returns {Promise<Who>} */
async function byCardHere(number, card) {
  const one = present().find((each) => each.number === number);
  if (!one?.card || await cardDigest(card) !== one.card) throw refused('SIGN_IN_WRONG');
  return whoIs(one);
}

/** PBKDF2-HMAC-SHA-256, base64url. @param {string} pin @param {Uint8Array} salt @param {number} rounds */
async function digestOf(pin, salt, rounds) {
  const digits = await crypto.subtle.importKey('raw', new TextEncoder().encode(pin), 'PBKDF2', false, ['deriveBits']);
  const how = { name: 'PBKDF2', hash: 'SHA-256', salt: /** @type {BufferSource} */ (salt), iterations: rounds };
  return base64url(new Uint8Array(await crypto.subtle.deriveBits(how, digits, 256)));
}

/** @param {Uint8Array} card */
async function cardDigest(card) {
  return base64url(new Uint8Array(await crypto.subtle.digest('SHA-256', /** @type {BufferSource} */ (card))));
}

/** An owner who went away is signed out, so that nobody finds the till open. */
function watchOwner() {
  let timer = 0;
  const touched = () => {
    clearTimeout(timer);
    timer = setTimeout(leave, OWNER_IDLE_MS);
  };
  const leave = () => {
    if (state.sale) return touched();
    for (const name of ['pointerdown', 'keydown']) removeEventListener(name, touched, true);
    if (state.who?.number === OWNER && present().length) void signOut();
  };
  for (const name of ['pointerdown', 'keydown']) addEventListener(name, touched, true);
  touched();
}

// --- what the owner orders ------------------------------------------------------------------

/** @typedef {import('./signing.js').OwnersKey} OwnersKey */

/**
 * Adds a cashier (number 0) or changes one. Throws Refused or NoAnswer.
 * @param {OwnersKey} key @param {number} number
 * @param {{name?: string, present?: boolean, may_void?: boolean, pin?: string, card?: string}} wish
 */
export async function changeCashier(key, number, { pin, ...wish }) {
  const rounds = state.staff?.rounds || 600_000;
  const salt = random(16);
  const secret = pin ? { salt: base64url(salt), digest: await digestOf(pin, salt, rounds) } : {};
  const content = { version: state.staff?.version ?? 0, cashier: { number, ...wish, ...secret } };
  await learn(await post('/api/till/staff', content, { prove: asOwner(key) }));
}

/** A new QR for a cashier; the one before opens nothing any more. Its text. @param {OwnersKey} key @param {number} number */
export async function makeBadge(key, number) {
  const secret = random(16);
  await changeCashier(key, number, { card: await cardDigest(secret) });
  return `https://${ourTill().host}/pos#staff=${number}-${hex(secret)}`;
}

/** All tills of the shop, their day and the newest sales. @param {OwnersKey} key @param {number} [before] @returns {Promise<any>} */
export async function shopNow(key, before = 0) {
  return post('/api/till/shop', { before }, { prove: asOwner(key) });
}

/** Says what went wrong where nothing else does. @param {any} error */
export function tellFailed(error) {
  if (!(error instanceof Refused || error instanceof NoAnswer)) throw error;
  tell({ key: 'staff', tone: 'bad', text: `${error.title}. ${error.detail}` });
}
