// What came and went, newest first, each payment with its receipt.

import { html, useEffect, useState } from '../lib/dom.js';
import { moment, t, won } from '../lib/words.js';
import { payments } from './kept.js';
import { ForShop } from './forshop.js';
import { older } from './look.js';
import { Receipt } from './receipt.js';
import { Mistake } from './mistake.js';
import { fault, go, useWallet } from './state.js';
import { Refusal } from '../lib/ui.js';

/** @typedef {import('./state.js').Entry} Entry */

const CAME = ['top-up', 'refund', 'void'];

export default function History() {
  const { view } = useWallet();
  const [before, setBefore] = useState(/** @type {Entry[]} */ ([]));
  const [more, setMore] = useState(view?.more ?? false);
  const [error, setError] = useState(/** @type {any} */ (null));
  const entries = [...view?.history ?? [], ...before].filter((each) => each.amount_won);
  const fetchOlder = async () => {
    try {
      const answer = await older([...view?.history ?? [], ...before].at(-1)?.entry ?? 0);
      setBefore([...before, ...answer.history]);
      setMore(answer.more);
    } catch (failed) {
      setError(fault(failed));
    }
  };
  const slip = html`<button type="button" class="button quiet wide" onClick=${() => go('slip')}>${t('wallet.history.slip')}</button>`;
  if (!entries.length) return html`<p>${t('wallet.history.nothing')}</p>${slip}`;
  return html`
    <ul class="list card history">${entries.map((entry) => html`<${Line} key=${entry.entry} entry=${entry} />`)}</ul>
    ${error && html`<${Refusal} error=${error} />`}
    ${more && html`<button type="button" class="button quiet wide" onClick=${fetchOlder}>${t('wallet.history.older')}</button>`}
    ${slip}
  `;
}

/** @param {{entry: Entry}} props */
function Line({ entry }) {
  const [open, setOpen] = useState(false);
  const came = CAME.includes(entry.kind);
  const what = entry.shop_name || t(`wallet.history.kinds.${entry.kind}`);
  return html`
    <li>
      <span class="what">${what}${CAME.includes(entry.kind) && entry.shop_name && html` <span class="small">${t(`wallet.history.kinds.${entry.kind}`)}</span>`}</span>
      <strong class=${came ? 'came' : 'went'}>${came ? '+' : '−'}${won(entry.amount_won)}</strong>
      <span class="small when">${moment(entry.at_s)}</span>
      ${entry.refunded_won > 0 && entry.kind === 'payment' && html`<span class="small">${t('wallet.history.refunded', { refunded_won: entry.refunded_won })}</span>`}
      ${entry.borne_won > 0 && html`<span class="small">${t('wallet.history.borne', { borne_won: entry.borne_won })}</span>`}
      ${entry.to_programme_won > 0 && html`<span class="small">${t('wallet.history.ended', { to_programme_won: entry.to_programme_won })}</span>`}
      ${entry.kind === 'payment' && html`
        <button type="button" class="button quiet" aria-expanded=${String(open)} onClick=${() => setOpen(!open)}>
          ${t(open ? 'common.close' : 'wallet.receipt.open')}<span class="unseen"> ${what} ${won(entry.amount_won)}</span></button>`}
      ${open && html`<div class="open"><${Details} entry=${entry} /></div>`}
    </li>
  `;
}

/** @param {{entry: Entry}} props */
function Details({ entry }) {
  const [found, setFound] = useState(/** @type {{payment?: import('./kept.js').Payment} | null} */ (null));
  useEffect(() => void payments().then((all) => setFound({ payment: all.find((each) => each.entry === entry.entry) })), [entry.entry]);
  if (!found) return null;
  return html`
    <p>${t('wallet.history.number', { number: entry.entry })}</p>
    <${ForShop} paid=${found.payment} />
    <${Receipt} payment=${found.payment} entry=${entry} />
    <${Mistake} paid=${entry} />
  `;
}
