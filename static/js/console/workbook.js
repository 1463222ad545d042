// The rows of an XLSX workbook in a browser (ECMA-376 part 1, §18.3): unzipped by the platform, its few elements found by
// their marks, because the page's policy lets no text become a document.

import { numberColumns, Unread } from './table.js';

/** @typedef {{ name: string, method: number, start: number, size: number }} Part */

const END = 0x06054b50, ENTRY = 0x02014b50;
const DATES = [14, 15, 16, 17, 22];
const SHEET = /^xl\/worksheets\/[^/]+\.xml$/;

/**
 * @param {Uint8Array} raw @param {number} most bytes of all parts, unfolded
 * @returns {Promise<string[][] | null>}
 */
export async function read(raw, most) {
  const parts = new Map(partsOf(raw).map((part) => [part.name, part]));
  const room = { left: most };
  /** @param {string} name */
  const text = async (name) => (parts.has(name) ? unfold(raw, /** @type {Part} */ (parts.get(name)), room) : '');
  const sheets = [];
  for (const name of parts.keys()) {
    const sheet = SHEET.test(name) ? await text(name) : '';
    if (/<(?:\w+:)?(?:v|is)[\s>]/.test(sheet)) sheets.push(sheet);
  }
  if (![...parts.keys()].some((name) => SHEET.test(name))) throw new Unread('unread');     // some other packed file
  const strings = stringsOf(await text('xl/sharedStrings.xml'));
  const dates = datesOf(await text('xl/styles.xml'));
  const tables = sheets.map((sheet) => rowsOf(sheet, strings, dates));
  const plain = tables.length === 1 && !/<(?:\w+:)?mergeCell\s[^>]*ref="([A-Z]+)(\d+):([A-Z]+)(?!\2")\d+"/.test(sheets[0]);
  if (plain) return tables[0];
  // Taken apart here it would not be what its maker sees: without resident numbers it may go as it is.
  if (tables.some((rows) => numberColumns(rows).length)) throw new Unread('cant_drop');
  return null;
}

/** The central directory (APPNOTE.TXT §4.3.12). @param {Uint8Array} raw @returns {Part[]} */
function partsOf(raw) {
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  let end = raw.length - 22;
  while (end >= 0 && view.getUint32(end, true) !== END) end -= 1;
  if (end < 0) throw new Unread('unread');
  const parts = [];
  let at = view.getUint32(end + 16, true);
  for (let left = view.getUint16(end + 10, true); left > 0 && at + 46 <= raw.length; left -= 1) {
    if (view.getUint32(at, true) !== ENTRY) throw new Unread('unread');
    const [name, extra, comment] = [28, 30, 32].map((offset) => view.getUint16(at + offset, true));
    const header = view.getUint32(at + 42, true);
    const start = header + 30 + view.getUint16(header + 26, true) + view.getUint16(header + 28, true);
    parts.push({
      name: new TextDecoder().decode(raw.subarray(at + 46, at + 46 + name)),
      method: view.getUint16(at + 10, true), start, size: view.getUint32(at + 20, true),
    });
    at += 46 + name + extra + comment;
  }
  return parts;
}

/** @param {Uint8Array} raw @param {Part} part @param {{left: number}} room @returns {Promise<string>} */
async function unfold(raw, part, room) {
  const packed = raw.slice(part.start, part.start + part.size);
  if (part.method === 0) return new TextDecoder().decode(packed);
  const reader = new Blob([packed]).stream().pipeThrough(inflater()).getReader();
  const decoder = new TextDecoder();
  let text = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    room.left -= value.length;
    if (room.left < 0) throw new Unread('unread_large');
    text += decoder.decode(value, { stream: true });
  }
}

/** Unread where a browser is older than this. */
function inflater() {
  try {
    return new DecompressionStream('deflate-raw');
  } catch {
    throw new Unread('unread_here');
  }
}

/** @param {string} text */
function plain(text) {
  /** @type {Record<string, string>} */
  const named = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
  return text.replace(/&(#x[0-9a-f]+|#\d+|\w+);/gi, (all, name) => {
    if (name[0] !== '#') return named[name] ?? all;
    return String.fromCodePoint(Number(name[1] === 'x' ? `0${name.slice(1)}` : name.slice(1)));
  });
}

/** All texts inside an element, its phonetic readings left out. @param {string} xml */
function texts(xml) {
  const spoken = xml.replace(/<(?:\w+:)?rPh[\s>][\s\S]*?<\/(?:\w+:)?rPh>/g, '');
  return [...spoken.matchAll(/<(?:\w+:)?t(?:\s[^>]*)?>([\s\S]*?)<\/(?:\w+:)?t>/g)].map((found) => plain(found[1])).join('');
}

/** @param {string} xml */
function stringsOf(xml) {
  return [...xml.matchAll(/<(?:\w+:)?si(?:\s[^>]*)?(?:\/>|>([\s\S]*?)<\/(?:\w+:)?si>)/g)].map((found) => texts(found[1] ?? ''));
}

/** Which styles show a number as a date. @param {string} xml @returns {Set<number>} */
function datesOf(xml) {
  const formats = new Map([...xml.matchAll(/<(?:\w+:)?numFmt\s[^>]*>/g)].map(([mark]) => [
    Number(/numFmtId="(\d+)"/.exec(mark)?.[1]), plain(/formatCode="([^"]*)"/.exec(mark)?.[1] ?? '').replace(/"[^"]*"|\[[^\]]*\]/g, '')]));
  const used = /<(?:\w+:)?cellXfs[\s>][\s\S]*?<\/(?:\w+:)?cellXfs>/.exec(xml)?.[0] ?? '';
  const dates = new Set();
  [...used.matchAll(/<(?:\w+:)?xf\s[^>]*>/g)].forEach(([mark], style) => {
    const format = Number(/numFmtId="(\d+)"/.exec(mark)?.[1]);
    if (DATES.includes(format) || /[yd]/i.test(formats.get(format) ?? '')) dates.add(style);
  });
  return dates;
}

/** @param {string} xml @param {string[]} strings @param {Set<number>} dates */
function rowsOf(xml, strings, dates) {
  /** @type {string[][]} */
  const rows = [];
  for (const [, attributes, content] of xml.matchAll(/<(?:\w+:)?row(\s[^>]*?)?(?:\/>|>([\s\S]*?)<\/(?:\w+:)?row>)/g)) {
    const number = Number(/\sr="(\d+)"/.exec(attributes ?? '')?.[1] ?? rows.length + 1);
    if (number > 300_000) throw new Unread('unread_large');
    while (rows.length < number) rows.push([]);
    rows[number - 1] = cellsOf(content ?? '', strings, dates);
  }
  return rows;
}

/** @param {string} xml @param {string[]} strings @param {Set<number>} dates */
function cellsOf(xml, strings, dates) {
  /** @type {string[]} */
  const cells = [];
  for (const [, attributes, content] of xml.matchAll(/<(?:\w+:)?c(\s[^>]*?)?(?:\/>|>([\s\S]*?)<\/(?:\w+:)?c>)/g)) {
    const place = /\sr="([A-Z]+)/.exec(attributes ?? '')?.[1];
    const at = place ? [...place].reduce((sum, one) => sum * 26 + one.charCodeAt(0) - 64, 0) - 1 : cells.length;
    if (at > 1000) throw new Unread('unread_large');
    while (cells.length < at) cells.push('');
    cells[at] = content ? said(attributes ?? '', content, strings, dates) : '';
  }
  return cells;
}

/** @param {string} attributes @param {string} content @param {string[]} strings @param {Set<number>} dates */
function said(attributes, content, strings, dates) {
  const formula = /<(?:\w+:)?f(?:\s[^>]*)?(?:\/>|>([\s\S]*?)<\/(?:\w+:)?f>)/.exec(content);
  if (formula) return `=${plain(formula[1] ?? '')}`;
  const type = /\st="(\w+)"/.exec(attributes)?.[1] ?? 'n';
  if (type === 'inlineStr') return texts(content);
  const value = plain(/<(?:\w+:)?v(?:\s[^>]*)?>([\s\S]*?)<\/(?:\w+:)?v>/.exec(content)?.[1] ?? '');
  if (type === 's') return strings[Number(value)] ?? '';
  const style = Number(/\ss="(\d+)"/.exec(attributes)?.[1] ?? 0);
  return type === 'n' && value && dates.has(style) ? day(Number(value)) : number(value);
}

/** A day as Excel counts them, from the last of 1899; the number where there is no such day: it may be an account's, or a person's. @param {number} serial */
function day(serial) {
  const at = new Date(Math.round((serial - 25_569) * 86_400_000));
  return Number.isNaN(at.getTime()) ? String(serial) : at.toISOString().slice(0, 10);
}

/** 3E5 is 300000. @param {string} value */
function number(value) {
  return /^[\d.]+E\+?\d+$/i.test(value) ? String(Number(value)) : value;
}
