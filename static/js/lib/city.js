// What the city says of itself, believed only as far as its roots signed it: the chain is pinned, and each key of the
// server is proven under it (trust.js, which loads only when there is a key to prove).

import { Refused, get, refused } from './api.js';
import { fromHex, hex } from './bytes.js';
import { t } from './words.js';

/** @typedef {import('./trust.js').Known} Known */

/** The server tells keys that the city's roots did not sign, or keeps the proof back. */
export class Untrusted extends Refused {
  constructor() {
    const [title, detail, next] = ['', '_detail', '_next'].map((part) => t(`common.untrusted${part}`));
    super({ word: 'UNTRUSTED', title, detail, next, final: false, number: 0, status: 0 });
  }
}

/**
 * The city's answer, its keys proven, with those that were known before. Throws OTHER_CHAIN, Untrusted, NoAnswer.
 * @param {string} [pinned] the chain id in hexadecimal; without one it is the answer's own
 * @param {Known[]} [known]
 * @returns {Promise<any>} with `known`
 */
export async function askCity(pinned, known = []) {
  const city = await get('/api/city');
  if (pinned && city.chain_id !== pinned) throw refused('OTHER_CHAIN');
  return { ...city, known: await says(city, known) ? known : await proven(city, known) };
}

/** Whether it says only what was proven before. @param {any} city @param {Known[]} known */
async function says({ chain_id, genesis, operational }, known) {
  const same = Array.isArray(operational) && operational.every(({ message, approvals = [] }) =>
    known.some(({ proof }) => proof === [message, ...approvals].join(' ')));
  return same && /^([0-9a-f]{2})+$/.test(genesis) && chain_id === hex(await sha256(fromHex(genesis)));
}

/** @param {any} city @param {Known[]} known @returns {Promise<Known[]>} */
async function proven(city, known) {
  const { Malformed, learn } = await import('./trust.js');
  try {
    return await learn(city, known, fromHex(city.chain_id));
  } catch (error) {
    if (error.name !== 'Refusal' && !(error instanceof Malformed)) throw error;
    throw new Untrusted();
  }
}

/** @param {Uint8Array} bytes */
async function sha256(bytes) {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', /** @type {BufferSource} */ (bytes)));
}
