// The signed yes on the screen, for the shop's till to read: this phone has no line, or got no answer. It asks by its own
// id what became of it, says until when it holds, and never says "paid" before a receipt proves it.

import { NoAnswer } from '../lib/api.js';
import { nowS } from '../lib/clock.js';
import { html, useEffect, useState } from '../lib/dom.js';
import { Amount } from '../lib/ui.js';
import { stayAwake } from '../lib/wake.js';
import { t } from '../lib/words.js';
import { Unproven, outcome, send, textOf } from './payments.js';
import { Picture } from './picture.js';
import { go } from './state.js';

const ASK_AGAIN_MS = 2000, TICK_MS = 500;

/** @typedef {import('./kept.js').Payment} Payment */

/**
 * It is not sent again without a tap, because who left the shop must not pay later.
 * @param {{payment: Payment, finish: (paid: Payment) => void, onError: (error: any) => void}} props
 */
export function Answer({ payment, finish, onError }) {
  const [told, setTold] = useState(/** @type {'' | 'not_yet' | 'unproven'} */ (''));
  const leftS = useLeft(payment);
  useEffect(stayAwake, []);
  useEffect(() => watch(payment, setTold, finish, onError), [payment.of]);
  const over = leftS <= 0;
  const stands = over ? 'over' : told || (payment.tried ? 'unknown' : 'show');
  const again = () => send(payment).then(finish, (error) => error instanceof NoAnswer || error instanceof Unproven || onError(error));
  return html`
    <section class="card answer" role="status">
      <h2>${t(`wallet.pay.${stands}`)}</h2>
      <p>${payment.shop_name || t('wallet.pay.unknown_shop', { shop: payment.shop ?? 0 })}</p>
      <${Amount} won=${payment.amount_won} words />
      ${stands !== 'show' && html`<p>${t(`wallet.pay.${stands}_detail`, { until_at_s: payment.expires_at_s })}</p>`}
      ${stands === 'not_yet' && html`<button type="button" class="button wide" onClick=${again}>${t(payment.tried ? 'wallet.pay.again' : 'wallet.pay.now')}</button>`}
    </section>
    ${!over && html`
      <h2 class="to-shop">${t('wallet.pay.to_till')}</h2>
      <${Picture} text=${textOf(payment.message)} label=${t('wallet.pay.picture')}>
        <p class="countdown" aria-live="off">${t('wallet.pay.left', { left_s: leftS })}</p>
        <p>${t('wallet.pay.green')}</p>
      <//>`}
    <p><button type="button" class="button quiet wide" onClick=${() => go('home')}>${t(over ? 'wallet.pay.close' : 'wallet.pay.later')}</button></p>
  `;
}

/** Seconds that the yes still holds. @param {Payment} payment */
function useLeft(payment) {
  const [leftS, setLeftS] = useState(payment.expires_at_s - nowS());
  useEffect(() => {
    const timer = setInterval(() => setLeftS(Math.max(payment.expires_at_s - nowS(), 0)), TICK_MS);
    return () => clearInterval(timer);
  }, [payment.of]);
  return leftS;
}

/**
 * Asks until it is known.
 * @param {Payment} payment @param {(told: '' | 'not_yet' | 'unproven') => void} tell
 * @param {(paid: Payment) => void} finish @param {(error: any) => void} onError
 */
function watch(payment, tell, finish, onError) {
  let over = false, timer = 0;
  const ask = async () => {
    try {
      const settled = await outcome(payment);
      if (over) return;
      if (settled) return finish(settled);
      tell('not_yet');
    } catch (error) {
      if (over) return;
      if (!(error instanceof NoAnswer || error instanceof Unproven)) return onError(error);
      tell(error instanceof Unproven ? 'unproven' : '');
    }
    timer = setTimeout(ask, ASK_AGAIN_MS);
  };
  void ask();
  return () => {
    over = true;
    clearTimeout(timer);
  };
}
