// After paying: to whom, how much, when, what is left; the receipt; and for ten minutes what to do after a mistake.

import { nowS } from '../lib/clock.js';
import { html, useEffect, useState } from '../lib/dom.js';
import { listen } from '../lib/live.js';
import { chime } from '../lib/speak.js';
import { Amount } from '../lib/ui.js';
import { moment, t } from '../lib/words.js';
import { asAccount, session } from './account.js';
import { look } from './look.js';
import { ForShop } from './forshop.js';
import { check } from './receipts.js';
import { Receipt } from './receipt.js';
import { go, useWallet } from './state.js';

const MISTAKE_S = 600;

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

/** Only the shop can give money back, and it needs the payment's number. @param {{paid: {at_s?: number, entry?: number}}} props */
export function Mistake({ paid }) {
  const [left, setLeft] = useState(true);
  const [open, setOpen] = useState(false);
  useEffect(() => {
    const recent = () => setLeft(nowS() - (paid.at_s ?? 0) < MISTAKE_S);
    recent();
    const timer = setInterval(recent, 5000);
    return () => clearInterval(timer);
  }, [paid.at_s]);
  if (!left) return null;
  if (!open) return html`<p><button type="button" class="button quiet wide" onClick=${() => setOpen(true)}>${t('wallet.result.mistake')}</button></p>`;
  return html`<${AskedBack} entry=${paid.entry} />`;
}

/** What the shop must know, and what it gave back: said the moment it does. @param {{entry?: number}} props */
function AskedBack({ entry }) {
  const { view } = useWallet();
  useEffect(() => listen({ session: () => asAccount(session), events: ['refund'], hear: () => void look() }), []);
  const refundedWon = view?.history.find((each) => each.entry === entry)?.refunded_won ?? 0;
  return html`
    <section class="card" role="status">
      <h2>${t('wallet.result.mistake')}</h2>
      ${refundedWon > 0 ? html`<p><strong>${t('wallet.history.refunded', { refunded_won: refundedWon })}</strong></p>`
    : html`<p>${t('wallet.result.mistake_detail')}</p>`}
      <p class="amount"><strong>${entry}</strong><span>${t('wallet.result.number')}</span></p>
    </section>
  `;
}
