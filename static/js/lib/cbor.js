// Deterministic CBOR (RFC 8949 §4.2.1) of unsigned integers, byte strings and arrays; nothing else exists for it.
// What was read is written again and must give the same bytes: one meaning, one encoding.
// A number above 2^53 - 1 is a BigInt here, so that it can be refused by its field's name and never be rounded.

import { Refusal } from './refusal.js';

/** @typedef {number | bigint | Uint8Array | Item[]} Item */

export const LONGEST_MESSAGE = 4096;
export const LONGEST_BODY = 1 << 20;
const DEEPEST = 4;
const UINT = 0, BYTES = 2, ARRAY = 4;

/** @param {Item[]} items @returns {Uint8Array} */
export function encode(items) {
  return concat(...parts(items));
}

/**
 * The items of a flat array. Refuses TOO_LONG, NOT_CANONICAL, TRAILING_BYTES, NOT_A_MESSAGE.
 * @param {Uint8Array} raw
 * @returns {(number | bigint | Uint8Array)[]}
 */
export function decode(raw) {
  return /** @type {(number | bigint | Uint8Array)[]} */ (read(raw, LONGEST_MESSAGE, 1));
}

/** The items of an array that may hold arrays. @param {Uint8Array} raw @returns {Item[]} */
export function decodeNested(raw, longest = LONGEST_BODY) {
  return read(raw, longest, DEEPEST);
}

/**
 * Length of the byte string whose head stands at `at`, and where its bytes begin.
 * @param {Uint8Array} raw @param {number} at @returns {[number, number]}
 */
export function readLength(raw, at) {
  const [major, length, start] = readHead(raw, at);
  if (major !== BYTES || typeof length !== 'number') throw new Refusal('NOT_A_MESSAGE');
  return [length, start];
}

/** The head of a byte string, shortest form. @param {number} length */
export function bytesHead(length) {
  return head(BYTES, length);
}

/** @param {...Uint8Array} pieces */
export function concat(...pieces) {
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

/** @param {Uint8Array} a @param {Uint8Array} b */
export function sameBytes(a, b) {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}

/** @param {Uint8Array} raw @param {number} longest @param {number} levels */
function read(raw, longest, levels) {
  if (raw.length > longest) throw new Refusal('TOO_LONG', { length: raw.length, longest });
  const [items] = readArray(raw, 0, levels);
  const again = encode(items);
  if (sameBytes(again, raw)) return items;
  const longer = raw.length > again.length && sameBytes(again, raw.subarray(0, again.length));
  throw new Refusal(longer ? 'TRAILING_BYTES' : 'NOT_CANONICAL');
}

/** @param {Uint8Array} raw @param {number} at @param {number} levels @returns {[Item[], number]} */
function readArray(raw, at, levels) {
  const [major, count, start] = readHead(raw, at);
  if (major !== ARRAY || !levels) throw new Refusal('NOT_A_MESSAGE');
  /** @type {Item[]} */
  const items = [];
  let next = start;
  for (let left = BigInt(count); left > 0n; left--) {
    const [sort, value, after] = readHead(raw, next);
    if (sort === UINT) {
      items.push(value);
      next = after;
    } else if (sort === BYTES) {
      next = after + Number(value);
      if (next > raw.length) throw new Refusal('NOT_A_MESSAGE');
      items.push(raw.slice(after, next));
    } else {
      const [inner, end] = readArray(raw, next, levels - 1);
      items.push(inner);
      next = end;
    }
  }
  return [items, next];
}

/**
 * Major type, argument and where it ends (RFC 8949 §3), of any width: writing it again tells whether it was shortest.
 * @param {Uint8Array} raw @param {number} at @returns {[number, number | bigint, number]}
 */
function readHead(raw, at) {
  const first = raw[at];
  if (first === undefined) throw new Refusal('NOT_A_MESSAGE');
  const major = first >> 5, low = first & 31;
  if (low < 24) return [major, low, at + 1];
  if (low === 31 && (major === BYTES || major === ARRAY)) throw new Refusal('NOT_CANONICAL');
  const end = at + 1 + 2 ** (low - 24);
  if (low > 27 || end > raw.length) throw new Refusal('NOT_A_MESSAGE');
  let value = 0n;
  for (const byte of raw.subarray(at + 1, end)) value = value << 8n | BigInt(byte);
  return [major, value <= Number.MAX_SAFE_INTEGER ? Number(value) : value, end];
}

/** @param {Item} item @returns {Uint8Array[]} */
function parts(item) {
  if (item instanceof Uint8Array) return [bytesHead(item.length), item];
  if (Array.isArray(item)) return [head(ARRAY, item.length), ...item.flatMap(parts)];
  return [head(UINT, item)];
}

/** @param {number} major @param {number | bigint} argument */
function head(major, argument) {
  const exact = typeof argument === 'bigint' || Number.isSafeInteger(argument);
  if (!exact || argument < 0 || argument >= 1n << 64n) throw new TypeError(`no unsigned integer: ${argument}`);
  let value = BigInt(argument);
  if (value < 24n) return Uint8Array.of(major << 5 | Number(value));
  const width = [1, 2, 4, 8].findIndex((bytes) => value < 1n << BigInt(8 * bytes));
  const written = new Uint8Array(1 + 2 ** width);
  written[0] = major << 5 | 24 + width;
  for (let at = written.length - 1; at > 0; at--, value >>= 8n) written[at] = Number(value & 255n);
  return written;
}
