// Money taken while neither side has a network: the phone's certified code is judged here, the deposit is signed and lies
// in the journal before anybody sees green, and what this till took is bounded by the city's own signed figures.

import { NO_VERDICT, NoAnswer, Refused, post, refused } from '../lib/api.js';
import { base64url, fromHex } from '../lib/bytes.js';
import { concat } from '../lib/cbor.js';
import { nowS, source } from '../lib/clock.js';
import { askDirectory } from '../lib/directory.js';
import { figure } from '../lib/policy.js';
import { fromText } from '../lib/qr.js';
import { chime, say } from '../lib/speak.js';
import { inWords } from '../lib/won.js';
import { language, t } from '../lib/words.js';
import { marks } from './checkouts.js';
import { Full, keep, load, open as openRows } from './journal.js';
import { doubt, isBack } from './line.js';
import { isBoth, judge, open, takenAt } from './offlinecheck.js';
import { closeRefused } from './offlinesync.js';
import { count, settle, took } from './outcomes.js';
import { lookAtCity } from './pairing.js';
import { drawer } from './paper.js';
import { ask, onPc } from './program.js';
import { chain, issue, ourTill } from './signing.js';
import { change, state } from './state.js';

/** @typedef {import('./journal.js').Sent} Sent */
/** @typedef {import('./state.js').Sale} Sale */
/** @typedef {import('./offlinecheck.js').Shown} Shown */
/**
 * @typedef {object} Allowance what may be taken without a network now
 * @property {'on' | 'off' | 'old' | 'clock'} why off: the city switched it off; old: its figures are too old; clock: the
 *   device's clock went back
 * @property {number} left_won @property {number} count @property {number} sum_won of what waits to be settled
 * @property {boolean} within what waits is within what the city lets a till take
 */
/** @typedef {{id: string, amount_won: number, at_s: number, left_won: number}} TakenSale */

const DIRECTORY = 'directory', TAKEN = 'offline taken', SEEN = 'offline seen';
const BACK_S = 60;              // by more the clock of a till never goes back
const FORGOTTEN_S = 86_400;     // after its end a certificate is refused by its time alone
const AGAIN_MS = 2000, SLOW_MS = 4000;
/** @type {Record<string, string>} */
const WORDS = { off: 'OFFLINE_OFF', old: 'OFFLINE_OLD', clock: 'OFFLINE_CLOCK' };
/** @type {Record<string, string>} */
const IN_OUR_WORDS = { OVER_CAP: 'OFFLINE_CAP' };

/** When this page's steady clock began, by the device's own that may be set. @type {number | null} */
let startedMs = null;

// --- how much ------------------------------------------------------------------------------

/** With a network: the city's figures of now. */
export async function learnFigures() {
  if (onPc) return void await ask('figures');
  const { known } = ourTill();
  const directory = await askDirectory(known, chain(), nowS());
  if (directory) await keep(DIRECTORY, { offline: directory.offline, until_s: directory.until_s });
  await keep(SEEN, nowS());                                 // the server has just told the time: it holds, also when it is earlier
  startedMs = Date.now() - performance.now();
}

/** The device's clock was set back since the server told the time, or since it was last seen. @param {number} [seenS] */
function wentBack(seenS = 0) {
  const nowMs = Date.now() - performance.now();
  startedMs ??= nowMs;
  return nowMs < startedMs - BACK_S * 1000 || (source() !== 'told' && nowS() < seenS - BACK_S);
}

/** @returns {Promise<Allowance>} */
export async function allowance() {
  if (onPc) return ask('allowance');
  const [rows, kept, seenS] = await Promise.all([deposits(), load(DIRECTORY), load(SEEN)]);
  const sumWon = rows.reduce((sum, row) => sum + row.amount_won, 0);
  const waits = { count: rows.length, sum_won: sumWon };
  if (wentBack(seenS)) return { why: 'clock', left_won: 0, within: false, ...waits };
  if (!kept || nowS() > kept.until_s) return { why: 'old', left_won: 0, within: false, ...waits };
  const tillWon = figure(kept.offline?.till_won ?? [], nowS());
  const on = tillWon > 0 && figure(kept.offline?.payer_won ?? [], nowS()) > 0;
  return { why: on ? 'on' : 'off', left_won: on ? Math.max(0, tillWon - sumWon) : 0, within: on && sumWon <= tillWon, ...waits };
}

/** Shows it. */
export async function countOffline() {
  const offline = state.till ? await allowance() : null;
  if (JSON.stringify(offline) !== JSON.stringify(state.offline)) change({ offline });     // not drawn anew each few seconds
}

/** What was taken without a network and isn't settled yet. @returns {Promise<Sent[]>} */
export async function deposits() {
  return (await openRows()).filter(({ kind }) => kind === 'deposit');
}

// --- taking --------------------------------------------------------------------------------

/** Code and certificate, where a text holds both; else nothing. @param {string} text */
export function bothIn(text) {
  try {
    const raw = fromText(text, [ourTill().host]);
    return isBoth(raw) ? raw : null;
  } catch (error) {
    if (error.name === 'Refusal') return null;              // said by whoever reads it as one message
    throw error;
  }
}

/**
 * A code with its certificate was scanned. With a network it is settled at once; without, taken within the city's caps.
 * Throws Refused or Full: then nothing was taken.
 * @param {Sale} sale @param {Uint8Array} raw code and certificate
 */
export async function takeOffline(sale, raw) {
  const online = state.line || await isBack();
  if (!online) await withinTill(0);                         // by a wrong clock no certificate can be judged
  const sent = onPc ? await takenThere(sale, raw, !online) : await takenHere(sale, raw, !online);
  if (online) return settleNow(sale, sent);
  return showTaken(sale, sent);
}

/** The program judges, signs and writes. @param {Sale} sale @param {Uint8Array} raw @param {boolean} capped @returns {Promise<Sent>} */
function takenThere(sale, raw, capped) {
  const fields = { amount_won: sale.amount_won, reference: new Uint8Array(), ...marks(sale.checkout) };
  return ask('deposit', { ...wishOf(raw, fields), sale: sale.id, checkout: sale.checkout?.id, capped }).catch((error) => {
    if (!(error instanceof Refused)) throw error;
    throw refused(error.word === 'OFFLINE_OFF' ? WORDS[String(error.facts.why)] : IN_OUR_WORDS[error.word] ?? error.word, error.facts);
  });
}

/** @param {Uint8Array} raw code and certificate @param {Record<string, any>} fields */
function wishOf(raw, { amount_won, reference, taken_at_s, cashier = state.who?.number ?? 0 }) {
  return { shown: base64url(raw), amount_won, reference: new TextDecoder().decode(reference), taken_at_s, cashier };
}

/** @param {Shown} shown */
function bothOf({ raw, certificate }) {
  return concat(raw, certificate);
}

/** @param {Sale} sale @param {Uint8Array} raw @param {boolean} capped @returns {Promise<Sent>} */
async function takenHere(sale, raw, capped) {
  const shown = await opened(raw, !capped);
  return alone(() => written(sale, shown, capped));
}

/** @param {Uint8Array} raw @param {boolean} online: the city may have a new key @returns {Promise<Shown>} */
async function opened(raw, online) {
  const read = () => open(raw, ourTill().known, chain(), nowS()).catch((error) => {
    throw error.name === 'Refusal' ? refused(error.word, error.facts) : error;
  });
  return read().catch(async (error) => {
    if (!online || error.word !== 'UNKNOWN_KEY') throw error;
    await lookAtCity();
    return read();
  });
}

/**
 * The deposit, where the code pays this amount and the till may take it.
 * @param {Sale} sale @param {Shown} shown @param {boolean} capped by what a till may hold without a network
 */
async function written(sale, shown, capped) {
  const before = (await load(TAKEN) ?? {})[shown.number] ?? { spent_won: 0, counts: {} };
  worded(() => judge(shown, sale.amount_won, nowS(), before));
  if (capped) await withinTill(sale.amount_won);
  const fields = {
    amount_won: sale.amount_won, code_id: fromHex(shown.id), taken_at_s: takenAt(shown, nowS()), reference: new Uint8Array(), ...marks(sale.checkout),
  };
  return deposit(shown, fields, { sale: sale.id, checkout: sale.checkout?.id });
}

/**
 * In the place of another till of the shop, by what that one signed.
 * @param {Shown} shown @param {Record<string, any>} fields @param {import('./signing.js').OwnersKey} key by whose owner
 * @returns {Promise<Sent>}
 */
export function depositInPlace(shown, fields, { owner }) {
  const of = { sale: `brought ${shown.id}` };
  return onPc ? ask('in-place', { ...wishOf(bothOf(shown), fields), ...of, owner }) : alone(() => deposit(shown, fields, of));
}

/**
 * The deposit, in the journal. What was taken of the certificate is raised before: after a crash the till holds that it
 * took too much, never too little.
 * @param {Shown} shown @param {Record<string, any>} fields @param {{sale: string, checkout?: string}} of what it is for
 * @returns {Promise<Sent>}
 */
async function deposit(shown, fields, of) {
  const all = await load(TAKEN) ?? {};
  const before = all[shown.number] ?? { spent_won: 0, counts: {}, until_s: shown.until_s };
  const about = { ...of, payer: base64url(shown.raw), certificate: base64url(shown.certificate), taken_at_s: fields.taken_at_s };
  const after = { ...before, spent_won: before.spent_won + fields.amount_won, counts: { ...before.counts, [shown.count]: shown.id } };
  const kept = Object.fromEntries(Object.entries(all).filter(([, { until_s }]) => until_s + FORGOTTEN_S > nowS()));
  await keepOrFull(TAKEN, { ...kept, [shown.number]: after });
  await keepOrFull(SEEN, Math.max(nowS(), source() === 'told' ? 0 : await load(SEEN) ?? 0));
  return issue('deposit', fields, shown.expires_at_s, about).catch(async (error) => {
    await keep(TAKEN, all).catch(() => {});
    throw error;
  });
}

/** @param {number} amountWon */
async function withinTill(amountWon) {
  const { why, left_won } = await allowance();
  if (why !== 'on') throw refused(WORDS[why]);
  if (amountWon > left_won) throw refused('OFFLINE_DAY_FULL', { left_won });
}

/** @param {string} name @param {any} value */
function keepOrFull(name, value) {
  return keep(name, value).catch((error) => { throw error?.name === 'QuotaExceededError' ? new Full() : error; });
}

/** @param {() => void} check */
function worded(check) {
  try {
    check();
  } catch (error) {
    if (error.name !== 'Refusal') throw error;
    throw refused(IN_OUR_WORDS[error.word] ?? error.word, error.facts);
  }
}

/** One window of this till at a time. @template T @param {() => Promise<T>} work @returns {Promise<T>} */
function alone(work) {
  return navigator.locks.request('hagc till offline', work);
}

/** The amber-green screen: held by this till, settled later. @param {Sale} sale @param {Sent} sent */
export async function showTaken(sale, sent) {
  took(sale.id);
  await countOffline();
  const taken = { id: sent.id, amount_won: sent.amount_won, at_s: sent.signed_at_s, left_won: state.offline?.left_won ?? 0 };
  change({ sale: null, amount_won: 0, screen: 'taken', taken });
  void keep('sale', null);
  void drawer();
  chime('paid');
  setTimeout(() => say(t('till.offline.said', { words: inWords(sent.amount_won, language) })), 500);
}

// --- with a network ------------------------------------------------------------------------

/**
 * Settled by the server like any sale. When no answer comes, the deposit lies in the journal: within the caps it counts as
 * taken without a network, and above them nobody knows yet. Nor does anybody after the server's no, until it is signed.
 * @param {Sale} sale @param {Sent} sent
 */
async function settleNow(sale, sent) {
  const late = setTimeout(() => {
    sale.slow = true;
    change({});
  }, SLOW_MS);
  let denied = false;
  try {
    while (state.sale === sale) {
      const answer = await once(sent);
      denied ||= answer?.no === true;
      if (answer?.receipt) {
        await settle(sent, answer.receipt);
        if (state.sale === sale) await showTaken(sale, sent);     // another window of this till had settled it
        return;
      }
      await count();
      if (!denied && (await allowance()).within) return showTaken(sale, sent);
      await new Promise((done) => setTimeout(done, AGAIN_MS));
    }
  } finally {
    clearTimeout(late);
    await countOffline();
  }
}

/**
 * The answer, or null where it isn't known yet. A no that the city has signed closes the row and is thrown.
 * @param {Sent} sent @returns {Promise<{receipt?: string, no?: boolean} | null>}
 */
async function once(sent) {
  try {
    return await post('/api/sales', { payer: sent.payer, payee: sent.message }, { again: true, withinMs: 6000, tries: 2 });
  } catch (error) {
    if (error instanceof NoAnswer) void doubt();
    else if (!(error instanceof Refused)) throw error;
    if (!(error instanceof Refused) || NO_VERDICT.includes(error.word)) return null;
    if (error.final && await closeRefused(sent).catch(() => false)) throw error;
    return { no: true };
  }
}
