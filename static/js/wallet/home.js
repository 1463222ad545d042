// The first screen: what there is, until when, and the two ways to pay.

import { html } from '../lib/dom.js';
import { Amount, Refusal } from '../lib/ui.js';
import { moment, t, won } from '../lib/words.js';
import { Open } from './open.js';
import { go, useWallet } from './state.js';
import { WithoutLine } from './withoutline.js';

export function Home() {
  const { view, refusal } = useWallet();
  return html`
    ${refusal && html`<${Refused} refusal=${refusal} />`}
    <${Open} />
    <section class="card balance" aria-labelledby="balance">
      <h2 id="balance">${t('wallet.home.balance')}</h2>
      ${view ? html`<${Amount} won=${view.balance_won} words />` : html`<p role="status">${t('wallet.home.asking')}</p>`}
      ${view?.frozen && html`<p><strong>${t('wallet.home.frozen')}</strong></p>`}
      <${WithoutLine} />
    </section>
    <div class="actions">
      <button type="button" class="button" onClick=${() => go('code')}>${t('wallet.home.code')}</button>
      <button type="button" class="button" onClick=${() => go('scan')}>${t('wallet.home.scan')}</button>
    </div>
    ${view && !view.linked && html`<${Unlinked} wish=${view.wish} />`}
    ${view && view.lots.length > 0 && html`<${Lots} lots=${view.lots} />`}
    <nav class="actions small" aria-label=${t('wallet.home.more')}>
      <button type="button" class="button quiet" onClick=${() => go('history')}>${t('wallet.history.title')}</button>
      <button type="button" class="button quiet" onClick=${() => go('where')}>${t('wallet.where.title')}</button>
    </nav>
  `;
}

/** @param {{lots: import('./state.js').Lot[]}} props */
function Lots({ lots }) {
  return html`
    <section class="card lots" aria-labelledby="lots">
      <h2 id="lots">${t('wallet.home.lots')}</h2>
      <ul class="list">
        ${lots.map((lot) => html`
          <li class=${`coin coin-${lot.coin}`}>
            <span>${lot.programme}</span> <strong>${won(lot.amount_won)}</strong>
            <span class="small">${t('wallet.home.until', { until: moment(lot.expires_at_s - 1, false) })}</span>
          </li>`)}
      </ul>
      <p class="small">${t('wallet.home.soonest')}</p>
    </section>
  `;
}

/** @param {{wish: string}} props */
function Unlinked({ wish }) {
  const waiting = wish === 'waiting';
  return html`
    <section class="card" aria-labelledby="unlinked">
      <h2 id="unlinked">${t(waiting ? 'wallet.home.waiting' : 'wallet.home.unlinked')}</h2>
      <p>${t(waiting ? 'wallet.home.waiting_detail' : 'wallet.home.unlinked_detail')}</p>
      <button type="button" class="button wide" onClick=${() => go('link')}>${t('wallet.link.title')}</button>
    </section>
  `;
}

/** @param {{refusal: any}} props */
function Refused({ refusal }) {
  const restart = async () => (await import('./account.js')).forget();
  const gone = refusal.word === 'OTHER_CHAIN' || refusal.word === 'UNKNOWN_KEY';
  return html`<${Refusal} error=${refusal}>
    ${gone && html`<p>${t('wallet.home.restart_detail')}</p>
      <button type="button" class="button quiet" onClick=${restart}>${t('wallet.home.restart')}</button>`}
  <//>`;
}
