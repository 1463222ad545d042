// How the rows of the till's journal hang together: a row is one line of JSON, and holds the SHA-256 of the line before,
// so that whoever has the file can see with any tool that nothing was taken out of it or changed.

import { hex } from '../lib/bytes.js';

/**
 * @typedef {object} Row
 * @property {number} number from 1, without a gap
 * @property {string} id hex, of the message that it is about
 * @property {'sent' | 'said' | 'settled' | 'refused' | 'lapsed' | 'confirmed'} what
 * @property {string} text the row itself: {number, before, what, id, …}
 */

/** What stands in the first row. */
export const FIRST = '0'.repeat(64);

/** @param {number} number @param {string} before @param {Row['what']} what @param {string} id @param {object} content */
export function lineOf(number, before, what, id, content) {
  return JSON.stringify({ number, before, what, ...content, id });
}

/** SHA-256 of a line, without its end. @param {string} text */
export async function hashOf(text) {
  return hex(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))));
}

/**
 * The number of the first row that doesn't follow the one before; 0 when all do. Old rows may be gone: the first that is
 * there may have any before it.
 * @param {Row[]} rows
 */
export async function linked(rows) {
  for (const [at, { number, id, what, text }] of rows.entries()) {
    const said = JSON.parse(text);
    const before = at ? await hashOf(rows[at - 1].text) : number > 1 ? said.before : FIRST;
    const follows = at === 0 || number === rows[at - 1].number + 1;
    if (!follows || said.before !== before || said.number !== number || said.id !== id || said.what !== what) return number;
  }
  return 0;
}
