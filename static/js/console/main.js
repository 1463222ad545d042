// The console's pages are HTML; this adds what HTML can't: the officer's signature, and looking again by itself.

import { ownKey } from './key.js';
import { watchList } from './progress.js';
import { prepare } from './sign.js';

for (const form of document.querySelectorAll('form[data-sign]')) void prepare(/** @type {HTMLFormElement} */ (form));
for (const place of document.querySelectorAll('[data-own-key]')) void ownKey(/** @type {HTMLElement} */ (place));
for (const place of document.querySelectorAll('[data-progress]')) void watchList(/** @type {HTMLElement} */ (place));
/** @type {HTMLElement | null} */ (document.querySelector('[data-focus]'))?.focus();
