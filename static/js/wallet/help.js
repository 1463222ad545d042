// Help and lost phone: what to do, in plain words; losing the phone loses no money.

import { source } from '../lib/clock.js';
import { html, useEffect, useState } from '../lib/dom.js';
import { page } from '../lib/page.js';
import { t } from '../lib/words.js';
import { go, useWallet } from './state.js';

const PARTS = ['pay', 'wrong', 'offline', 'expiry', 'private'];

export default function Help() {
  const { account } = useWallet();
  return html`
    <section class="card lost">
      <h2>${t('wallet.help.lost')}</h2>
      <p><strong>${t('wallet.help.lost_safe')}</strong></p>
      <ol class="steps">${[1, 2, 3].map((step) => html`<li>${t(`wallet.help.lost_${step}`)}</li>`)}</ol>
    </section>
    ${account && html`<p><button type="button" class="button quiet wide" onClick=${() => go('link')}>${t('wallet.link.title')}</button></p>`}
    ${PARTS.map((part) => html`
      <section class="card"><h2>${t(`wallet.help.${part}`)}</h2><p>${t(`wallet.help.${part}_detail`)}</p></section>`)}
    <${Phone} />
  `;
}

/** What a helper at the counter asks for. */
function Phone() {
  const { account } = useWallet();
  const [persisted, setPersisted] = useState(false);
  useEffect(() => void navigator.storage?.persisted?.().then(setPersisted), []);
  return html`
    <section class="card small silent">
      <h2>${t('wallet.help.phone')}</h2>
      ${account && html`<p>${t('wallet.help.account', { account: account.account.replace(/(.{4})(?=.)/g, '$1 ') })}</p>`}
      <p>${t(persisted ? 'wallet.help.kept' : 'wallet.help.may_be_cleared')}</p>
      <p>${t(`wallet.help.clock_${source()}`)}</p>
      <p>${t('wallet.help.version', { version: page.version })}</p>
    </section>
  `;
}
