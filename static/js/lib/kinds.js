// The kinds of message: number, name, fields, and how long each may be. The same table as app/message/kinds.py;
// a test holds the two together. An object of a message has the field names that stand here.

import { Refusal } from './refusal.js';

/** @typedef {Record<string, number | Uint8Array>} Body */
/** @typedef {[string, string]} Field its name and shape */
/**
 * `added`: how many of the last fields version 2 brings, and what it means to lack each: a number 0 or no bytes.
 * What version 1 can say is said in it, so each message has one writing.
 * @typedef {{ number: number, name: string, maxBytes: number, fields: Field[], added: number }} Kind
 */

export const MAX_WON = Number.MAX_SAFE_INTEGER;
export const MAX_BYTES = 4096;
export const CAP = 0, EXACT = 1;
export const HARD = 0, SOFT = 1;

const NONCE = 'nonce: bstr .size 8', UNTIL = 'expires_at_s: uint53', CASHIER = 'cashier: 0..65535';
const ASK = ['till: uint53', 'shop: uint53', 'amount_won: won', NONCE, UNTIL, 'reference: reference'];
const VALID = ['valid_from_s: uint53', 'valid_until_s: uint53'];

const KINDS = [
  kind(0, 'code', 122, 'alias: bstr .size 8', 'mode: 0..1', 'amount_won: won', NONCE, UNTIL),
  kind(1, 'payment', 122, 'alias: bstr .size 8', 'request_hash: bstr .size 16', 'amount_won: won', NONCE, UNTIL),
  kind(2, 'request', 122, ...ASK, '+', CASHIER),
  kind(3, 'receipt', 150, 'operational: uint53', 'epoch: uint53', 'entry: uint53', 'subject: bstr .size 16',
    'leaf: bstr .size 32', 'amount_won: uint53', 'at_s: uint53'),
  kind(4, 'certificate', 150, 'operational: uint53', 'key: key', 'cap_won: won', 'from_s: uint53', 'until_s: uint53'),
  kind(6, 'charge', MAX_BYTES, 'till: uint53', 'shop: uint53', 'code_id: bstr .size 32', 'amount_won: won', NONCE, UNTIL, '+',
    'reference: reference', CASHIER),
  kind(7, 'refund', MAX_BYTES, 'till: uint53', 'shop: uint53', 'entry: uint53', 'amount_won: won', NONCE, UNTIL, '+', CASHIER),
  kind(8, 'notice', 132, ...ASK),
  kind(9, 'session', MAX_BYTES, 'signer: bstr .size 8 / uint53', NONCE, UNTIL),
  kind(10, 'join', MAX_BYTES, 'alias: bstr .size 8', NONCE, UNTIL),
  kind(11, 'grant', MAX_BYTES, 'officer: uint53', 'programme: uint53', 'list_id: bstr .size 16', 'root: bstr .size 32',
    `count: 1..${MAX_WON}`, 'total_won: won', UNTIL),
  kind(12, 'approval', MAX_BYTES, 'signer: uint53', 'board: 0..1', 'approved: bstr .size 32', UNTIL),
  kind(13, 'account-open', MAX_BYTES, 'key: key', 'grade: 0..2', NONCE, UNTIL),
  kind(14, 'link', MAX_BYTES, 'officer: uint53', 'account: bstr .size 8', 'person: bstr .size 0 / bstr .size 16', NONCE, UNTIL),
  kind(15, 'key-add', MAX_BYTES, 'officer: uint53', 'account: bstr .size 8', 'key: key', 'grade: 0..2', NONCE, UNTIL, '+',
    'replaces: bstr .size 0 / bstr .size 32', 'day_won: uint53'),
  kind(16, 'key-revoke', MAX_BYTES, 'officer: uint53', 'key: bstr .size 32', NONCE, UNTIL),
  kind(17, 'alias-batch', MAX_BYTES, 'alias: bstr .size 8', 'count: 1..255', NONCE, UNTIL),
  kind(18, 'freeze', MAX_BYTES, 'officer: uint53', 'account: bstr .size 8', 'frozen: 0..1', NONCE, UNTIL),
  kind(19, 'shop', MAX_BYTES, 'officer: uint53', 'shop: uint53', 'standing: 0..1', 'sort: 1..2', 'category: 1..255',
    'name: words .size (1..60)', 'district: words .size (0..30)', NONCE, UNTIL),
  kind(20, 'till', MAX_BYTES, 'officer: uint53', 'till: uint53', 'shop: uint53', 'rights: 0..7', 'key: key',
    'refund_key: key / bstr .size 0', NONCE, UNTIL),
  kind(21, 'officer', MAX_BYTES, 'root: uint53', 'officer: uint53', 'key: key', 'roles: 0..31', ...VALID, NONCE, UNTIL),
  kind(22, 'operational-key', MAX_BYTES, 'root: uint53', 'number: uint53', 'role: 1..4', 'key: key', ...VALID, NONCE, UNTIL),
  kind(23, 'programme', MAX_BYTES, 'officer: uint53', 'programme: uint53', 'coin: 1..255', 'budget_won: uint53',
    'opens_at_s: uint53', 'closes_at_s: uint53', 'spend_until_s: uint53', 'categories: categories',
    'name: words .size (1..60)', NONCE, UNTIL, '+', 'person_won: uint53', 'spend_days: 0..3660', 'shops: shops'),
  kind(24, 'policy', MAX_BYTES, 'officer: uint53', 'subject: 1..255', 'figure: uint53', 'from_s: uint53', 'until_s: uint53', NONCE, UNTIL,
    '+', 'target: uint53'),
  kind(25, 'expire', MAX_BYTES, 'operational: uint53', 'lot: uint53', 'amount_won: won', UNTIL),
  kind(26, 'totals', MAX_BYTES, 'operational: uint53', 'day: uint53', 'coin: 1..255', 'issued_won: uint53',
    'redeemed_won: uint53', 'expired_won: uint53', 'outstanding_won: uint53', UNTIL),
  kind(27, 'directory', MAX_BYTES, 'operational: uint53', 'digest: bstr .size 32', 'at_s: uint53', UNTIL),
  kind(28, 'void', MAX_BYTES, 'till: uint53', 'shop: uint53', 'entry: uint53', NONCE, UNTIL, CASHIER),
  kind(35, 'recall', MAX_BYTES, 'officer: uint53', 'holder: bstr .size 8 / bstr .size 16', 'lot: uint53', 'amount_won: won', NONCE, UNTIL),
  kind(39, 'deposit', MAX_BYTES, 'till: uint53', 'shop: uint53', 'code_id: bstr .size 32', 'amount_won: won',
    'taken_at_s: uint53', NONCE, UNTIL, 'reference: reference', CASHIER),
  kind(42, 'offline-key', MAX_BYTES, 'alias: bstr .size 8', 'key: key', NONCE, UNTIL),
  kind(43, 'offline-code', 122, 'number: bstr .size 8', 'mode: 0..1', 'amount_won: won', 'count: 1..255', NONCE,
    'shown_until_s: uint53', UNTIL),
  kind(44, 'served', MAX_BYTES, 'operational: uint53', 'digest: bstr .size 32', 'at_s: uint53', UNTIL),
  kind(45, 'refused', 122, 'operational: uint53', 'subject: bstr .size 16', 'number: uint53', 'at_s: uint53', '+', 'ends_at_s: uint53'),
  kind(46, 'offline-right', MAX_BYTES, 'officer: uint53', 'account: bstr .size 8', NONCE, UNTIL),
  kind(47, 'standing', MAX_BYTES, 'officer: uint53', 'subject: uint53', 'suspended: 0..1', 'person: bstr .size 0 / bstr .size 16', NONCE, UNTIL),
  kind(51, 'rulebook', MAX_BYTES, 'root: uint53', 'version: uint53', NONCE, UNTIL),
  kind(52, 'look', 122, 'alias: bstr .size 8', NONCE, UNTIL),
  kind(53, 'recall-list', MAX_BYTES, 'officer: uint53', 'programme: uint53', 'list_id: bstr .size 16', 'root: bstr .size 32',
    `count: 1..${MAX_WON}`, 'total_won: won', UNTIL),
];

/** @type {ReadonlyMap<string, Kind>} */
export const BY_NAME = new Map(KINDS.map((each) => [each.name, each]));

const BY_TAG = new Map(KINDS.flatMap((each) =>
  /** @type {[number, Kind][]} */ ([[each.number * 4, each], ...(each.added ? [[each.number * 4 + 1, each]] : [])])));

/**
 * What is signed of a message: tag, then its fields. A field that only version 2 has may be left out. Refuses as `read`.
 * Its keys were made here or came through cose.js, so nobody has to check once more that they lie on the curve.
 * @param {string} name @param {Body} body @returns {(number | Uint8Array)[]}
 */
export function itemsOf(name, body) {
  const kind = BY_NAME.get(name);
  if (!kind) throw new TypeError(`no kind ${name}`);
  const second = saysMore(kind, body);
  const fields = second ? kind.fields : kind.fields.slice(0, kind.fields.length - kind.added);
  const items = [kind.number * 4 + Number(second), ...fields.map(([field, shape]) => body[field] ?? (second ? lacking(shape) : body[field]))];
  read(items, () => {});
  return items;
}

/** Whether it needs version 2. @param {Kind} kind @param {Body} body */
function saysMore(kind, body) {
  return kind.added > 0 && kind.fields.slice(-kind.added).some(([field]) => {
    const value = body[field];
    return value instanceof Uint8Array ? value.length > 0 : Boolean(value);
  });
}

/** @param {string} shape */
function lacking(shape) {
  return numberFits(shape, 0) ? 0 : new Uint8Array();
}

/**
 * A payload's items as kind and object. Refuses NOT_A_MESSAGE, UNKNOWN_KIND, BAD_FIELD, SMALL_ORDER_KEY.
 * @param {import('./cbor.js').Item[]} items
 * @param {(key: Uint8Array) => void} checkKey of somebody else's key: `checkPublic` of curve.js
 * @returns {{ kind: Kind, body: Body }}
 */
export function read(items, checkKey) {
  const [tag, ...values] = items;
  if (typeof tag !== 'number' && typeof tag !== 'bigint') throw new Refusal('NOT_A_MESSAGE');
  const kind = BY_TAG.get(Number(tag));
  if (!kind) throw new Refusal('UNKNOWN_KIND', { tag: Number(tag) });
  const second = Number(tag) % 4 > 0;
  const written = second ? kind.fields.length : kind.fields.length - kind.added;
  if (values.length !== written) throw new Refusal('BAD_FIELD', { field: 'count', kind: kind.name });
  /** @type {Body} */
  const body = {};
  kind.fields.forEach(([field, shape], at) => {
    if (at < written && !fits(shape, values[at], checkKey)) throw new Refusal('BAD_FIELD', { field, kind: kind.name });
    body[field] = at < written ? /** @type {number | Uint8Array} */ (values[at]) : lacking(shape);
  });
  if (second && !saysMore(kind, body)) throw new Refusal('BAD_FIELD', { field: 'version', kind: kind.name });
  return { kind, body };
}

/** Fields behind a '+' are those of version 2. @param {number} number @param {string} name @param {number} maxBytes @param {...string} texts @returns {Kind} */
function kind(number, name, maxBytes, ...texts) {
  const plus = texts.indexOf('+');
  const fields = texts.filter((text) => text !== '+').map((text) => /** @type {Field} */ (text.split(': ')));
  return { number, name, maxBytes, fields, added: plus < 0 ? 0 : fields.length - plus };
}

/** @param {string} shape @param {unknown} value @param {(key: Uint8Array) => void} checkKey */
function fits(shape, value, checkKey) {
  const shapes = shape.split(' / ');
  if (!(value instanceof Uint8Array)) return shapes.some((one) => numberFits(one, value));
  if (shapes.includes('key') && value.length === 32) checkKey(value);
  return shapes.some((one) => bytesFit(one, value));
}

/** @param {string} shape @param {unknown} value */
function numberFits(shape, value) {
  const range = { uint53: '0..', won: '1..' }[shape] ?? shape;
  const [, low, high] = /^(\d+)\.\.(\d*)$/.exec(range) ?? [];
  return low !== undefined && Number.isSafeInteger(value) && Number(value) >= Number(low)
    && Number(value) <= Number(high || MAX_WON);
}

/** @param {string} shape @param {Uint8Array} value */
function bytesFit(shape, value) {
  if (shape === 'key') return value.length === 32;
  if (shape === 'reference') return value.length <= 19 && /^[0-9A-Z-]*$/.test(String.fromCharCode(...value));
  if (shape === 'shops') return shopsFit(value);
  if (shape === 'categories') return value.every((byte, at) => byte > (at ? value[at - 1] : 0));
  const [, sort, low, high] = /^(bstr|words) \.size \(?(\d+)(?:\.\.(\d+)\))?$/.exec(shape) ?? [];
  if (!sort || value.length < Number(low) || value.length > Number(high ?? low)) return false;
  return sort === 'bstr' || (isUtf8(value) && value.every((byte) => byte >= 0x20 && byte !== 0x7f));
}

/** Numbers of 4 bytes, ascending, 64 at most. @param {Uint8Array} value */
function shopsFit(value) {
  const numbers = Array.from({ length: value.length >> 2 }, (_, at) => new DataView(value.buffer, value.byteOffset).getUint32(4 * at));
  return value.length % 4 === 0 && numbers.length <= 64 && numbers.every((number, at) => number > (at ? numbers[at - 1] : 0));
}

/** @param {Uint8Array} value */
function isUtf8(value) {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(value);
    return true;
  } catch {
    return false;
  }
}
