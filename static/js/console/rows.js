// The root over a list's salted rows, worked out in the officer's browser: the same as app/money/lists.py and
// RFC 6962 §2.1. Whoever changed one won in one row would get another root.

import { fromHex } from '../lib/bytes.js';
import { concat } from '../lib/cbor.js';

/** @typedef {{ person: string, amount_won: number, salt: string }} Row person and salt in hexadecimal */

const LABEL = new TextEncoder().encode('hagc/row/1\0');
const LEAF = Uint8Array.of(0), NODE = Uint8Array.of(1);
const AT_ONCE = 2000;

/** @param {Row[]} rows in the list's order @returns {Promise<Uint8Array>} 32 bytes */
export async function rootOf(rows) {
  let level = await each(rows, (row, at) => sha256(concat(LEAF, LABEL, fromHex(row.salt), eight(at), fromHex(row.person), eight(row.amount_won))));
  while (level.length > 1) {
    const pairs = Array.from({ length: Math.ceil(level.length / 2) }, (_, at) => level.slice(2 * at, 2 * at + 2));
    level = await each(pairs, async ([left, right]) => (right ? sha256(concat(NODE, left, right)) : left));
  }
  return level[0] ?? sha256(new Uint8Array());
}

/**
 * In portions: a hundred thousand promises at once would fill the memory.
 * @template T @param {T[]} things @param {(thing: T, at: number) => Promise<Uint8Array>} work
 */
async function each(things, work) {
  /** @type {Uint8Array[]} */
  const done = [];
  for (let start = 0; start < things.length; start += AT_ONCE) {
    const portion = things.slice(start, start + AT_ONCE);
    done.push(...await Promise.all(portion.map((thing, at) => work(thing, start + at))));
  }
  return done;
}

/** @param {Uint8Array} data */
async function sha256(data) {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', /** @type {BufferSource} */ (data)));
}

/** Eight bytes, big-endian. @param {number} value */
function eight(value) {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value));
  return bytes;
}
