// Reads an officer's file in the officer's own browser, CSV or XLSX, to find what must not leave it. The server reads the
// file again by itself (app/people/unpack.py): nothing here is believed.

/** @typedef {string[][]} Table */

const MOST_BYTES = 16 * 2 ** 20, MOST_INFLATED = 160 * 2 ** 20;

// What is no table of text, though it may be text (app/people/unpack.py).
const OLD = '\xd0\xcf\x11\xe0', OTHER = /^(%PDF|\{\\rtf|\s*<(!doctype|!--|\?xml|html|head|body|meta|style|script|table|svg))/i;

/** A file that this page could not read through, or from which it can't take the numbers; the message is the text that says so. */
export class Unread extends Error {}

/**
 * The rows of a file; null for one that was read through, holds no number, and goes as it is because it is no plain table.
 * Raises Unread, or whatever a broken file leads to.
 * @param {Uint8Array} raw @returns {Promise<Table | null>}
 */
export async function read(raw) {
  if (raw.length > MOST_BYTES) throw new Unread('unread_large');
  if (raw[0] === 0x50 && raw[1] === 0x4b) return (await import('./workbook.js')).read(raw, MOST_INFLATED);
  if (String.fromCharCode(...raw.subarray(0, 4)) === OLD) throw new Unread('unread_old');
  return parse(decoded(raw));
}

/** Korean Excel writes utf-8 with a mark, or cp949 (which browsers call euc-kr). @param {Uint8Array} raw */
function decoded(raw) {
  for (const encoding of ['utf-8', 'euc-kr']) {
    try {
      const text = new TextDecoder(encoding, { fatal: true }).decode(raw);
      if (!OTHER.test(text) && !text.includes('\0')) return text;
    } catch {
      // the next one
    }
  }
  throw new Unread('unread');
}

/** RFC 4180. @param {string} text @param {string} [between] @returns {Table} */
export function parse(text, between = ',') {
  /** @type {Table} */
  const rows = [];
  /** @type {string[]} */
  let row = [];
  let at = 0;
  while (at < text.length) {
    let cell = '';
    if (text[at] === '"') {
      let end = at + 1;
      while (end < text.length && !(text[end] === '"' && text[end + 1] !== '"')) end += text[end] === '"' ? 2 : 1;
      cell = text.slice(at + 1, end).replaceAll('""', '"');
      at = end + 1;
    }
    const start = at;
    while (at < text.length && text[at] !== between && text[at] !== '\n' && text[at] !== '\r') at += 1;
    row.push(cell + text.slice(start, at));
    if (text[at] === between) {
      at += 1;
      if (at === text.length) row.push('');
      continue;
    }
    if (text[at] === '\r' && text[at + 1] === '\n') at += 1;
    at += 1;
    rows.push(row);
    row = [];
  }
  if (row.length) rows.push(row);
  return rows;
}

/** @param {Table} rows @param {string} [between] */
export function write(rows, between = ',') {
  const quoted = (/** @type {string} */ cell) => (/[",\r\n]/.test(cell) && between === ',' ? `"${cell.replaceAll('"', '""')}"` : cell);
  return rows.map((row) => row.map(quoted).join(between)).join('\r\n') + '\r\n';
}

// --- resident numbers: the same shapes as app/people/shapes.py and unpack.py -----------------

const SHAPE = /(?<!\d)\d{6}[\W_]{0,3}\d{7}(?!\d)/;
const HEADER = /주민(등록)?번호(?!앞)/;
const HEADER_WITHIN = 20;

/** @param {string} text */
function even(text) {
  return text.normalize('NFKC').replace(/[\p{Cc}\p{Cf}\p{Cs}]/gu, '').trim();
}

/** @param {string} text */
export function holdsNumber(text) {
  return text.length > 12 && SHAPE.test(even(text.replace(/\s+/g, ' ')));
}

/**
 * The places of the columns in which resident numbers stand, or which are named so.
 * @param {Table} rows @returns {number[]}
 */
export function numberColumns(rows) {
  const found = new Set();
  rows.forEach((row, number) => row.forEach((cell, at) => {
    if (found.has(at)) return;
    if (holdsNumber(cell)) found.add(at);
    if (number < HEADER_WITHIN && HEADER.test(even(cell).replaceAll(/\s/g, ''))) found.add(at);
  }));
  return [...found].sort((left, right) => left - right);
}

/** @param {Table} rows @param {number[]} places @returns {Table} */
export function without(rows, places) {
  return rows.map((row) => row.filter((_, at) => !places.includes(at)));
}

/** A column as spreadsheets call it: 0 is A, 26 is AA. @param {number} at @returns {string} */
export function letter(at) {
  return (at >= 26 ? letter(Math.floor(at / 26) - 1) : '') + String.fromCharCode(65 + (at % 26));
}
