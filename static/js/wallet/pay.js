// Before paying: whom, how much in figures and in words, what can be spent here; one button. Nothing is paid by itself,
// however this screen was opened. A lost answer is asked after until it is known.

import { NoAnswer } from '../lib/api.js';
import { nowS } from '../lib/clock.js';
import { html, useEffect, useState } from '../lib/dom.js';
import { refused } from '../lib/api.js';
import { Amount, Refusal } from '../lib/ui.js';
import { t, won } from '../lib/words.js';
import { knowCity, look } from './look.js';
import { paymentOf } from './kept.js';
import { OthersCode, agree, outcome, preview, read, send, textOf } from './payments.js';
import { Picture } from './picture.js';
import { nameOf } from './shops.js';
import { fault, go, state, useWallet } from './state.js';

const ASK_AGAIN_MS = 2000;

/** @typedef {import('./payments.js').Ask} Ask */
/** @typedef {import('./kept.js').Payment} Payment */
/** @typedef {{ask?: Ask, name?: string, seen?: any, payment?: Payment, busy?: boolean, error?: any}} Step */

export default function Pay() {
  const { scanned } = useWallet();
  const [step, setStep] = useState(/** @type {Step} */ ({}));
  useEffect(() => {
    let over = false;
    setStep({});
    prepare(scanned).then((found) => over || setStep(found), (error) => over || setStep({ error: shown(error) }));
    return () => { over = true; };
  }, [scanned]);
  const { ask, payment, error } = step;
  if (error) return html`<${Refusal} error=${error}><${Away} /><//>`;
  if (!ask) return html`<p role="status">${t('wallet.pay.reading')}</p>`;
  if (payment) return html`<${Waiting} payment=${payment} onError=${(/** @type {any} */ found) => setStep({ error: shown(found) })} />`;
  return html`<${Confirm} step=${step} setStep=${setStep} />`;
}

/** @param {any} error */
function shown(error) {
  if (!(error instanceof OthersCode)) return fault(error);
  const [title, detail, next] = ['title', 'detail', 'next'].map((part) => t(`wallet.pay.others_code.${part}`));
  return { title, detail, next };
}

/** Reads the text, and what the server says of it where there is a line. @param {string} text @returns {Promise<Step>} */
async function prepare(text) {
  if (!state.city) await knowCity();
  const ask = await read(text);
  const before = await paymentOf(ask.of);
  if (before?.state === 'settled') {
    history.replaceState(null, '', '/');
    go('result', { paid: before });
    return {};
  }
  if (before) return { ask, payment: before };
  const seen = await preview(ask).catch(unseen);
  if (nowS() > ask.expires_at_s) throw refused('EXPIRED');
  return { ask, seen, name: seen?.shop_name || await nameOf(ask.shop) };
}

/** Without a line nothing is known of this shop; the server decides. @param {any} error @returns {null} */
function unseen(error) {
  if (error instanceof NoAnswer) return null;
  throw error;
}

/** @param {{step: Step, setStep: (step: Step) => void}} props */
function Confirm({ step, setStep }) {
  const { seen, name = '', busy } = step;
  const ask = /** @type {Ask} */ (step.ask);
  const pay = async () => {
    setStep({ ...step, busy: true });
    /** @type {Payment | undefined} */
    let payment;
    try {
      payment = await agree(ask, name);
      finish(await send(payment));
    } catch (error) {
      setStep(error instanceof NoAnswer && payment ? { ...step, payment } : { error: shown(error) });
    }
  };
  return html`
    <section class="card">
      <h2>${name || t('wallet.pay.unknown_shop', { shop: ask.shop })}</h2>
      <${Amount} won=${ask.amount_won} words />
      ${ask.reference && html`<p class="small">${t('wallet.pay.reference', { reference: ask.reference })}</p>`}
      ${seen ? html`<${Uses} seen=${seen} />` : html`<p class="strip">${t('wallet.pay.no_line')}</p>`}
    </section>
    ${seen && !seen.enough ? html`<${NotEnough} seen=${seen} />` : html`
      <button type="button" class="button wide pay" disabled=${Boolean(busy)} onClick=${pay}>${t(busy ? 'wallet.pay.paying' : 'wallet.pay.pay')}</button>`}
    <p><${Away} /></p>
  `;
}

/** What can be spent here, and what of it. @param {{seen: any}} props */
function Uses({ seen }) {
  return html`
    <p>${t('wallet.pay.spendable', { spendable_here_won: seen.spendable_here_won })}</p>
    ${seen.enough && html`<ul class="list">${seen.uses.map((/** @type {any} */ use) => html`
      <li class=${`coin coin-${use.coin}`}><span>${use.programme}</span> <strong>${won(use.amount_won)}</strong></li>`)}</ul>`}
  `;
}

/** The server's own words for what paying would answer. @param {{seen: any}} props */
function NotEnough({ seen }) {
  const { spendable_here_won, balance_won, missing_won } = seen;
  return html`<${Refusal} error=${refused(seen.word || 'NOT_ENOUGH', { spendable_here_won, balance_won, missing_won })} />`;
}

/**
 * Signed, and nobody knows yet whether it settled: asks until it is known. It is not sent again without a tap, because
 * who left the shop must not pay later. The till may scan it from here.
 * @param {{payment: Payment, onError: (error: any) => void}} props
 */
function Waiting({ payment, onError }) {
  const [answered, setAnswered] = useState(false);
  useEffect(() => {
    let over = false, timer = 0;
    const ask = async () => {
      try {
        const settled = await outcome(payment);
        if (over) return;
        if (settled) return finish(settled);
        setAnswered(true);
      } catch (error) {
        if (over) return;
        if (!(error instanceof NoAnswer)) return onError(error);
        setAnswered(false);
      }
      timer = setTimeout(ask, ASK_AGAIN_MS);
    };
    void ask();
    return () => {
      over = true;
      clearTimeout(timer);
    };
  }, [payment.of]);
  const again = () => send(payment).then(finish, (error) => error instanceof NoAnswer || onError(error));
  return html`
    <section class="card" role="status">
      <h2>${t(answered ? 'wallet.pay.not_yet' : 'wallet.pay.unknown')}</h2>
      <p>${payment.shop_name}</p>
      <${Amount} won=${payment.amount_won} />
      <p>${t(answered ? 'wallet.pay.not_yet_detail' : 'wallet.pay.unknown_detail', { until_at_s: payment.expires_at_s })}</p>
      ${answered && html`<button type="button" class="button wide" onClick=${again}>${t('wallet.pay.again')}</button>`}
    </section>
    <p>${t('wallet.pay.show')}</p>
    <${Picture} text=${textOf(payment.message)} label=${t('wallet.pay.picture')} />
  `;
}

/** @param {Payment} paid */
function finish(paid) {
  // Back must not lead to the same request again.
  history.replaceState(null, '', '/');
  go('result', { paid });
  void look();
}

function Away() {
  return html`<button type="button" class="button quiet wide" onClick=${() => go('home')}>${t('wallet.pay.away')}</button>`;
}
