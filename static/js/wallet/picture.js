// A signed message as its QR, and beneath it, one tap away, the same as a link for who has no camera.

import { html, useEffect, useRef } from '../lib/dom.js';
import { svgElement } from '../lib/qr.js';
import { t } from '../lib/words.js';

/** @param {{text: string, label: string, children?: any}} props children: what to read first, under the QR */
export function Picture({ text, label, children }) {
  const place = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => place.current?.replaceChildren(svgElement(text, label)), [text, label]);
  return html`
    <div class="qr" ref=${place}></div>
    ${children}
    <details class="qr-text silent">
      <summary class="button quiet wide">${t('wallet.picture.text')}</summary>
      <p><a href=${text} onClick=${stay}>${text}</a></p>
      <button type="button" class="button quiet wide" onClick=${() => copy(text)}>${t('wallet.picture.copy')}</button>
    </details>
  `;
}

/** The link is there to be read and copied; opened on this phone it would only leave the screen. @param {Event} event */
function stay(event) {
  event.preventDefault();
}

/** @param {string} text */
async function copy(text) {
  await navigator.clipboard?.writeText(text).catch(() => {});
}
