// The shop has no network, either: a code that its till checks by itself. Each one counts as spent once it is shown, so
// the amount is asked for first, and no code is made anew without a touch.

import { NoAnswer, Refused } from '../lib/api.js';
import { nowS } from '../lib/clock.js';
import { html, useEffect, useRef, useState } from '../lib/dom.js';
import { Amount } from '../lib/ui.js';
import { stayAwake } from '../lib/wake.js';
import { t } from '../lib/words.js';
import { look } from './look.js';
import { makeOffline } from './makeoffline.js';
import { sentence, standing, tell } from './offline.js';
import { Unproven, outcome } from './payments.js';
import { Picture } from './picture.js';
import { categoryName } from './shops.js';
import { go, state, useWallet } from './state.js';

const TICK_MS = 500, ASK_MS = 4000;

/** @typedef {NonNullable<Awaited<ReturnType<typeof makeOffline>>>} Code */

/** @param {{away: () => void}} props */
export function OfflineCode({ away }) {
  const { offline } = useWallet();
  const [found, look] = useState(/** @type {import('./offline.js').Standing | null} */ (null));
  const [code, show] = useState(/** @type {Code | null} */ (null));
  const title = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => void standing().then(look), [code, offline]);      // by the city's dates, too
  useEffect(() => title.current?.focus(), [code]);
  if (!found) return html`<p role="status">${t('common.loading')}</p>`;
  return html`
    <section class=${`both-offline ${code ? '' : 'card'}`}>
      ${!code && html`<h2 tabindex="-1" ref=${title}>${t('wallet.offline.title')}</h2>`}
      ${code ? html`<${Shown} key=${code.payment.id} code=${code} title=${title} again=${() => show(null)} />`
    : found.why ? html`<p>${sentence(found) || t('wallet.offline.why.spent')}</p>`
      : html`<p>${sentence(found)}</p><${Only} />${found.loose && html`<p class="strip">${t('wallet.offline.loose')}</p>`}<${Ask} leftWon=${found.left_won} onMade=${show} />`}
    </section>
    ${!code && html`<button type="button" class="button quiet wide" onClick=${away}>${t('wallet.offline.away')}</button>`}
  `;
}

/** Money that not every shop takes. Without a network nobody can tell beforehand whether this one does. */
function Only() {
  const { view } = useWallet();
  const bound = (view?.lots ?? []).filter(({ anywhere, expires_at_s }) => anywhere === false && expires_at_s > nowS());
  if (!bound.length) return null;
  const places = new Set(bound.flatMap(({ categories }) => categories.map(categoryName)));
  if (bound.some(({ categories }) => !categories.length)) places.add(t('wallet.offline.some_shops'));
  const boundWon = bound.reduce((sum, { amount_won }) => sum + amount_won, 0);
  return html`<p class="strip">${t('wallet.offline.only', { bound_won: boundWon, places: [...places].join(', ') })}</p>`;
}

/** @param {{leftWon: number, onMade: (code: Code) => void}} props */
function Ask({ leftWon, onMade }) {
  const [wrong, setWrong] = useState('');
  const [busy, setBusy] = useState(false);
  const make = async (/** @type {number} */ amountWon) => {
    setBusy(true);
    const code = await makeOffline(amountWon).catch((error) => {
      if (error?.name !== 'QuotaExceededError') throw error;
      return setWrong(t('wallet.offline.no_room'));
    });
    setBusy(false);
    if (code) onMade(code);
    else void tell();           // no longer: why stands here then
  };
  const typed = (/** @type {Event & {target: any}} */ event) => {
    event.preventDefault();
    const text = event.target.elements.amount.value.replace(/[,\s원]/g, '');
    const good = /^[1-9][0-9]{0,11}$/.test(text) && Number(text) <= leftWon;
    setWrong(good ? '' : t('wallet.offline.wrong', { left_won: leftWon }));
    if (good) void make(Number(text));
  };
  return html`
    <form onSubmit=${typed}>
      <div class="field">
        <label for="amount">${t('wallet.offline.amount')}</label>
        <input id="amount" name="amount" class="number" inputmode="numeric" autocomplete="off" maxlength="15"
          aria-invalid=${String(Boolean(wrong))} aria-describedby=${wrong ? 'amount-wrong' : null} />
        ${wrong && html`<p class="wrong" id="amount-wrong" role="alert">${wrong}</p>`}
      </div>
      <button type="submit" class="button wide" disabled=${busy}>${t('wallet.offline.make')}</button>
    </form>
    <p class="small">${t('wallet.offline.any_why')}</p>
    <button type="button" class="button quiet wide" disabled=${busy} onClick=${() => void make(0)}>${t('wallet.offline.any', { left_won: leftWon })}</button>
  `;
}

/** @param {{code: Code, title: {current: HTMLElement | null}, again: () => void}} props */
function Shown({ code, title, again }) {
  const { line } = useWallet();
  const [leftS, count] = useState(code.shown_until_s - nowS());
  useEffect(stayAwake, []);
  useEffect(() => {
    const timer = setInterval(() => count(code.shown_until_s - nowS()), TICK_MS);
    return () => clearInterval(timer);
  }, []);
  useEffect(() => {
    const timer = setInterval(() => state.line && void taken(code), ASK_MS);
    return () => clearInterval(timer);
  }, [line]);
  const over = leftS <= 0;
  return html`
    <h2 tabindex="-1" ref=${title}>${t(over ? 'wallet.offline.look' : 'wallet.offline.show')}</h2>
    ${!over && html`<p>${t(code.exact ? 'wallet.code.exact' : 'wallet.offline.upto')}</p>`}
    <${Amount} won=${code.amount_won} words />
    ${over ? html`<p role="status"><strong>${t('wallet.offline.over')}</strong></p>` : html`
      <${Picture} text=${code.text} label=${t('wallet.offline.picture')}>
        <p class="countdown" aria-live="off">${t('wallet.pay.left', { left_s: Math.max(leftS, 0) })}</p>
        <p>${t('wallet.offline.green')}</p>
      <//>`}
    ${over && html`<button type="button" class="button wide" onClick=${() => go('home')}>${t('wallet.offline.done')}</button>
      <button type="button" class="button quiet wide" onClick=${again}>${t('wallet.offline.again')}</button>
      <p class="small">${t('wallet.offline.counts', { amount_won: code.amount_won })}</p>`}
  `;
}

/** With a network again: what became of it. @param {Code} code */
async function taken({ payment }) {
  try {
    const paid = await outcome(payment);
    if (!paid || state.screen !== 'code') return;
    go('result', { paid });
    void look();
  } catch (error) {
    if (!(error instanceof NoAnswer || error instanceof Refused || error instanceof Unproven)) throw error;
  }
}
