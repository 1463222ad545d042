// The key of this device: Ed25519 in WebCrypto, non-extractable, kept in IndexedDB. An old browser that has no
// Ed25519 gets a `soft` key (softkey.js). Checking a signature is another matter: curve.js.

/** @typedef {{ publicKey: Uint8Array, grade: 0 | 1, sign(data: Uint8Array): Promise<Uint8Array> }} Key */
/** @typedef {{ add(name: string, kept: object): Promise<void>, get(name: string): Promise<any>,
 *   remove(name: string): Promise<void> }} Shelf */

const HARD = 0, SOFT = 1;

/**
 * A new key under a name that is not taken: a key overwritten is a key lost.
 * @param {string} name @param {Shelf} [shelf] @param {boolean} [soft] for tests of the old browsers' way
 * @returns {Promise<Key>}
 */
export async function createKey(name, shelf = indexedDbShelf, soft = false) {
  const kept = (soft ? null : await hardKey()) ?? await softKey();
  await shelf.add(name, kept);
  return usable(kept);
}

/** @param {string} name @param {Shelf} [shelf] @returns {Promise<Key | null>} */
export async function loadKey(name, shelf = indexedDbShelf) {
  const kept = await shelf.get(name);
  return kept ? usable(kept) : null;
}

/** @param {string} name @param {Shelf} [shelf] */
export async function removeKey(name, shelf = indexedDbShelf) {
  await shelf.remove(name);
}

/** Null where the browser has no Ed25519. */
async function hardKey() {
  try {
    const pair = /** @type {CryptoKeyPair} */ (await crypto.subtle.generateKey('Ed25519', false, ['sign', 'verify']));
    const publicKey = new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey));
    return { grade: HARD, publicKey, secret: pair.privateKey };
  } catch (error) {
    if (error.name === 'NotSupportedError' || error instanceof TypeError) return null;
    throw error;
  }
}

async function softKey() {
  const { make } = await import('./softkey.js');
  return { grade: SOFT, ...await make() };
}

/** @returns {Key} */
function usable(kept) {
  const sign = kept.grade === HARD ? signHard : signSoft;
  return { publicKey: kept.publicKey, grade: kept.grade, sign: (data) => sign(kept, data) };
}

/** @param {any} kept @param {Uint8Array} data */
async function signHard({ secret }, data) {
  return new Uint8Array(await crypto.subtle.sign('Ed25519', secret, /** @type {BufferSource} */ (data)));
}

/** @param {any} kept @param {Uint8Array} data */
async function signSoft(kept, data) {
  const { sign } = await import('./softkey.js');
  return sign(kept, data);
}

/** @type {Shelf} */
const indexedDbShelf = {
  add: (name, kept) => inStore('readwrite', (store) => store.add(kept, name)),
  get: (name) => inStore('readonly', (store) => store.get(name)),
  remove: (name) => inStore('readwrite', (store) => store.delete(name)),
};

/**
 * One request in one transaction; done when the transaction is on disk.
 * @param {IDBTransactionMode} mode @param {(store: IDBObjectStore) => IDBRequest} ask
 */
async function inStore(mode, ask) {
  const database = await openDatabase();
  try {
    return await new Promise((resolve, reject) => {
      const transaction = database.transaction('keys', mode, { durability: 'strict' });
      const request = ask(transaction.objectStore('keys'));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onabort = () => reject(transaction.error);
    });
  } finally {
    database.close();
  }
}

/** @returns {Promise<IDBDatabase>} */
function openDatabase() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open('hagc-keys', 1);
    request.onupgradeneeded = () => request.result.createObjectStore('keys');
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
