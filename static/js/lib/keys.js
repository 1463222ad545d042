// The key of this device: Ed25519 in WebCrypto, non-extractable, kept in IndexedDB. An old browser that has no
// Ed25519 gets a `soft` key: this script can read its seed, which lies sealed by a non-extractable AES key.
// Checking a signature is done by noble with the server's strictness, in every browser alike.

import { Point, getPublicKeyAsync, signAsync, verifyAsync } from '../../vendor/noble-ed25519.js';
import { Refusal } from './refusal.js';

/** @typedef {{ publicKey: Uint8Array, grade: 0 | 1, sign(data: Uint8Array): Promise<Uint8Array> }} Key */
/** @typedef {{ add(name: string, kept: object): Promise<void>, get(name: string): Promise<any>,
 *   remove(name: string): Promise<void> }} Shelf */

const HARD = 0, SOFT = 1;
const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;

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

/**
 * True if `publicKey` signed `data`. A key with a small-order part signs nothing, nor does S ≥ L.
 * @param {Uint8Array} signature @param {Uint8Array} data @param {Uint8Array} publicKey
 */
export async function verify(signature, data, publicKey) {
  if (signature.length !== 64 || publicKey.length !== 32 || isMalleated(signature)) return false;
  return isPrimeOrder(signature.slice(0, 32)) && isPrimeOrder(publicKey)
    && verifyAsync(signature, data, publicKey, { zip215: false });
}

/** S ≥ L: the same signature written another way (RFC 8032 §5.1.7). @param {Uint8Array} signature */
export function isMalleated(signature) {
  return signature.slice(32).reduceRight((sum, byte) => sum << 8n | BigInt(byte), 0n) >= ORDER;
}

/**
 * Returns a key whose signatures mean one thing. Refuses BAD_FIELD (no point) or SMALL_ORDER_KEY.
 * @param {Uint8Array} publicKey
 */
export function checkPublic(publicKey) {
  const point = publicKey.length === 32 ? pointOf(publicKey) : null;
  if (!point) throw new Refusal('BAD_FIELD', { field: 'key' });
  if (!isPrimeOrder(publicKey)) throw new Refusal('SMALL_ORDER_KEY');
  return publicKey;
}

/** @param {Uint8Array} encoded */
function pointOf(encoded) {
  try {
    return Point.fromBytes(encoded, false);
  } catch {
    return null;
  }
}

/** @param {Uint8Array} encoded */
function isPrimeOrder(encoded) {
  const point = pointOf(encoded);
  return point !== null && !point.is0() && point.isTorsionFree();
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
  const seed = crypto.getRandomValues(new Uint8Array(32));
  const publicKey = await getPublicKeyAsync(seed);
  const seal = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, seal, seed);
  seed.fill(0);
  return { grade: SOFT, publicKey, seal, iv, sealed };
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
async function signSoft({ seal, iv, sealed }, data) {
  const seed = new Uint8Array(await crypto.subtle.decrypt({ name: 'AES-GCM', iv }, seal, sealed));
  try {
    return await signAsync(data, seed);
  } finally {
    seed.fill(0);
  }
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
