// Before this device is a till: the officer's code and the owner's PIN, then the digits that both screens must show.
// And what is shown when it is one no longer.

import { NoAnswer, Refused } from '../lib/api.js';
import { html, useEffect, useState } from '../lib/dom.js';
import { t } from '../lib/words.js';
import { Button, Refusal } from '../lib/ui.js';
import { Lost } from './offlinequeue.js';
import { lookAtCity, claim, giveUp, unpair, wait } from './pairing.js';
import { refresh } from './day.js';
import { onPc } from './program.js';
import { inOurWords } from './selling.js';
import { change, useTill } from './state.js';

export function Pair() {
  const { pairing } = useTill();
  const [problem, say] = useState(/** @type {any} */ (null));
  return html`
    <section class="pair">
      ${pairing ? html`<${Compare} digits=${pairing.digits} say=${say} />` : html`<${Form} say=${say} />`}
      ${problem && !pairing && html`<${Refusal} error=${problem} />`}
    </section>`;
}

/** @param {any} error @param {(problem: any) => void} say */
function shown(error, say) {
  if (!(error instanceof Refused || error instanceof NoAnswer)) throw error;
  say(inOurWords(error));
}

/** @param {{say: (problem: any) => void}} props */
function Form({ say }) {
  const { code: brought } = useTill();
  const [code, writeCode] = useState(brought);
  const [pin, writePin] = useState('');
  const [pinAgain, writeAgain] = useState('');
  const [wrong, blame] = useState(/** @type {{field: string, text: string} | null} */ (null));
  const [busy, work] = useState(false);
  useEffect(() => writeCode(brought), [brought]);
  const send = async (/** @type {Event} */ event) => {
    event.preventDefault();
    const fault = !code.trim() ? { field: 'code', text: t('till.pair_code_missing') }
      : !/^\d{4,8}$/.test(pin) ? { field: 'pin', text: t('till.pin_shape') }
        : pin !== pinAgain ? { field: 'again', text: t('till.pin_differs') } : null;
    blame(fault);
    say(null);
    if (fault) return document.getElementById(fault.field)?.focus();
    work(true);
    await claim(code.trim(), pin).catch((error) => shown(error, say)).finally(() => work(false));
  };
  const field = (name, value, write, more = {}) => html`
    <div class="field">
      <label for=${name}>${t(`till.pair_${name}`)}</label>
      <p class="hint" id=${`${name}-hint`}>${t(`till.pair_${name}_hint`)}</p>
      <input id=${name} value=${value} onInput=${(event) => write(event.target.value)} aria-describedby=${`${name}-hint`}
        aria-invalid=${wrong?.field === name ? 'true' : undefined} autocomplete="off" ...${more} />
      ${wrong?.field === name && html`<p class="wrong" role="alert">${wrong?.text}</p>`}
    </div>`;
  const secret = { type: 'password', inputMode: 'numeric', maxLength: 8, autocomplete: 'new-password' };
  return html`
    <h1>${t('till.pair_title')}</h1>
    <p>${t('till.pair_lead')}</p>
    <form class="card" novalidate onSubmit=${(event) => void send(event)}>
      ${field('code', code, writeCode, { autocapitalize: 'characters', spellcheck: false, maxLength: 20 })}
      ${field('pin', pin, writePin, secret)}
      ${field('again', pinAgain, writeAgain, secret)}
      <button class="button wide" disabled=${busy}>${t(busy ? 'till.pair_making' : 'till.pair_go')}</button>
    </form>`;
}

/** @param {{digits: string, say: (problem: any) => void}} props */
function Compare({ digits, say }) {
  const { line } = useTill();
  useEffect(() => {
    const stop = new AbortController();
    wait(stop.signal).catch((error) => shown(error, say));
    return () => stop.abort();
  }, []);
  return html`
    <h1>${t('till.check_title')}</h1>
    <p class="digits" aria-label=${digits.replaceAll('-', ' ').replace(/\d/g, '$& ')}>${digits.split('-').map((four) => html`<span>${four}</span>`)}</p>
    <p>${t('till.check_lead')}</p>
    <p role="status"><strong>${t(line ? 'till.check_waiting' : 'till.check_no_line')}</strong></p>
    <${Button} kind="quiet" onClick=${() => void giveUp()}>${t('till.check_stop')}<//>`;
}

/** Why this till can't work, and the two ways on. */
export function Trouble() {
  const { trouble } = useTill();
  const [busy, work] = useState(false);
  if (!trouble) return null;
  const again = async () => {
    work(true);
    change({ trouble: null });
    await lookAtCity().then(refresh).catch((error) => shown(error, () => change({ trouble: error }))).finally(() => work(false));
  };
  return html`
    <${Refusal} error=${trouble instanceof Refused ? inOurWords(trouble) : trouble}>
      <div class="row">
        <${Button} disabled=${busy} onClick=${() => void again()}>${t('common.again')}<//>
        ${!onPc && html`<${Unpair} />`}
      </div>
      <${Lost} />
    <//>`;
}

/** Two taps, and what follows is said before the second. */
export function Unpair() {
  const [sure, ask] = useState(false);
  if (!sure) return html`<${Button} kind="quiet" onClick=${() => ask(true)}>${t('till.unpair')}<//>`;
  return html`
    <div class="card">
      <p>${t('till.unpair_sure')}</p>
      <div class="row">
        <${Button} kind="danger" onClick=${() => void unpair()}>${t('till.unpair_do')}<//>
        <${Button} kind="quiet" onClick=${() => ask(false)}>${t('common.cancel')}<//>
      </div>
    </div>`;
}
