// Another device came to this wallet after this phone: its owner reads since when, and whom to call if they didn't ask for it.
// It stays above all else until they say that they did.

import { html, useEffect, useState } from '../lib/dom.js';
import { moment, t } from '../lib/words.js';
import { keep, load } from './kept.js';
import { useWallet } from './state.js';

const KEPT = 'devices known';

/** @param {{devices: import('./state.js').Device[]}} props */
export default function Newer({ devices }) {
  const { city } = useWallet();
  const [known, note] = useState(/** @type {string[] | null} */ (null));
  useEffect(() => void load(KEPT).then((kept) => note(kept ?? []), () => note([])), []);
  const strange = devices.filter(({ device }) => known && !known.includes(device));
  if (!strange.length) return null;
  const mine = () => {
    const all = devices.map(({ device }) => device);
    note(all);
    void keep(KEPT, all);
  };
  const phone = city?.office_phone ?? '';
  return html`
    <section class="refusal" role="alert">
      <h2>${t('wallet.newer.title')}</h2>
      ${strange.map(({ card, at_s }) => html`<p class="next">${t(card ? 'wallet.newer.card' : 'wallet.newer.phone', { since: moment(at_s) })}</p>`)}
      <p>${t('wallet.newer.not_you')}</p>
      ${phone && html`<p><a class="button wide" href=${`tel:${phone}`}>${t('wallet.stopped.call', { phone })}</a></p>`}
      <button type="button" class="button quiet wide" onClick=${mine}>${t('wallet.newer.mine')}</button>
    </section>
  `;
}
