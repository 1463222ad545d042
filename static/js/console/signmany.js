// Signs many links of one kind at once, one signature each: what is signed is read here first, and must be of that kind, this
// officer's, and each about another person and another wallet.

import { fromHex, hex } from '../lib/bytes.js';
import { decode } from '../lib/cbor.js';
import { checkPublic } from '../lib/curve.js';
import { read } from '../lib/kinds.js';
import { t } from '../lib/words.js';
import { officer, say } from './officer.js';
import { octets, prepare } from './signing.js';

/** @typedef {import('../lib/kinds.js').Body} Body */

/** @param {HTMLFormElement} form */
export function prepareMany(form) {
  return prepare(form, 'messages', check);
}

/** What will be signed, if all of it is what the page says; else null. @param {HTMLFormElement} form @returns {Promise<Body[] | null>} */
async function check(form) {
  const payloads = (form.dataset.payloads ?? '').split(' ').filter(Boolean);
  const found = payloads.map((payload) => read(decode(fromHex(payload)), checkPublic));
  const bodies = found.map(({ body }) => body);
  const right = found.every(({ kind, body }) => kind.name === form.dataset.kind && body.officer === officer);
  const apart = ['person', 'account'].every((name) => new Set(bodies.map((body) => hex(octets(body[name])))).size === bodies.length);
  if (!right || !apart || !bodies.every((body) => octets(body.person).length)) return null;
  say(form, t('console.key_ready'));
  return bodies;
}
