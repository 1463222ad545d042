// After paying: to whom, how much, when, what is left; the receipt; and for ten minutes what to do after a mistake.

import { html, useEffect, useState } from '../lib/dom.js';
import { chime } from '../lib/speak.js';
import { Amount } from '../lib/ui.js';
import { moment, t } from '../lib/words.js';
import { Mistake } from './mistake.js';
import { ForShop } from './forshop.js';
import { check } from './receipts.js';
import { Receipt } from './receipt.js';
import { go, useWallet } from './state.js';

export default function Result() {
  const { paid, view, line } = useWallet();
  const [state, setState] = useState('checking');
  useEffect(() => {
    if (!paid) return;
    chime('paid');
    void check(paid).then(setState);
  }, [paid?.of]);
  if (!paid) return null;
  const entry = view?.history.find((each) => each.entry === paid.entry);
  const shop = paid.shop_name || entry?.shop_name || '';
  return html`
    <section class="card result paid" role="status">
      <h2><span class="tick" aria-hidden="true">✓</span> ${t('wallet.result.paid')}</h2>
      <p class="shop">${shop || t(line ? 'wallet.result.asking' : 'wallet.result.shop_later')}</p>
      <${Amount} won=${paid.amount_won} words />
      <p>${moment(paid.at_s ?? 0)}</p>
      ${entry && view && html`<p>${t('wallet.result.left', { balance_won: view.balance_won })}</p>`}
      <p class="small">${t(`wallet.receipt.${state}`)}</p>
    </section>
    <button type="button" class="button wide" onClick=${() => go('home')}>${t('wallet.result.done')}</button>
    <${ForShop} paid=${paid} />
    <${Mistake} paid=${paid} />
    <details class="card"><summary class="button quiet wide">${t('wallet.receipt.open')}</summary><${Receipt} payment=${paid} /></details>
  `;
}
