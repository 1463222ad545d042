// 내 열쇠: makes the officer's key in this browser, once, and asks the roots for it, and again before it ends.

import { hex } from '../lib/bytes.js';
import { get } from '../lib/api.js';
import { createKey } from '../lib/keys.js';
import { t } from '../lib/words.js';
import { keyName, myKey, registered, say, shortly } from './officer.js';

const LOOK_EACH_MS = 1000;
const LOOKS = 900;              // then the officer comes back: a page that looks for ever would never let the session end

/** @param {HTMLElement} place */
export async function ownKey(place) {
  const form = /** @type {HTMLFormElement} */ (place.querySelector('form[data-make-key]'));
  const button = /** @type {HTMLButtonElement} */ (form.querySelector('button'));
  const key = await myKey();
  const known = key !== null && hex(key.publicKey) === registered;
  if (key === null) say(place, t('console.no_key_yet'));
  else say(place, t(known ? 'console.key_here_registered' : 'console.key_here', { key: shortly(key.publicKey) }));
  if (key) button.textContent = t('console.key_again');
  form.hidden = known && place.dataset.again === undefined;
  button.disabled = false;
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    button.disabled = true;
    void ask(form).catch(() => {
      say(place, t('console.sign_failed'));
      button.disabled = false;
    });
  });
  await waitForRoots();
}

/** @param {HTMLFormElement} form */
async function ask(form) {
  const key = (await myKey()) ?? (await createKey(keyName));
  await navigator.storage?.persist?.();
  /** @type {HTMLInputElement} */ (form.elements.namedItem('key')).value = hex(key.publicKey);
  form.submit();
}

/** Looks until the ledger has the wanted key for as long as is wanted, then shows the page anew. */
async function waitForRoots() {
  const wanted = /** @type {HTMLElement | null} */ (document.querySelector('[data-wait-for]'))?.dataset;
  for (let left = wanted ? LOOKS : 0; left > 0; left -= 1) {
    await new Promise((done) => setTimeout(done, LOOK_EACH_MS));
    const found = document.hidden ? null : await get('/api/console/key').catch(() => null);
    if (found?.certified && found.key === wanted?.waitFor && found.until_s >= Number(wanted?.waitUntil)) return location.replace('/console/key');
  }
}
