// The first start where no key may live: in another program's window, or in an iPhone's browser before the wallet is on the
// home screen.

import { html, useState } from '../lib/dom.js';
import { page } from '../lib/page.js';
import { t } from '../lib/words.js';

/** @param {{place: 'in-app' | 'iphone', opened: boolean}} props */
export default function Elsewhere({ place, opened }) {
  return place === 'in-app' ? html`<${OtherBrowser} />` : html`<${HomeScreenFirst} opened=${opened} />`;
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
