// An amount as large as its place allows: a long one is set smaller instead of running out of the screen.

import { html } from '../lib/dom.js';
import { inWords } from '../lib/won.js';
import { language, won } from '../lib/words.js';

const LONG = 10;                // letters: 1,000,000원

/** @param {{won: number}} props */
export function Figures({ won: amountWon }) {
  const text = won(amountWon);
  return html`<p class=${`amount ${text.length > LONG ? 'long' : ''}`}><strong>${text}</strong><span>${inWords(amountWon, language)}</span></p>`;
}

/** @param {number} amountWon */
export function sizeOf(amountWon) {
  return won(amountWon).length > LONG ? 'asked long' : 'asked';
}
