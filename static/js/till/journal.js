// The till's own record, in IndexedDB. Whatever is signed stands in `sent` before anybody sees it; it is closed by a
// proven receipt, a final refusal, or when the server says after its time that nothing came of it. Both only grow:
// a closed line goes after ninety days, an open one never.

/**
 * @typedef {object} Sent
 * @property {string} id hex, of the signed message
 * @property {'request' | 'charge' | 'refund'} kind
 * @property {string} message base64url
 * @property {string} [payer] base64url, the code that the charge claims
 * @property {string} [sale] which sale it belongs to
 * @property {number} [of] the entry that the refund gives back
 * @property {number} amount_won @property {number} expires_at_s @property {number} signed_at_s
 */
/**
 * @typedef {object} Closed
 * @property {string} id @property {'settled' | 'refused' | 'lapsed'} how @property {number} closed_at_s
 * @property {number} [entry] @property {number} [at_s] @property {number} [amount_won]
 * @property {string} [receipt] base64url @property {string} [word]
 */

const NAME = 'hagc-till';
const KEPT_S = 90 * 86_400;

/** @param {string} name @returns {Promise<any>} */
export function load(name) {
  return inStore('facts', 'readonly', (store) => store.get(name));
}

/** @param {string} name @param {any} value */
export function keep(name, value) {
  return inStore('facts', 'readwrite', (store) => store.put(value, name));
}

/** On disk when it returns. @param {Sent} sent */
export async function write(sent) {
  await inStore('sent', 'readwrite', (store) => store.add(sent));
  return sent;
}

/** False when that line was closed before: what follows from it has been done. @param {Closed} closed */
export async function close(closed) {
  try {
    await inStore('closed', 'readwrite', (store) => store.add(closed));
    return true;
  } catch (error) {
    if (error.name === 'ConstraintError') return false;
    throw error;
  }
}

/** @param {string} id @returns {Promise<Sent | undefined>} */
export function sentOf(id) {
  return inStore('sent', 'readonly', (store) => store.get(id));
}

/** What nobody knows the end of. @returns {Promise<Sent[]>} */
export async function open() {
  const closed = new Set(await inStore('closed', 'readonly', (store) => store.getAllKeys()));
  const ids = await inStore('sent', 'readonly', (store) => store.getAllKeys());
  const left = await Promise.all(ids.filter((id) => !closed.has(id)).map(sentOf));
  return left.filter((sent) => sent !== undefined);
}

/** Lets old closed lines go. @param {number} nowS */
export async function tidy(nowS) {
  const closed = await inStore('closed', 'readonly', (store) => store.getAll());
  for (const { id } of closed.filter((each) => each.closed_at_s < nowS - KEPT_S)) {
    await inStore('sent', 'readwrite', (store) => store.delete(id));
    await inStore('closed', 'readwrite', (store) => store.delete(id));
  }
}

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

/** @returns {Promise<IDBDatabase>} */
function openDatabase() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore('facts');
      request.result.createObjectStore('sent', { keyPath: 'id' });
      request.result.createObjectStore('closed', { keyPath: 'id' });
    };
    request.onsuccess = () => {
      request.result.onclose = () => { opening = null; };
      resolve(request.result);
    };
    request.onerror = () => {
      opening = null;
      reject(request.error);
    };
  });
}
