// What this phone keeps for itself: the last known balance, the stock of aliases, its payments and their receipts.
// All of it can be lost without losing money: the account is in the ledger, the key lies in a database of its own.

/**
 * @typedef {object} Payment one code shown or one request paid
 * @property {string} of hex id of the request, or of the code itself: one message for each, however often it is tapped
 * @property {'code' | 'payment'} kind
 * @property {string} id hex id of the message this phone signed
 * @property {string} message base64url
 * @property {string} [ask] base64url, the request or notice that was paid
 * @property {boolean} [tried] this phone sent it itself, and had no answer
 * @property {number} expires_at_s
 * @property {number} signed_at_s
 * @property {string} alias
 * @property {number} [shop]
 * @property {string} [shop_name]
 * @property {number} [amount_won]
 * @property {number} [upto_won] of a code without an amount
 * @property {'open' | 'settled'} state
 * @property {number} [entry]
 * @property {number} [at_s]
 * @property {string} [receipt] base64url, of the operator
 * @property {string} [shop_receipt] base64url, the shop's: a till without a line takes it from this phone's screen
 * @property {{half: string, salt: string, other: string}} [opening] this phone's half of the entry
 */

const NAME = 'hagc-wallet';

/** @param {string} name @returns {Promise<any>} */
export function load(name) {
  return inStore('facts', 'readonly', (store) => store.get(name));
}

/** @param {string} name @param {any} value */
export function keep(name, value) {
  return inStore('facts', 'readwrite', (store) => store.put(value, name));
}

/** @returns {Promise<Payment[]>} */
export function payments() {
  return inStore('payments', 'readonly', (store) => store.getAll());
}

/** @param {string} of @returns {Promise<Payment | undefined>} */
export function paymentOf(of) {
  return inStore('payments', 'readonly', (store) => store.get(of));
}

/**
 * Keeps a new payment; gives the one that was there before, if any. On disk when it returns.
 * @param {Payment} payment @returns {Promise<Payment>}
 */
export async function addPayment(payment) {
  try {
    await inStore('payments', 'readwrite', (store) => store.add(payment));
    return payment;
  } catch (error) {
    if (error.name !== 'ConstraintError') throw error;
    return /** @type {Payment} */ (await paymentOf(payment.of));
  }
}

/** @param {Payment} payment */
export function keepPayment(payment) {
  return inStore('payments', 'readwrite', (store) => store.put(payment));
}

/** @param {string} of */
export function dropPayment(of) {
  return inStore('payments', 'readwrite', (store) => store.delete(of));
}

/** @type {Promise<IDBDatabase> | null} */
let opening = null;

/** @param {string} name @param {IDBTransactionMode} mode @param {(store: IDBObjectStore) => IDBRequest} ask */
async function inStore(name, mode, ask) {
  const database = await (opening ??= open());
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(name, mode, mode === 'readwrite' ? { durability: 'strict' } : undefined);
    const request = ask(transaction.objectStore(name));
    transaction.oncomplete = () => resolve(request.result);
    transaction.onabort = () => reject(transaction.error);
  });
}

/** @returns {Promise<IDBDatabase>} */
function open() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore('facts');
      request.result.createObjectStore('payments', { keyPath: 'of' });
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
