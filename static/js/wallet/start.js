// The first start: the right browser, on an iPhone the home screen first, then one button that makes the wallet.

import { html, useState } from '../lib/dom.js';
import { page } from '../lib/page.js';
import { Refusal } from '../lib/ui.js';
import { t } from '../lib/words.js';
import { fault } from './state.js';

const IN_APP = /KAKAOTALK|NAVER\(inapp|Instagram|FBAN|FBAV|\bLine\/|DaumApps|; wv\)/i;

/** @param {{opened: boolean}} props opened: by a shop's code that the stock camera read */
export function Start({ opened }) {
  const place = whereAmI();
  if (place === 'in-app') return html`<${OtherBrowser} />`;
  if (place === 'iphone') return html`<${HomeScreenFirst} opened=${opened} />`;
  return html`<${Make} opened=${opened} />`;
}

/** In another program's window, in an iPhone's browser, or where a key may live. */
function whereAmI() {
  const agent = navigator.userAgent;
  if (IN_APP.test(agent)) return 'in-app';
  const apple = /iPhone|iPad|iPod/.test(agent) || (/Macintosh/.test(agent) && navigator.maxTouchPoints > 1);
  const added = matchMedia('(display-mode: standalone)').matches || /** @type {any} */ (navigator).standalone === true;
  return apple && !added ? 'iphone' : 'here';
}

/** @param {{opened: boolean}} props */
function Make({ opened }) {
  const [state, setState] = useState(/** @type {{busy?: boolean, error?: any}} */ ({}));
  const make = async () => {
    setState({ busy: true });
    try {
      const [{ open }, { knowCity, look }] = await Promise.all([import('./account.js'), import('./look.js')]);
      await knowCity();
      await open();
      void look();
    } catch (error) {
      setState({ error: fault(error) });
    }
  };
  return html`
    <section class="card">
      <h2>${t('wallet.start.hello', page)}</h2>
      ${opened && html`<p><strong>${t('wallet.start.opened')}</strong></p>`}
      <p>${t('wallet.start.what')}</p>
      <p>${t('wallet.start.safe')}</p>
      <button type="button" class="button wide" disabled=${Boolean(state.busy)} onClick=${make}>
        ${t(state.busy ? 'wallet.start.making' : 'wallet.start.make')}</button>
    </section>
    ${state.error && html`<${Refusal} error=${state.error} />`}
  `;
}

function OtherBrowser() {
  const here = location.href;
  const away = /KAKAOTALK/i.test(navigator.userAgent) ? `kakaotalk://web/openExternal?url=${encodeURIComponent(here)}`
    : /Android/.test(navigator.userAgent) ? `intent://${here.replace(/^https?:\/\//, '')}#Intent;scheme=https;package=com.android.chrome;end`
      : '';
  const [copied, setCopied] = useState(false);
  const copy = () => navigator.clipboard.writeText(here).then(() => setCopied(true), () => setCopied(false));
  return html`
    <section class="card">
      <h2>${t('wallet.start.other')}</h2>
      <p>${t('wallet.start.other_detail')}</p>
      ${away && html`<p><a class="button wide" href=${away}>${t('wallet.start.other_open')}</a></p>`}
      <p>${t('wallet.start.other_copy')}</p>
      <button type="button" class="button quiet wide" onClick=${copy}>${t(copied ? 'wallet.start.copied' : 'wallet.start.copy')}</button>
    </section>
  `;
}

/** @param {{opened: boolean}} props */
function HomeScreenFirst({ opened }) {
  return html`
    <section class="card">
      <h2>${t('wallet.start.iphone')}</h2>
      ${opened && html`<p><strong>${t('wallet.start.iphone_opened')}</strong></p>`}
      <p>${t('wallet.start.iphone_why')}</p>
      <ol class="steps">${[1, 2, 3].map((step) => html`<li>${t(`wallet.start.iphone_${step}`, page)}</li>`)}</ol>
    </section>
  `;
}
