// Linked to a person: shown at the town office as a QR, or from home with the code that the office sent.

import { post } from '../lib/api.js';
import { base64url } from '../lib/bytes.js';
import { nowS } from '../lib/clock.js';
import { html, useEffect, useState } from '../lib/dom.js';
import { Refusal } from '../lib/ui.js';
import { stayAwake } from '../lib/wake.js';
import { t } from '../lib/words.js';
import { sign } from './account.js';
import { look } from './look.js';
import { textOf } from './payments.js';
import { Picture } from './picture.js';
import { fault, useWallet } from './state.js';

const LIFE_S = 590, RENEWED_BEFORE_S = 30, LOOK_EACH_MS = 5000;

/** The wallet asks to be linked: base64url, good for ten minutes. */
async function wish() {
  const untilS = nowS() + LIFE_S;
  const { raw } = await sign('join', {}, untilS);
  return { message: base64url(raw), untilS };
}

export default function Link() {
  const { view } = useWallet();
  if (view?.linked) return html`<section class="card result paid" role="status"><h2>${t('wallet.link.done')}</h2><p>${t('wallet.link.done_detail')}</p></section>`;
  return html`<${AtTheOffice} /><${FromHome} />`;
}

function AtTheOffice() {
  const [shown, setShown] = useState(/** @type {{message: string, untilS: number} | null} */ (null));
  const [error, setError] = useState(/** @type {any} */ (null));
  const [leftS, setLeftS] = useState(0);
  useEffect(stayAwake, []);
  useEffect(() => {
    const renew = () => wish().then(setShown, (failed) => setError(fault(failed)));
    if (!shown) void renew();
    const timer = setInterval(() => {
      if (!shown) return;
      setLeftS(Math.max(shown.untilS - nowS(), 0));
      if (shown.untilS - nowS() < RENEWED_BEFORE_S) void renew();
    }, 1000);
    return () => clearInterval(timer);
  }, [shown]);
  useEffect(() => {
    const timer = setInterval(() => document.hidden || void look(), LOOK_EACH_MS);
    return () => clearInterval(timer);
  }, []);
  if (error) return html`<${Refusal} error=${error} />`;
  return html`
    <section class="card">
      <h2>${t('wallet.link.office')}</h2>
      <p>${t('wallet.link.office_detail')}</p>
      ${shown && html`<${Picture} text=${textOf(shown.message)} label=${t('wallet.link.picture')} />
        <p class="countdown">${t('wallet.link.left', { left_s: leftS || LIFE_S })}</p>`}
    </section>
  `;
}

function FromHome() {
  const { view } = useWallet();
  const [state, setState] = useState(/** @type {{busy?: boolean, wrong?: boolean, error?: any}} */ ({}));
  if (view?.wish === 'waiting') {
    return html`<section class="card" role="status"><h2>${t('wallet.home.waiting')}</h2><p>${t('wallet.home.waiting_detail')}</p></section>`;
  }
  const send = async (/** @type {Event & {target: any}} */ event) => {
    event.preventDefault();
    const digits = event.target.elements.code.value.normalize('NFKC').replace(/\D/g, '');
    if (digits.length !== 16) return setState({ wrong: true });
    setState({ busy: true });
    try {
      const { message } = await wish();
      await post('/api/joins', { message, code: digits.replace(/(\d{4})(?=\d)/g, '$1-') });
      await look();
      setState({});
    } catch (error) {
      setState({ error: fault(error) });
    }
  };
  return html`
    <form class="card" onSubmit=${send}>
      <h2>${t('wallet.link.home')}</h2>
      <div class="field">
        <label for="code">${t('wallet.link.code')}</label>
        <p class="hint" id="code-hint">${t('wallet.link.code_hint')}</p>
        <input id="code" name="code" inputmode="numeric" autocomplete="one-time-code" maxlength="24" placeholder="0000-0000-0000-0000"
          aria-invalid=${String(Boolean(state.wrong))} aria-describedby=${state.wrong ? 'code-hint code-wrong' : 'code-hint'} />
        ${state.wrong && html`<p class="wrong" id="code-wrong" role="alert">${t('wallet.link.code_wrong')}</p>`}
      </div>
      <button type="submit" class="button wide" disabled=${Boolean(state.busy)}>${t('wallet.link.send')}</button>
      ${state.error && html`<${Refusal} error=${state.error} />`}
    </form>
  `;
}
