// The first screen: before there is a wallet, one button that makes it; then what there is, until when, and the two ways
// to pay.

import { html, useEffect, useState } from '../lib/dom.js';
import { page } from '../lib/page.js';
import { Amount, Refusal } from '../lib/ui.js';
import { moment, t, won } from '../lib/words.js';
import { fault, go, promised, useWallet } from './state.js';

const DAY_S = 86_400;
const SOON_S = 4 * DAY_S, WARN_S = 15 * DAY_S;      // when it is fetched; it counts by a better clock
const IN_APP = /KAKAOTALK|NAVER\(inapp|Instagram|FBAN|FBAV|\bLine\/|DaumApps|; wv\)/i;

/** @param {{opened: boolean}} props opened: by a shop's code that the stock camera read */
export function Start({ opened }) {
  const place = whereAmI();
  return place === 'here' ? html`<${Make} opened=${opened} />` : html`<${Part} load=${bringOther} place=${place} opened=${opened} />`;
}

/** In another program's window, in an iPhone's browser, or where a key may live. */
function whereAmI() {
  const agent = navigator.userAgent;
  if (IN_APP.test(agent)) return 'in-app';
  const apple = /iPhone|iPad|iPod/.test(agent) || (/Macintosh/.test(agent) && navigator.maxTouchPoints > 1);
  const added = matchMedia('(display-mode: standalone)').matches || /** @type {any} */ (navigator).standalone === true;
  return apple && !added ? 'iphone' : 'here';
}

/** @param {{opened: boolean}} props */
function Make({ opened }) {
  const [state, setState] = useState(/** @type {{busy?: boolean, error?: any}} */ ({}));
  const make = async () => {
    setState({ busy: true });
    try {
      const [{ open }, { knowCity, look }] = await Promise.all([import('./account.js'), import('./look.js')]);
      await knowCity();
      await open();
      void look();
    } catch (error) {
      setState({ error: fault(error) });
    }
  };
  return html`
    <section class="card">
      <h2>${t('wallet.start.hello', page)}</h2>
      ${opened && html`<p><strong>${t('wallet.start.opened')}</strong></p>`}
      <p>${t('wallet.start.what')}</p>
      <p>${t('wallet.start.safe')}</p>
      <button type="button" class="button wide" disabled=${Boolean(state.busy)} onClick=${make}>
        ${t(state.busy ? 'wallet.start.making' : 'wallet.start.make')}</button>
    </section>
    ${state.error && html`<${Refusal} error=${state.error} />`}
  `;
}

export function Home() {
  const { view, refusal, open, news } = useWallet();
  const endsInS = view ? firstEndS(view) : Infinity;
  return html`
    ${refusal && html`<${Refused} refusal=${refusal} />`}
    ${(open.length > 0 || news.length > 0) && html`<${Part} load=${bringOpen} />`}
    ${view?.newer?.length ? html`<${Part} load=${bringNewer} devices=${view.newer} />` : null}
    ${endsInS < SOON_S && html`<${Part} load=${bringEnding} soon />`}
    <section class="card balance" aria-labelledby="balance">
      <h2 id="balance">${t('wallet.home.balance')}</h2>
      ${view ? html`<${Amount} won=${view.balance_won} words />` : html`<p role="status">${t('wallet.home.asking')}</p>`}
      ${view?.frozen && html`<p><strong>${t('wallet.home.frozen')}</strong></p>`}
      ${view?.limit && html`<${Limit} limit=${view.limit} />`}
      <${WithoutLine} />
    </section>
    <div class="actions">
      <button type="button" class="button" onClick=${() => go('code')}>${t('wallet.home.code')}</button>
      <button type="button" class="button" onClick=${() => go('scan')}>${t('wallet.home.scan')}</button>
    </div>
    ${endsInS < WARN_S && html`<${Part} load=${bringEnding} />`}
    ${view && !view.linked && html`<${Unlinked} wish=${view.wish} />`}
    ${view && view.lots.length > 0 && html`<${Lots} lots=${view.lots} />`}
    <nav class="actions small" aria-label=${t('wallet.home.more')}>
      <button type="button" class="button quiet" onClick=${() => go('history')}>${t('wallet.history.title')}</button>
      <button type="button" class="button quiet" onClick=${() => go('where')}>${t('wallet.where.title')}</button>
    </nav>
  `;
}

const bringEnding = () => import('./ending.js');
const bringNewer = () => import('./newer.js');
const bringOpen = () => import('./open.js');
const bringOther = () => import('./otherbrowser.js');

/** What few first screens show is fetched only there. @param {{load: () => Promise<{default: any}>, [prop: string]: any}} props */
function Part({ load, ...props }) {
  const [found, setFound] = useState(/** @type {any} */ (null));
  useEffect(() => void load().then(setFound, () => {}), [load]);        // no line, and never kept
  return found && html`<${found.default} ...${props} />`;
}

/** Seconds until the first coins end. @param {import('./state.js').View} view */
function firstEndS({ lots, now_ms }) {
  return Math.min(...lots.map((lot) => (lot.amount_won ? lot.expires_at_s : Infinity))) - Math.max(Date.now(), now_ms) / 1000;
}

/** Not all of it now, and when more. @param {{limit: NonNullable<import('./state.js').View['limit']>}} props */
function Limit({ limit: { again_at_s, new_phone, ...figures } }) {
  return html`<p class="limit">${t(new_phone ? 'wallet.home.limit_new' : 'wallet.home.limit', again_at_s ? { ...figures, again_at_s } : figures)}</p>`;
}

/** What is promised without a network, and how much more can be paid so, or why nothing. */
function WithoutLine() {
  const { offline } = useWallet(), held = promised();
  const [text, say] = useState('');
  useEffect(() => {
    if (offline) import('./offline.js').then(({ sentence }) => say(sentence(offline)), () => say(''));
  }, [offline]);
  return html`
    ${held.out_won > 0 && html`<p class="limit">${t('wallet.home.out', held)}</p>`}
    ${text && html`<p class="small without-line">${text}</p>`}`;
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
