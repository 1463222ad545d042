// One receipt: its QR, its link, and a check on this phone against the city's key.

import { html, useState } from '../lib/dom.js';
import { t } from '../lib/words.js';
import { textOf } from './payments.js';
import { Picture } from './picture.js';
import { check } from './receipts.js';

/** @param {{payment: import('./kept.js').Payment | undefined}} props */
export function Receipt({ payment }) {
  const [state, setState] = useState('');
  if (!payment?.receipt) return html`<p>${t('wallet.receipt.missing')}</p>`;
  return html`
    <p>${t('wallet.receipt.what', { number: payment.entry ?? 0 })}</p>
    <${Picture} text=${textOf(payment.receipt)} label=${t('wallet.receipt.picture')} />
    <button type="button" class="button quiet wide" onClick=${() => check(payment).then(setState)}>${t('wallet.receipt.check')}</button>
    <p role="status">${state && html`<strong>${t(`wallet.receipt.${state}`)}</strong>`}</p>
  `;
}
