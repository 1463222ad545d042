// Who is at the till? One's name and PIN, or one's QR before scanner or camera; the owner with the refund PIN.

import { NoAnswer, Refused } from '../lib/api.js';
import { html, useEffect, useRef, useState } from '../lib/dom.js';
import { t } from '../lib/words.js';
import { Button, Refusal } from '../lib/ui.js';
import { useCamera } from './camera.js';
import { isBadge, present, signInByBadge, signInByPin, signInOwner } from './staff.js';
import { change, useTill } from './state.js';

export function SignIn() {
  const { badge } = useTill();
  const [chosen, choose] = useState(/** @type {{number: number, name: string} | null} */ (null));
  const [camera, look] = useState(false);
  const [problem, say] = useState(/** @type {any} */ (null));
  const come = (/** @type {Promise<any>} */ sure) => {
    say(null);
    return sure.catch((error) => {
      if (!(error instanceof Refused || error instanceof NoAnswer)) throw error;
      say(inWords(error));
    });
  };
  useEffect(() => {
    if (!badge) return;
    change({ badge: '' });
    void come(signInByBadge(badge));
  }, [badge]);
  if (chosen) return html`<${Pin} who=${chosen} come=${come} problem=${problem} back=${() => { choose(null); say(null); }} />`;
  return html`
    <section class="signin">
      <h2>${t('till.signin_title')}</h2>
      <p>${t('till.signin_lead')}</p>
      ${problem && html`<${Refusal} error=${problem} />`}
      <div class="people">
        ${present().map(({ number, name }) => html`<button type="button" class="button" key=${number} onClick=${() => choose({ number, name })}>${name}</button>`)}
        <button type="button" class="button quiet" onClick=${() => choose({ number: 0, name: t('till.owner') })}>${t('till.owner')}</button>
      </div>
      ${camera ? html`<${Camera} found=${(/** @type {string} */ text) => void come(signInByBadge(text))} stop=${() => look(false)} />`
    : html`<${Button} kind="quiet" onClick=${() => look(true)}>${t('till.signin_camera')}<//>`}
    </section>`;
}

/** @param {{who: {number: number, name: string}, come: (sure: Promise<any>) => Promise<void>, problem: any, back: () => void}} props */
function Pin({ who, come, problem, back }) {
  const [pin, write] = useState('');
  const [busy, work] = useState(false);
  const field = useRef(/** @type {HTMLInputElement | null} */ (null));
  useEffect(() => field.current?.focus(), []);
  const send = async (/** @type {Event} */ event) => {
    event.preventDefault();
    if (!pin || busy) return;
    work(true);
    await come(who.number ? signInByPin(who.number, pin) : signInOwner(pin)).finally(() => work(false));
    write('');
    field.current?.focus();
  };
  return html`
    <section class="signin">
      <h2>${who.name}</h2>
      ${problem && html`<${Refusal} error=${problem} />`}
      <form class="card" onSubmit=${(event) => void send(event)}>
        <div class="field">
          <label for="own-pin">${t(who.number ? 'till.own_pin' : 'till.pin')}</label>
          <input id="own-pin" ref=${field} class="number" type="password" inputmode="numeric" maxlength="12" autocomplete="off" value=${pin}
            onInput=${(event) => write(event.target.value)} />
        </div>
        <div class="row">
          <button class="button grow" disabled=${busy || !pin}>${t(busy ? 'till.signin_busy' : 'till.signin_go')}</button>
          <${Button} kind="quiet" onClick=${back}>${t('common.back')}<//>
        </div>
      </form>
    </section>`;
}

/** @param {{found: (text: string) => void, stop: () => void}} props */
function Camera({ found, stop }) {
  const { camera } = useTill();
  const { video, trouble } = useCamera(camera === 'environment' ? camera : 'user', (text) => isBadge(text) && found(text));
  return html`
    ${trouble ? html`<p class="small">${t(`till.camera_${trouble}`)}</p>`
    : html`<div class="camera user"><video ref=${video} aria-label=${t('till.badge_camera')}></video></div>`}
    <${Button} kind="quiet" onClick=${stop}>${t('common.close')}<//>`;
}

/** The same no, as who stands here understands it. @param {Refused | NoAnswer} error */
export function inWords(error) {
  const place = `till.signin_refused.${error instanceof Refused ? error.word : ''}`;
  if (!(error instanceof Refused) || t(`${place}.title`) === `${place}.title`) return error;
  const [title, detail, next] = ['title', 'detail', 'next'].map((part) => t(`${place}.${part}`, error.facts));
  return { title, detail, next };
}
