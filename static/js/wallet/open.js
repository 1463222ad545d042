// On the first screen: payments that were signed without a line and wait for their end, and what became of them.

import { html, useEffect } from '../lib/dom.js';
import { moment, t, won } from '../lib/words.js';
import { change, go, state, useWallet } from './state.js';

const ASK_EACH_MS = 5000;

/** @typedef {import('./kept.js').Payment} Payment */

export default function Open() {
  const { open, news } = useWallet();
  useEffect(() => {
    if (!open.length) return undefined;
    const timer = setInterval(() => document.hidden || void askNow(), ASK_EACH_MS);
    return () => clearInterval(timer);
  }, [open.length]);
  return html`
    ${news.map((each) => html`<${What} key=${each.payment.of} news=${each} />`)}
    ${open.map((payment) => html`
      <section class="card open-payment" key=${payment.of} aria-label=${t('wallet.open.title')}>
        <h2>${t('wallet.open.title')}</h2>
        <p>${payment.shop_name} <strong>${won(payment.amount_won ?? 0)}</strong> <span class="small">${moment(payment.signed_at_s)}</span></p>
        <p>${t('wallet.open.detail')}</p>
        <button type="button" class="button quiet wide" onClick=${() => void show(payment)}>${t('wallet.open.show')}</button>
      </section>`)}
  `;
}

/** @param {{news: import('./state.js').News}} props */
function What({ news }) {
  const { payment, paid, why } = news;
  const seen = () => change({ news: [] });
  return html`
    <section class=${`card result ${paid ? 'paid' : 'unpaid'}`} role="status">
      <h2>${t(paid ? 'wallet.open.paid' : 'wallet.open.unpaid')}</h2>
      <p>${payment.shop_name} <strong>${won(payment.amount_won ?? 0)}</strong> <span class="small">${moment(payment.at_s ?? payment.signed_at_s)}</span></p>
      ${!paid && html`<p>${why} ${t('wallet.open.unpaid_detail')}</p>`}
      <button type="button" class="button quiet wide" onClick=${seen}>${t('wallet.result.done')}</button>
    </section>`;
}

/** Its code again, while it holds. @param {Payment} payment */
async function show(payment) {
  const { textOf } = await import('./payments.js');
  go('pay', { scanned: textOf(payment.ask ?? '') });
}

async function askNow() {
  const found = await import('./payments.js').catch(() => null);     // no line, and never kept
  const before = state.news.length;
  await found?.askAfterOpen();
  if (state.news.length > before) void (await import('./look.js')).look();
}
