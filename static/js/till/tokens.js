// Access for programs of the shop: a token is made on this device and shown once; the server gets its hash. To give one and to
// take one back are the owner's orders, by the key behind the PIN.

import { NoAnswer, Refused, get, post, remove } from '../lib/api.js';
import { base64url, random } from '../lib/bytes.js';
import { html, useEffect, useState } from '../lib/dom.js';
import { Button, Refusal } from '../lib/ui.js';
import { moment, t } from '../lib/words.js';
import { Gate } from './gate.js';
import { asOwner } from './owner.js';
import { inOurWords } from './selling.js';
import { asTill, unlock } from './signing.js';
import { useTill } from './state.js';

/** @typedef {{token: number, name: string, till: number, created_at_s: number}} Token */

const PREFIX = 'hagc_';
const LONGEST_NAME = 40;

export function Tokens() {
  const { line } = useTill();
  const [known, show] = useState(/** @type {Token[]} */ ([]));
  const [made, reveal] = useState('');
  const [leaving, leave] = useState(/** @type {Token | null} */ (null));
  const [name, writeName] = useState('');
  const [pin, writePin] = useState('');
  const [busy, work] = useState(false);
  const [problem, say] = useState(/** @type {any} */ (null));
  const does = async (/** @type {() => Promise<void>} */ what) => {
    if (busy) return;
    work(true);
    say(null);
    try {
      await what();
      show(await listed());
    } catch (error) {
      if (!(error instanceof Refused || error instanceof NoAnswer)) throw error;
      say(inOurWords(error));
    } finally {
      work(false);
    }
  };
  useEffect(() => void does(async () => {}), []);
  const make = (/** @type {Event} */ event) => {
    event.preventDefault();
    if (!name.trim() || !pin) return;
    writePin('');
    void does(async () => {
      reveal(await makeToken(name.trim(), pin));
      writeName('');
    });
  };
  return html`
    <h3>${t('till.tokens.title')}</h3>
    <p>${t('till.tokens.lead')}</p>
    ${known.length > 0 && html`
      <ul class="tokens">${known.map((each) => html`
        <li class="row" key=${each.token}><span class="grow"><strong>${each.name}</strong> ${moment(each.created_at_s)}</span>
          <button type="button" class="button quiet" disabled=${busy} aria-label=${t('till.tokens.remove_label', { name: each.name })}
            onClick=${() => leave(each)}>${t('till.tokens.remove')}</button></li>`)}</ul>`}
    ${leaving && html`
      <${Gate} key=${leaving.token} lead=${t('till.tokens.remove_ask', { name: leaving.name })} open=${t('till.tokens.remove_yes')} busy=${busy}
        come=${(/** @type {string} */ pin) => does(() => revoke(leaving.token, pin).then(() => leave(null)))} />
      <${Button} kind="quiet" onClick=${() => leave(null)}>${t('common.cancel')}<//>`}
    ${!leaving && html`
      <form onSubmit=${make}>
      <div class="field"><label for="token-name">${t('till.tokens.name')}</label>
        <input id="token-name" maxlength=${LONGEST_NAME} autocomplete="off" value=${name} onInput=${(event) => writeName(event.target.value)} /></div>
      <div class="field"><label for="token-pin">${t('till.pin')}</label>
        <input id="token-pin" type="password" inputmode="numeric" maxlength="12" autocomplete="off" value=${pin}
          onInput=${(event) => writePin(event.target.value)} /></div>
      <button class="button" disabled=${busy || !line || !name.trim() || !pin}>${t(busy ? 'till.tokens.making' : 'till.tokens.make')}</button>
    </form>`}
    <div aria-live="polite">${made && html`
      <p class="made"><strong>${t('till.tokens.made')}</strong></p>
      <p><code class="token">${made}</code></p>
      <${Button} kind="quiet" onClick=${() => reveal('')}>${t('till.tokens.done')}<//>`}</div>
    ${problem && html`<${Refusal} error=${problem} />`}`;
}

/** @returns {Promise<Token[]>} */
async function listed() {
  return (await asTill((session) => get('/api/tokens', { session }))).tokens;
}

/** @param {string} name @param {string} pin */
async function makeToken(name, pin) {
  const key = await unlock(pin);
  const token = PREFIX + base64url(random(32)), utf8 = new TextEncoder();
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', utf8.encode(token)));
  await post('/api/tokens', { name, digest: base64url(digest) }, { prove: asOwner(key), again: true });
  return token;
}

/** @param {number} number @param {string} pin */
async function revoke(number, pin) {
  await remove(`/api/tokens/${number}`, { prove: asOwner(await unlock(pin)) });
}
