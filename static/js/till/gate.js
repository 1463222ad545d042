// Where only the owner goes on: the refund PIN, and what it unlocks.

import { html, useState } from '../lib/dom.js';
import { t } from '../lib/words.js';

/** @typedef {import('./signing.js').OwnersKey} OwnersKey */

/**
 * @param {{lead: string, open: string, busy: boolean, come: (pin: string) => Promise<any>}} props what it is for; the button's
 * word; come: tries the PIN, and says itself why not
 */
export function Gate({ lead, open, busy, come }) {
  const [pin, write] = useState('');
  const send = async (/** @type {Event} */ event) => {
    event.preventDefault();
    if (!pin || busy) return;
    write('');
    await come(pin);
  };
  return html`
    <form class="card" onSubmit=${(event) => void send(event)}>
      <p>${lead}</p>
      <div class="field">
        <label for="gate">${t('till.pin')}</label>
        <input id="gate" class="number" type="password" inputmode="numeric" maxlength="12" autocomplete="off" value=${pin}
          onInput=${(event) => write(event.target.value)} />
      </div>
      <button class="button" disabled=${busy || !pin}>${busy ? t('till.signin_busy') : open}</button>
    </form>`;
}
