// What guards every signature of this browser: its key is the one that the ledger has for this officer, and what is signed
// was read here first.

import { base64url, hex } from '../lib/bytes.js';
import { sign } from '../lib/cose.js';
import { t } from '../lib/words.js';
import { chainId, myKey, registered, say } from './officer.js';

/** @typedef {import('../lib/kinds.js').Body} Body */

/**
 * Lets a form be sent with a signature of each body that `check` gives, in its field `into`; says why it can't be.
 * @param {HTMLFormElement} form @param {string} into
 * @param {(form: HTMLFormElement) => Promise<Body[] | null>} check what is signed, if it is what the page says; else null
 */
export async function prepare(form, into, check) {
  const button = /** @type {HTMLButtonElement} */ (form.querySelector('button'));
  const key = await myKey();
  if (!key) return say(form, t('console.key_missing'));
  if (hex(key.publicKey) !== registered) return say(form, t('console.key_other'));
  const bodies = await check(form).catch(() => null);
  if (!bodies) return say(form, t('console.rows_differ'));
  button.disabled = false;
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    button.disabled = true;
    say(form, t('console.signing'));
    void send(form, into, bodies, key).catch(() => say(form, t('console.sign_failed')));
  });
}

/** @param {HTMLFormElement} form @param {string} into @param {Body[]} bodies @param {import('../lib/keys.js').Key} key */
async function send(form, into, bodies, key) {
  const signed = [];
  for (const body of bodies) signed.push(base64url(await sign(/** @type {string} */ (form.dataset.kind), body, key, chainId)));
  /** @type {HTMLInputElement} */ (form.elements.namedItem(into)).value = signed.join(' ');
  form.submit();
}

/** @param {number | Uint8Array} value */
export function octets(value) {
  return value instanceof Uint8Array ? value : new Uint8Array();
}
