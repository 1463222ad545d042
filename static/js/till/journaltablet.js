// A tablet's own record, in IndexedDB: rows that only grow, each with the SHA-256 of the one before.

import { Full } from './full.js';
import { FIRST, hashOf, lineOf, linked } from './links.js';

/** @typedef {import('./journal.js').Sent} Sent */
/** @typedef {import('./journal.js').Closed} Closed */
/** @typedef {import('./links.js').Row} Row */
/** @typedef {{id: string, how: 'open' | 'said' | 'unasked'}} Left what waits for the server's word */

const REVOKED = 'TILL_REVOKED';
const NAME = 'hagc-till';
const VERSION = 2;
const MOST_ROWS = 100_000;      // by their number: a clock that jumps must not make the till forget
const NEWEST = 200;             // a sale on the screen has signed a few
const SPARE = 'spare', SPARE_BYTES = 200_000;

/** @param {string} name @returns {Promise<any>} */
export function load(name) {
  return inStore('facts', 'readonly', (store) => store.get(name));
}

/** @param {string} name @param {any} value */
export function keep(name, value) {
  return inStore('facts', 'readwrite', (store) => store.put(value, name));
}

/** On disk when it returns; throws Full. @param {Sent} sent */
export async function write(sent) {
  await append('sent', sent.id, sent, () => true);
  return sent;
}

/**
 * False when that row was closed before: what follows from it has been done. A receipt is the last word and may follow a no.
 * @param {Closed} closed
 */
export function close(closed) {
  const { id, how, ...rest } = closed;
  return append(how, id, rest, (before) => !before.some((what) => what === 'settled' || (!['sent', 'said'].includes(what) && how !== 'settled')));
}

/** The server said no, and has not signed it yet: the row stays open. False when it was noted before. @param {string} id @param {string} word */
export function note(id, word) {
  return append('said', id, { word }, (before) => before.at(-1) === 'sent');
}

/** The server says the same of what a phone's receipt had settled. False when it had said so before. @param {string} id */
export function confirm(id) {
  return append('confirmed', id, {}, (before) => before.includes('settled') && !before.includes('confirmed'));
}

/** @param {string} id hex, or its beginning @returns {Promise<Sent | undefined>} */
export async function sentOf(id) {
  const row = (await rowsOf(id)).find(({ what }) => what === 'sent');
  return row && contentOf(row);
}

/**
 * What was signed under this id, and the receipt that settled it. @param {string} id hex
 * @returns {Promise<{sent: Sent, entry: number, at_s: number, amount_won: number, receipt: string} | null>}
 */
export async function settledBy(id) {
  const rows = await rowsOf(id);
  const [sent, settled] = ['sent', 'settled'].map((wanted) => rows.find(({ what }) => what === wanted));
  return sent && settled ? { ...contentOf(settled), sent: contentOf(sent) } : null;
}

/**
 * What was signed for a sale, by the newest rows, and the receipt of what is settled; the newest first. @param {string} sale
 * @returns {Promise<{sent: Sent, done?: {entry: number, at_s: number, amount_won: number, receipt: string}}[]>}
 */
export async function ofSale(sale) {
  const last = await lastRow();
  /** @type {Row[]} */
  const rows = last ? await inStore('rows', 'readonly', (store) => store.getAll(IDBKeyRange.lowerBound(last.number - NEWEST, true))) : [];
  const signed = rows.filter(({ what }) => what === 'sent').map(contentOf).filter((sent) => sent.sale === sale);
  return signed.reverse().map((sent) => {
    const settled = rows.find(({ id, what }) => what === 'settled' && id === sent.id);
    return { sent, done: settled && contentOf(settled) };
  });
}

/**
 * What was signed or settled since then, and the receipt of what is settled; the newest first. @param {number} sinceS
 * @returns {Promise<{sent: Sent, done?: {entry: number, at_s: number, amount_won: number, receipt: string}}[]>}
 */
export async function signedSince(sinceS) {
  /** @type {Row[]} */
  let rows = [];
  for (let until = (await lastRow())?.number ?? 0; until > 0; until -= NEWEST) {
    /** @type {Row[]} */
    const some = await inStore('rows', 'readonly', (store) => store.getAll(IDBKeyRange.bound(until - NEWEST, until, true)));
    rows = [...some, ...rows];
    if (!some.length || some.some((row) => contentOf(row).signed_at_s < sinceS)) break;
  }
  const ids = [...new Set(rows.filter(({ what }) => what === 'sent' || what === 'settled').map(({ id }) => id))];
  const found = await Promise.all(ids.reverse().map(async (id) => {
    const [sent, settled] = ['sent', 'settled'].map((wanted) => rows.find((row) => row.id === id && row.what === wanted));
    return { sent: sent ? contentOf(sent) : await sentOf(id), done: settled && contentOf(settled) };
  }));
  return found.flatMap(({ sent, done }) => (sent ? [{ sent, done }] : []));
}

/** How it was closed at last; undefined while it is open. @param {string} id @returns {Promise<string | undefined>} */
export async function endOf(id) {
  return (await rowsOf(id)).filter(({ what }) => what !== 'sent').at(-1)?.what;
}

/** By which word it is never settled; undefined where it isn't closed so. @param {string} id @returns {Promise<string | undefined>} */
export async function refusedBy(id) {
  const row = (await rowsOf(id)).find(({ what }) => what === 'refused');
  return row && contentOf(row).word;
}

/** Deposits that are never settled because this till was revoked; reads all rows. @returns {Promise<Sent[]>} */
export async function lost() {
  /** @type {Row[]} */
  const rows = await inStore('rows', 'readonly', (store) => store.getAll());
  const ids = new Set(rows.filter((row) => row.what === 'refused' && contentOf(row).word === REVOKED).map(({ id }) => id));
  return rows.filter(({ id, what }) => what === 'sent' && ids.has(id)).map(contentOf).filter(({ kind }) => kind === 'deposit');
}

/** What nobody knows the end of. @returns {Promise<Sent[]>} */
export function open() {
  return left('open');
}

/** To which the server said no: that it signs when their time is over. @returns {Promise<Sent[]>} */
export function unsigned() {
  return left('said');
}

/** What a phone's receipt settled, and the server was not asked about. @returns {Promise<Sent[]>} */
export function unasked() {
  return left('unasked');
}

/** The journal as a file: a row a line. Beside it, the number of the first row that doesn't follow the one before. @param {boolean} [_text] */
export async function all(_text) {
  /** @type {Row[]} */
  const rows = await inStore('rows', 'readonly', (store) => store.getAll());
  return { text: rows.map(({ text }) => `${text}\n`).join(''), count: rows.length, broken: await linked(rows) };
}

/** Lets the oldest rows go when there are very many; what is before an open one stays. */
export async function tidy() {
  const [count, first] = await Promise.all([inStore('rows', 'readonly', (store) => store.count()), firstRow()]);
  if (count <= MOST_ROWS || !first) return;
  const waiting = new Set(await inStore('left', 'readonly', (store) => store.getAllKeys()));
  const until = first.number + count - MOST_ROWS;
  /** @type {Row[]} */
  const oldest = await inStore('rows', 'readonly', (store) => store.getAll(IDBKeyRange.upperBound(until, true)));
  const stop = oldest.find(({ id }) => waiting.has(id))?.number ?? until;
  await inStore('rows', 'readwrite', (store) => store.delete(IDBKeyRange.upperBound(stop, true)));
}

// --- rows -----------------------------------------------------------------------------------

/**
 * One row more, unless `may` says no to what stands there of this id. One window of this till at a time.
 * @param {Row['what']} what @param {string} id @param {object} content @param {(before: Row['what'][]) => boolean} may
 */
function append(what, id, content, may) {
  return alone(async () => {
    if (!may((await rowsOf(id)).map((row) => row.what))) return false;
    const last = await lastRow();
    const number = (last?.number ?? 0) + 1;
    const row = { number, id, what, text: lineOf(number, last ? await hashOf(last.text) : FIRST, what, id, content) };
    const put = () => inStores(['rows', 'left'], ([rows, waiting]) => {
      rows.add(row);
      const how = leftBy(what, content);
      if (how) waiting.put({ id, how });
      else waiting.delete(id);
    });
    await put().catch(async (error) => {
      if (error?.name !== 'QuotaExceededError') throw error;
      if (what === 'sent') throw new Full();
      await keep(SPARE, null).catch(() => {});              // kept for this: what was begun is brought to its end
      await put().catch(() => { throw new Full(); });
    });
    return true;
  });
}

/** @param {Row['what']} what @param {any} content @returns {Left['how'] | ''} */
function leftBy(what, content) {
  if (what === 'sent') return 'open';
  if (what === 'said') return 'said';
  return what === 'settled' && content.shown ? 'unasked' : '';
}

/** @param {Left['how']} how @returns {Promise<Sent[]>} */
async function left(how) {
  /** @type {Left[]} */
  const waiting = await inStore('left', 'readonly', (store) => store.getAll());
  const found = await Promise.all(waiting.filter((each) => each.how === how).map(({ id }) => sentOf(id)));
  return found.filter((sent) => sent !== undefined).sort((one, other) => one.signed_at_s - other.signed_at_s);
}

/** @param {string} id hex, or its beginning @returns {Promise<Row[]>} */
function rowsOf(id) {
  return inStore('rows', 'readonly', (store) => store.index('id').getAll(IDBKeyRange.bound(id, `${id}~`)));
}

/** @param {Row} row @returns {any} */
function contentOf({ text }) {
  const { number, before, what, ...content } = JSON.parse(text);
  return content;
}

/** @returns {Promise<Row | undefined>} */
function lastRow() {
  return inStore('rows', 'readonly', (store) => store.openCursor(null, 'prev')).then((cursor) => cursor?.value);
}

/** @returns {Promise<Row | undefined>} */
function firstRow() {
  return inStore('rows', 'readonly', (store) => store.openCursor()).then((cursor) => cursor?.value);
}

/** @template T @param {() => Promise<T>} work @returns {Promise<T>} */
function alone(work) {
  return navigator.locks.request('hagc till journal', work);
}

// --- the database ---------------------------------------------------------------------------

/** @type {Promise<IDBDatabase> | null} */
let opening = null;

/** @param {string} name @param {IDBTransactionMode} mode @param {(store: IDBObjectStore) => IDBRequest} ask */
async function inStore(name, mode, ask) {
  const database = await (opening ??= openDatabase());
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(name, mode, mode === 'readwrite' ? { durability: 'strict' } : undefined);
    const request = ask(transaction.objectStore(name));
    transaction.oncomplete = () => resolve(request.result);
    transaction.onabort = () => reject(transaction.error ?? request.error);
  });
}

/** All of it or nothing. @param {string[]} names @param {(stores: IDBObjectStore[]) => void} work @returns {Promise<void>} */
async function inStores(names, work) {
  const database = await (opening ??= openDatabase());
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(names, 'readwrite', { durability: 'strict' });
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error);
    work(names.map((name) => transaction.objectStore(name)));
  });
}

/** @returns {Promise<IDBDatabase>} */
async function openDatabase() {
  /** @type {IDBDatabase} */
  const database = await new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, VERSION);
    request.onupgradeneeded = ({ oldVersion }) => {
      if (oldVersion < 1) request.result.createObjectStore('facts');
      request.result.createObjectStore('rows', { keyPath: 'number' }).createIndex('id', 'id');
      request.result.createObjectStore('left', { keyPath: 'id' });
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => {
      opening = null;
      reject(request.error);
    };
  });
  database.onclose = () => { opening = null; };
  database.onversionchange = () => database.close();
  return database;
}

/** Once at the start: room for the end of what was begun, and what an earlier version of this page kept. */
export async function prepare() {
  if (!await load(SPARE)) await keep(SPARE, new Uint8Array(SPARE_BYTES)).catch(() => {});
  const database = await (opening ??= openDatabase());
  if (!database.objectStoreNames.contains('sent')) return;
  /** @type {Sent[]} */
  const sent = await inStore('sent', 'readonly', (store) => store.getAll());
  for (const each of sent.sort((a, b) => a.signed_at_s - b.signed_at_s)) {
    await append('sent', each.id, each, (before) => !before.length);
    const closed = await inStore('closed', 'readonly', (store) => store.get(each.id));
    if (closed) await close(closed);
  }
  for (const name of ['sent', 'closed']) await inStore(name, 'readwrite', (store) => store.clear());
}
