// Paying while neither side has a network. With one, a fresh key is made and the city certifies it up to a sum and for
// hours; without, it signs codes. How many and for how much is on disk before any is shown, and a code that was shown
// counts as spent until the ledger says otherwise: this phone can't know what a shop took.

import { Refused, post } from '../lib/api.js';
import { base64url, fromBase64url, fromHex, hex, random } from '../lib/bytes.js';
import { concat, sameBytes } from '../lib/cbor.js';
import { nowS } from '../lib/clock.js';
import { messageId, parse, sign as signed, verify } from '../lib/cose.js';
import { createKey, loadKey, removeKey } from '../lib/keys.js';
import { CAP, EXACT } from '../lib/kinds.js';
import { toText } from '../lib/qr.js';
import { RECEIPTS, standing as standingKeys } from '../lib/trust.js';
import { moment, t } from '../lib/words.js';
import { chain, sign } from './account.js';
import { addPayment, keep, load, paymentOf } from './kept.js';
import { change, state } from './state.js';

/** @typedef {{id: string, amount_won: number, settled: boolean}} Spent one code that was shown: what it may take, or took */
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
/** @typedef {{why: string, left_won: number, until_s: number}} Standing why: nothing, or why nothing can be paid */

const LIFE_S = 540;             // of what the server takes for ten minutes: a minute for the way
const SHOWN_S = 60;
const DEPOSIT_S = 14 * 86_400;  // how long after its certificate's end a code is deposited
const MOST_CODES = 255;
const FULL_S = 1800;
const EMPTY = { ready: null, asked: null, why: 'none', full_until_s: 0 };

// --- with a network ------------------------------------------------------------------------

/** After each look at the account: frees what was not taken, and has a key certified where there is none or it ends soon. */
export async function prepare() {
  const { view } = state;
  if (!state.account || !view) return;
  await alone(async () => {
    const kept = await freed(await read());
    const why = !view.linked ? 'unlinked' : view.frozen ? 'ACCOUNT_FROZEN'
      : view.offline?.barred ? 'OFFLINE_BARRED' : view.offline?.payer_won ? '' : 'OFFLINE_OFF';
    await keep('offline', { ...kept, why });
    if (!why && await isDue(kept)) await certify({ ...kept, why });
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
  if (nowS() < full_until_s) return false;
  return !ready || nowS() > ready.until_s - (ready.until_s - ready.from_s) / 4 || !await loadKey(ready.key);
}

/** One message for one key, kept before it is sent: sent again after a lost answer it gives the same certificate. @param {Kept} kept */
async function certify(kept) {
  const asked = kept.asked ?? await ask();
  await keep('offline', { ...kept, asked });
  try {
    const ready = await proven(asked.key, await post('/api/certificates', { message: asked.message }, { again: true }));
    await keep('offline', { ...kept, asked: null, ready: ready ?? kept.ready, full_until_s: 0 });
    if (ready && kept.ready) await removeKey(kept.ready.key);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    await removeKey(asked.key);
    const stops = ['OFFLINE_OFF', 'OFFLINE_BARRED', 'ACCOUNT_FROZEN'].includes(error.word);
    const fullUntilS = error.word === 'OFFLINE_DAY_FULL' ? nowS() + FULL_S : 0;
    await keep('offline', { ...kept, asked: null, why: stops ? error.word : '', full_until_s: fullUntilS });
  }
}

async function ask() {
  const key = `offline ${hex(random(8))}`;
  const { publicKey } = await createKey(key);
  const { raw } = await sign('offline-key', { key: publicKey }, nowS() + LIFE_S);
  return { key, message: base64url(raw) };
}

/** The certificate, if the city signed it for this key; else nothing. @param {string} name @param {any} answer @returns {Promise<Ready | null>} */
async function proven(name, { certificate }) {
  try {
    const parsed = parse(fromBase64url(certificate));
    const body = /** @type {Record<string, any>} */ (parsed.body);
    const signer = standingKeys(state.city?.known ?? [], RECEIPTS, nowS()).find(({ number }) => number === body.operational);
    const key = await loadKey(name);
    if (parsed.kind !== 'certificate' || !signer || !key || !sameBytes(body.key, key.publicKey)) return null;
    await verify(parsed, fromHex(signer.key), chain());
    return { key: name, certificate, cap_won: body.cap_won, from_s: body.from_s, until_s: body.until_s, count: 0, codes: [] };
  } catch (error) {
    if (error.name !== 'Refusal') throw error;
    return null;
  }
}

// --- how much ------------------------------------------------------------------------------

/** What may be paid without a network on either side, now. @returns {Promise<Standing>} */
export async function standing() {
  const { ready, why, full_until_s } = await read();
  const nothing = { left_won: 0, until_s: ready?.until_s ?? 0 };
  if (why) return { why, ...nothing };
  const holds = ready && nowS() >= ready.from_s && nowS() < ready.until_s;
  if (!ready || !holds) return { why: nowS() < full_until_s ? 'OFFLINE_DAY_FULL' : 'none', ...nothing };
  const shownWon = ready.codes.reduce((sum, { amount_won }) => sum + amount_won, 0);
  const openWon = ready.codes.reduce((sum, { amount_won, settled }) => sum + (settled ? 0 : amount_won), 0);
  const ownWon = (state.view?.balance_won ?? 0) - openWon;   // more than there is would end the right to pay so
  if (!openWon && ownWon <= 0) return { why: 'empty', ...nothing };
  const leftWon = ready.count < MOST_CODES ? Math.min(ready.cap_won - shownWon, ownWon) : 0;
  return leftWon > 0 ? { why: '', left_won: leftWon, until_s: ready.until_s } : { why: 'spent', ...nothing };
}

/** Draws it on the first screen. */
export async function tell() {
  change({ offline: state.account ? await standing() : null });
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

// --- without a network ---------------------------------------------------------------------

/**
 * A code to show, with its certificate; what it may take counts as spent from now on, on disk before this returns. Null
 * where that much may not be paid.
 * @param {number} amountWon exactly this; 0: up to all that is left
 */
export function makeOffline(amountWon) {
  return alone(async () => {
    const { why, left_won } = await standing();
    const kept = await read();
    const { ready } = kept;
    const won = amountWon || left_won;
    const key = ready && await loadKey(ready.key);
    if (why || !key || won > left_won) return null;
    const body = {
      number: key.publicKey.slice(0, 8), mode: amountWon ? EXACT : CAP, amount_won: won, count: ready.count + 1, nonce: random(8),
      shown_until_s: nowS() + SHOWN_S, expires_at_s: ready.until_s + DEPOSIT_S,
    };
    const raw = await signed('offline-code', body, key, chain());
    const id = hex(await messageId('offline-code', parse(raw).payload, chain()));
    const after = { ...ready, count: body.count, codes: [...ready.codes, { id, amount_won: won, settled: false }] };
    await keep('offline', { ...kept, ready: after });
    const payment = await addPayment({
      of: id, kind: 'code', id, message: base64url(raw), alias: '', expires_at_s: body.expires_at_s, signed_at_s: nowS(),
      amount_won: won, state: 'open',
    });
    await tell();
    const text = toText(concat(raw, fromBase64url(ready.certificate)), state.city?.host ?? location.host);
    return { payment, text, amount_won: won, exact: amountWon > 0, shown_until_s: body.shown_until_s };
  });
}

/** @returns {Promise<Kept>} */
async function read() {
  return { ...EMPTY, ...await load('offline') };
}

/** One window of this phone at a time. @template T @param {() => Promise<T>} work @returns {Promise<T>} */
function alone(work) {
  return navigator.locks ? navigator.locks.request('hagc wallet offline', work) : work();
}
