// This phone's key has ended: it was reported lost, or another phone took its place. Whose it is reads when, and what to
// do if that was somebody else's doing. It stays, with a line and without, until the phone is emptied by two touches.

import { html, useState } from '../lib/dom.js';
import { moment, t } from '../lib/words.js';
import { forget } from './account.js';
import { useWallet } from './state.js';

export default function Stopped() {
  const { stopped, city } = useWallet();
  if (!stopped) return null;
  const phone = city?.office_phone ?? '';
  return html`
    <section class="refusal" role="alert">
      <h2>${t('wallet.stopped.title')}</h2>
      <p class="next">${moment(stopped.at_s)}</p>
      <p>${t(stopped.replaced ? 'wallet.stopped.replaced' : 'wallet.stopped.ended')}</p>
      <p>${t('wallet.stopped.safe')}</p>
    </section>
    <section class="card">
      <h2>${t('wallet.stopped.not_you')}</h2>
      <p>${t(stopped.replaced ? 'wallet.stopped.not_you_replaced' : 'wallet.stopped.not_you_ended')}</p>
      ${phone && html`<p><a class="button wide" href=${`tel:${phone}`}>${t('wallet.stopped.call', { phone })}</a></p>`}
      <p>${t('wallet.stopped.visit')}</p>
      <p>${t('wallet.help.account', { account: stopped.account.replace(/(.{4})(?=.)/g, '$1 ') })}</p>
    </section>
    <${Empty} />
  `;
}

/** It was the owner: the phone may become another wallet. */
function Empty() {
  const [sure, setSure] = useState(false);
  return html`
    <section class="card">
      <h2>${t('wallet.stopped.you')}</h2>
      <p>${t('wallet.stopped.you_detail')}</p>
      ${sure && html`<p role="status"><strong>${t('wallet.stopped.empty_sure')}</strong></p>
        <button type="button" class="button wide" onClick=${() => setSure(false)}>${t('wallet.stopped.keep')}</button>`}
      <button type="button" class="button quiet wide" onClick=${sure ? forget : () => setSure(true)}>
        ${t(sure ? 'wallet.stopped.empty_now' : 'wallet.stopped.empty')}</button>
    </section>
  `;
}
