// Signs many links of one kind at once, one signature each: what is signed is read here first, and must be of that kind, this
// officer's, and each about another person and another wallet.

import { base64url, fromHex, hex } from '../lib/bytes.js';
import { decode } from '../lib/cbor.js';
import { sign } from '../lib/cose.js';
import { checkPublic } from '../lib/curve.js';
import { read } from '../lib/kinds.js';
import { t } from '../lib/words.js';
import { chainId, myKey, officer, registered, say } from './officer.js';

/** @typedef {import('../lib/kinds.js').Body} Body */

/** @param {HTMLFormElement} form */
export async function prepareMany(form) {
  const button = /** @type {HTMLButtonElement} */ (form.querySelector('button'));
  const key = await myKey();
  if (!key) return say(form, t('console.key_missing'));
  if (hex(key.publicKey) !== registered) return say(form, t('console.key_other'));
  const bodies = checked(form);
  if (!bodies) return say(form, t('console.rows_differ'));
  say(form, t('console.key_ready'));
  button.disabled = false;
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    button.disabled = true;
    say(form, t('console.signing'));
    void send(form, bodies, key).catch(() => say(form, t('console.sign_failed')));
  });
}

/** What will be signed, if all of it is what the page says; else null. @param {HTMLFormElement} form @returns {Body[] | null} */
function checked(form) {
  const payloads = (form.dataset.payloads ?? '').split(' ').filter(Boolean);
  try {
    const found = payloads.map((payload) => read(decode(fromHex(payload)), checkPublic));
    const bodies = found.map(({ body }) => body);
    const right = found.every(({ kind, body }) => kind.name === form.dataset.kind && body.officer === officer);
    const apart = ['person', 'account'].every((name) => new Set(bodies.map((body) => hex(octets(body[name])))).size === bodies.length);
    return right && apart && bodies.every((body) => octets(body.person).length) ? bodies : null;
  } catch (error) {
    if (error.name !== 'Refusal') throw error;
    return null;
  }
}

/** @param {HTMLFormElement} form @param {Body[]} bodies @param {import('../lib/keys.js').Key} key */
async function send(form, bodies, key) {
  const signed = [];
  for (const body of bodies) signed.push(base64url(await sign(/** @type {string} */ (form.dataset.kind), body, key, chainId)));
  /** @type {HTMLInputElement} */ (form.elements.namedItem('messages')).value = signed.join(' ');
  form.submit();
}

/** @param {number | Uint8Array} value */
function octets(value) {
  return value instanceof Uint8Array ? value : new Uint8Array();
}
