// The shop's slip on the payer's phone: a till without a line believes the city's signature on it, and nothing else.

import { html, useEffect, useRef, useState } from '../lib/dom.js';
import { stayAwake } from '../lib/wake.js';
import { t } from '../lib/words.js';
import { opened } from './receipts.js';
import { textOf } from './payments.js';
import { Picture } from './picture.js';

/** @typedef {import('./kept.js').Payment} Payment */

/** Nothing where no till asked, as with a notice on paper. @param {{paid: Payment | undefined}} props */
export function ForShop({ paid }) {
  const [open, setOpen] = useState(false);
  if (!paid?.shop_receipt || !paid.ask || opened(paid.ask).kind !== 'request') return null;
  if (open) return html`<${Shown} text=${textOf(paid.shop_receipt)} />`;
  return html`
    <p class="hint">${t('wallet.forshop.when')}</p>
    <p><button type="button" class="button quiet wide" onClick=${() => setOpen(true)}>${t('wallet.forshop.open')}</button></p>`;
}

/** @param {{text: string}} props */
function Shown({ text }) {
  const title = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(stayAwake, []);
  useEffect(() => {
    title.current?.focus();
    title.current?.scrollIntoView();
  }, []);
  return html`
    <section class="for-shop">
      <h2 class="to-shop" tabindex="-1" ref=${title}>${t('wallet.forshop.show')}</h2>
      <${Picture} text=${text} label=${t('wallet.forshop.picture')}><p>${t('wallet.forshop.what')}</p><//>
    </section>`;
}
