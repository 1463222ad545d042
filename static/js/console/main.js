// The console's pages are HTML; this adds what HTML can't: the officer's signature, and looking again by itself.

import { ownKey } from './key.js';
import { workLists } from './lists.js';
import { watchJudging, watchList, watchPairing } from './progress.js';
import { addCamera } from './scan.js';
import { prepareOne } from './sign.js';
import { prepareMany } from './signmany.js';
import { prepareFile, prepareUpload } from './upload.js';

for (const form of document.querySelectorAll('form[data-sign]')) void prepareOne(/** @type {HTMLFormElement} */ (form));
for (const form of document.querySelectorAll('form[data-sign-many]')) void prepareMany(/** @type {HTMLFormElement} */ (form));
for (const form of document.querySelectorAll('form[data-upload]')) prepareUpload(/** @type {HTMLFormElement} */ (form));
for (const form of document.querySelectorAll('form[data-file]')) prepareFile(/** @type {HTMLFormElement} */ (form));
for (const place of document.querySelectorAll('[data-own-key]')) void ownKey(/** @type {HTMLElement} */ (place));
for (const place of document.querySelectorAll('[data-progress]')) void watchList(/** @type {HTMLElement} */ (place));
for (const place of document.querySelectorAll('[data-judging]')) void watchJudging(/** @type {HTMLElement} */ (place));
for (const place of document.querySelectorAll('[data-pairing]')) void watchPairing(/** @type {HTMLElement} */ (place));
for (const form of document.querySelectorAll('form[data-scan]')) addCamera(/** @type {HTMLFormElement} */ (form));
workLists();
for (const button of document.querySelectorAll('[data-print]')) {
  button.removeAttribute('hidden');
  button.addEventListener('click', () => print());
}
/** @type {HTMLElement | null} */ (document.querySelector('[data-focus]'))?.focus();
