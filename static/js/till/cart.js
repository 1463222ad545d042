// What a customer takes, and what it comes to. Only whole won, one or more, are added or taken off; the sum is worked
// out anew from the lines each time and never kept, so that no tip, discount or price lowers it by a sign.

/** @typedef {{name: string, price_won: number, category: string}} Item */
/** @typedef {{name: string, price_won: number, count: number}} Line */
/** @typedef {{lines: Line[], tip_won: number, discount_won: number}} Cart 0: none */

export const MOST_WON = 100_000_000;
export const MOST_ITEMS = 500;
const FORMULA = /^\s*[=+\-@＝＋－＠]|^[\t\r\n]/;         // with their full-width twins
const COLUMNS = ['name', 'price_won', 'category'];
const MOST_COUNT = 999, NAME_LETTERS = 40, CATEGORY_LETTERS = 20;

/** An empty one. @returns {Cart} */
export function empty() {
  return { lines: [], tip_won: 0, discount_won: 0 };
}

/** A whole amount of one won or more out of plain digits; 0 for anything else, such as a sign. @param {string} text */
export function wonOf(text) {
  const won = /^[0-9]{1,9}$/.test(text.trim()) ? Number(text.trim()) : 0;
  return won <= MOST_WON ? won : 0;
}

/** @param {unknown} won @param {number} least */
function isWon(won, least) {
  return Number.isSafeInteger(won) && Number(won) >= least && Number(won) <= MOST_WON;
}

/** What the lines come to; RangeError where one is no amount. @param {Line[]} lines */
export function goodsWon(lines) {
  return lines.reduce((sum, { price_won, count }) => {
    if (!isWon(price_won, 1) || !isWon(count, 1) || count > MOST_COUNT) throw new RangeError('a line is no amount');
    return sum + price_won * count;
  }, 0);
}

/** What the customer pays; 0 where that is nothing that can be asked for. @param {Cart} cart */
export function totalWon({ lines, tip_won, discount_won }) {
  if (!isWon(tip_won, 0) || !isWon(discount_won, 0)) throw new RangeError('a tip or a discount is no amount');
  const goods = goodsWon(lines);
  if (discount_won > goods) return 0;
  const total = goods - discount_won + tip_won;
  return total >= 1 && total <= MOST_WON ? total : 0;
}

/** One more of it. @param {Cart} cart @param {{name: string, price_won: number}} item @returns {Cart} */
export function withOne(cart, { name, price_won }) {
  const there = cart.lines.find((line) => line.name === name && line.price_won === price_won);
  if (!there) return { ...cart, lines: [...cart.lines, { name, price_won, count: 1 }] };
  return { ...cart, lines: cart.lines.map((line) => (line === there ? { ...line, count: Math.min(line.count + 1, MOST_COUNT) } : line)) };
}

/** One less, and the line goes with its last. @param {Cart} cart @param {Line} line @returns {Cart} */
export function withoutOne(cart, line) {
  const lines = cart.lines.map((each) => (each === line ? { ...each, count: each.count - 1 } : each));
  return { ...cart, lines: lines.filter(({ count }) => count > 0) };
}

// --- the list as a file ---------------------------------------------------------------------

/** CSV as spreadsheets read it (RFC 4180, with a mark of UTF-8); what they would run is a text (app/people/sheet.py). @param {Item[]} items */
export function toCsv(items) {
  const rows = [COLUMNS, ...items.map((item) => [item.name, String(item.price_won), item.category])];
  return `\ufeff${rows.map((row) => row.map(cell).join(',')).join('\r\n')}\r\n`;
}

/** @param {string} text */
function cell(text) {
  const plain = FORMULA.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}

/** The items of a file, and the rows (from 1, the head counted) that make none. @param {string} text */
export function fromCsv(text) {
  /** @type {Item[]} */
  const items = [];
  /** @type {number[]} */
  const wrong = [];
  const rows = rowsOf(text.replace(/^\ufeff/, ''));
  const start = wonOf((rows[0]?.[1] ?? '').replaceAll(',', '')) ? 0 : 1;              // a head has no price
  rows.slice(start).forEach(([name = '', price = '', category = ''], at) => {
    if (![name, price, category].join('').trim()) return;
    const item = itemOf(plainOf(name), price.replace(/[,원\s]/g, ''), plainOf(category));
    if (item && items.length < MOST_ITEMS) items.push(item);
    else wrong.push(at + start + 1);
  });
  return { items, wrong };
}

/** Without the mark that made it a text. @param {string} text */
function plainOf(text) {
  return text.startsWith("'") && FORMULA.test(text.slice(1)) ? text.slice(1) : text;
}

/** Null where it is none. @param {string} name @param {string} price @param {string} category @returns {Item | null} */
export function itemOf(name, price, category) {
  const item = { name: name.trim().slice(0, NAME_LETTERS), price_won: wonOf(price), category: category.trim().slice(0, CATEGORY_LETTERS) };
  return item.name && item.price_won ? item : null;
}

/** @param {string} text */
function rowsOf(text) {
  /** @type {string[][]} */
  const rows = [];
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/g)) {
    if (!rows.length) rows.push([]);
    rows[rows.length - 1].push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    if (end !== ',' && end) rows.push([]);
  }
  return rows.filter((row) => row.some((each) => each));
}
