// Who sits here, and the key of this officer in this browser.

import { fromHex, hex } from '../lib/bytes.js';
import { loadKey } from '../lib/keys.js';
import { page } from '../lib/page.js';

const facts = document.getElementById('main')?.dataset ?? {};

export const officer = Number(facts.officer);
export const registered = facts.key ?? '';        // hexadecimal, or empty: what the ledger has for this officer
export const chainId = fromHex(page.chain);

/** Several officers, and several cities, may share one browser. */
export const keyName = `officer/${page.chain}/${officer}`;

/** @returns {Promise<import('../lib/keys.js').Key | null>} */
export function myKey() {
  return loadKey(keyName);
}

/** The first digits of a public key, for people to compare. @param {Uint8Array} publicKey */
export function shortly(publicKey) {
  return (hex(publicKey).slice(0, 16).match(/.{4}/g) ?? []).join(' ');
}

/** The place in a form or section where it says what goes on. @param {Element} place @param {string} text */
export function say(place, text) {
  const line = place.querySelector('[data-say]');
  if (line) line.textContent = text;
}
