// One receipt: its QR, its link, and a check on this phone against the city's key.

import { html, useState } from '../lib/dom.js';
import { Refusal } from '../lib/ui.js';
import { t } from '../lib/words.js';
import { textOf } from './payments.js';
import { Picture } from './picture.js';
import { check, fetchReceipt } from './receipts.js';
import { fault } from './state.js';

/** @typedef {import('./kept.js').Payment} Payment */

/** @param {{payment: Payment | undefined, entry?: import('./state.js').Entry}} props entry: of the history, for what is not kept */
export function Receipt({ payment: kept, entry }) {
  const [fetched, setFetched] = useState(/** @type {{verdict?: string, payment?: Payment, error?: any, busy?: boolean}} */ ({}));
  const payment = fetched.payment ?? kept;
  const [state, setState] = useState('');
  const bring = (/** @type {import('./state.js').Entry} */ of) => {
    setFetched({ busy: true });
    fetchReceipt(of).then(setFetched, (error) => setFetched({ error: fault(error) }));
  };
  if (!payment?.receipt) {
    return html`
      <p>${t('wallet.receipt.missing')}</p>
      ${entry && html`<button type="button" class="button quiet wide" disabled=${Boolean(fetched.busy)} onClick=${() => bring(entry)}>
        ${t('wallet.receipt.fetch')}</button>`}
      <p role="status">${fetched.verdict && html`<strong>${t(`wallet.receipt.${fetched.verdict}`)}</strong>`}</p>
      ${fetched.error && html`<${Refusal} error=${fetched.error} />`}
    `;
  }
  const verdict = state || fetched.verdict;
  return html`
    <p>${t('wallet.receipt.what', { number: payment.entry ?? 0 })}</p>
    <${Picture} text=${textOf(payment.receipt)} label=${t('wallet.receipt.picture')} />
    <button type="button" class="button quiet wide" onClick=${() => check(payment, true).then(setState)}>${t('wallet.receipt.check')}</button>
    <p role="status">${verdict && html`<strong>${t(`wallet.receipt.${verdict}`)}</strong>`}</p>
  `;
}
