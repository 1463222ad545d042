// Before paying: whom, how much in figures and in words, what can be spent here; one button. Nothing is paid by itself,
// however this screen was opened. Without a line the signed yes is shown to the till (answer.js).

import { NoAnswer } from '../lib/api.js';
import { nowS } from '../lib/clock.js';
import { html, useEffect, useState } from '../lib/dom.js';
import { refused } from '../lib/api.js';
import { Amount, Refusal } from '../lib/ui.js';
import { t, won } from '../lib/words.js';
import { knowCity, look } from './look.js';
import { Answer } from './answer.js';
import { keepPayment, paymentOf } from './kept.js';
import { OthersCode, Unproven, agree, listOpen, preview, read, send } from './payments.js';
import { nameOf } from './shops.js';
import { fault, go, promised, state, useWallet } from './state.js';

const LATE_MS = 4000;           // then the till may send it from here

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
    return () => {
      over = true;
      void listOpen();
    };
  }, [scanned]);
  const { ask, payment, error } = step;
  if (error) return html`<${Refusal} error=${error}><${Away} /><//>`;
  if (!ask) return html`<p role="status">${t('wallet.pay.reading')}</p>`;
  if (payment) return html`<${Answer} key=${payment.of} payment=${payment} finish=${finish} onError=${(/** @type {any} */ found) => setStep({ error: shown(found) })} />`;
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
  const seen = navigator.onLine ? await preview(ask).catch(unseen) : null;
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
  const ask = /** @type {Ask} */ (step.ask), held = promised();
  const over = held.out_won > 0 && ask.amount_won > held.left_won;
  const pay = () => {
    setStep({ ...step, busy: true });
    signed(ask, name, Boolean(seen), (payment) => setStep({ ...step, payment }))
      .then((paid) => paid && finish(paid), (error) => setStep({ error: shown(error) }));
  };
  return html`
    <section class="card">
      <h2>${name || t('wallet.pay.unknown_shop', { shop: ask.shop })}</h2>
      <${Amount} won=${ask.amount_won} words />
      ${ask.reference && html`<p class="small">${t(ask.notice ? 'wallet.pay.notice_reference' : 'wallet.pay.reference', { reference: ask.reference })}</p>`}
      ${seen ? html`<${Uses} seen=${seen} />` : html`<p class="strip">${t(name ? 'wallet.pay.no_line' : 'wallet.pay.unknown_no_line')}</p>`}
    </section>
    ${seen && !seen.enough ? html`<${NotEnough} seen=${seen} />` : html`
      ${!seen && html`<p>${t('wallet.pay.how_no_line')}</p>`}
      ${over && html`<p class="strip">${t('wallet.pay.held', held)}</p>`}
      <button type="button" class="button wide pay" disabled=${Boolean(busy)} onClick=${pay}>${t(busy ? 'wallet.pay.paying' : over ? 'wallet.pay.held_pay' : 'wallet.pay.pay')}</button>`}
    <p><${Away} /></p>
  `;
}

/**
 * Signs, and sends it. Without a line, or when the answer is late, the yes is shown for the till to send: `show` gets it.
 * Gives the paid one, or nothing while it is shown. Throws what ended it.
 * @param {Ask} ask @param {string} name @param {boolean} line @param {(payment: Payment) => void} show
 */
async function signed(ask, name, line, show) {
  const made = await agree(ask, name);
  const payment = line ? { ...made, tried: true } : made;
  if (line) await keepPayment(payment);
  else show(payment);
  if (!navigator.onLine) return line ? show(payment) : undefined;
  const late = line ? setTimeout(() => show(payment), LATE_MS) : 0;
  try {
    return await send(payment);
  } catch (error) {
    if (!(error instanceof NoAnswer || error instanceof Unproven)) throw error;
    if (error instanceof Unproven || line) show(payment);
    return undefined;
  } finally {
    clearTimeout(late);
  }
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
  const { spendable_here_won, balance_won, missing_won, limit } = seen;
  return html`<${Refusal} error=${refused(seen.word || 'NOT_ENOUGH', { spendable_here_won, balance_won, missing_won, ...limit })} />`;
}

/** @param {Payment} paid */
function finish(paid) {
  if (state.screen !== 'pay') return;                       // left meanwhile: the first screen tells it
  // Back must not lead to the same request again.
  history.replaceState(null, '', '/');
  go('result', { paid });
  void look();
}

function Away() {
  return html`<button type="button" class="button quiet wide" onClick=${() => go('home')}>${t('wallet.pay.away')}</button>`;
}
