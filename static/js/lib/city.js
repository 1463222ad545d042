// What the city says of itself, believed only as far as its roots signed it: the chain is pinned, and each key of the
// server is proven under it (trust.js).

import { Refused, get, refused } from './api.js';
import { fromHex } from './bytes.js';
import { Malformed, learn } from './trust.js';
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
  try {
    return { ...city, known: await learn(city, known, fromHex(city.chain_id)) };
  } catch (error) {
    if (error.name !== 'Refusal' && !(error instanceof Malformed)) throw error;
    throw new Untrusted();
  }
}
