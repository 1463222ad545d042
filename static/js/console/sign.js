// Signs what the page says. The payload is read here before it is signed: its kind, its signer, and for a list of
// payments every row, so that this browser vouches for what it signs and not only for what it was shown.

import { get } from '../lib/api.js';
import { fromBase64url, fromHex, hex } from '../lib/bytes.js';
import { decode } from '../lib/cbor.js';
import { messageId, parse } from '../lib/cose.js';
import { checkPublic } from '../lib/curve.js';
import { read } from '../lib/kinds.js';
import { t } from '../lib/words.js';
import { chainId, officer, say } from './officer.js';
import { rootOf } from './rows.js';
import { octets, prepare } from './signing.js';

const ROWS_WITHIN_MS = 120_000;

/** @typedef {import('../lib/kinds.js').Body} Body */

/** @param {HTMLFormElement} form */
export function prepareOne(form) {
  return prepare(form, 'message', check);
}

/**
 * What will be signed, if it is what the page says; else null.
 * @param {HTMLFormElement} form @returns {Promise<Body[] | null>}
 */
async function check(form) {
  const { kind, body } = read(decode(fromHex(form.dataset.payload ?? '')), checkPublic);
  if (kind.name !== form.dataset.kind || (body.officer ?? body.signer) !== officer) return null;
  const subject = form.dataset.subject ? parse(fromBase64url(form.dataset.subject)) : null;
  if (subject && hex(await messageId(subject.kind, subject.payload, chainId)) !== hex(octets(body.approved))) return null;
  if (kind.name === 'approval' && !subject) return null;
  if (form.dataset.rows && !await rowsAre(form, subject ? subject.body : body)) return null;
  if (!form.dataset.rows) say(form, t('console.key_ready'));
  return [body];
}

/** @param {HTMLFormElement} form @param {Body} grant */
async function rowsAre(form, grant) {
  say(form, t('console.counting'));
  const { rows } = await get(/** @type {string} */ (form.dataset.rows), { withinMs: ROWS_WITHIN_MS });
  const totalWon = rows.reduce((/** @type {number} */ sum, /** @type {any} */ row) => sum + row.amount_won, 0);
  const people = new Set(rows.map((/** @type {any} */ row) => row.person)).size;
  const same = hex(await rootOf(rows)) === hex(octets(grant.root)) && totalWon === grant.total_won
    && rows.length === grant.count && people === rows.length;
  if (same) say(form, t('console.counted', { count: rows.length, total_won: totalWon }));
  return same;
}
