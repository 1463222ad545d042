// My code: what the shop scans. Lives a minute, renewed by itself while it is looked at, works without a line.

import { NoAnswer, Refused } from '../lib/api.js';
import { nowMs, nowS } from '../lib/clock.js';
import { html, useEffect, useRef, useState } from '../lib/dom.js';
import { listen } from '../lib/live.js';
import { Amount, Refusal } from '../lib/ui.js';
import { stayAwake } from '../lib/wake.js';
import { t } from '../lib/words.js';
import { asAccount, session } from './account.js';
import { look } from './look.js';
import { OfflineCode } from './offlinecode.js';
import { Unproven, makeCode, outcome, putAway, textOf } from './payments.js';
import { Picture } from './picture.js';
import { codeCapWon, fault, go, promised, useWallet } from './state.js';

const RENEWED_AFTER_S = 50;
const CLOCK_MOVED_MS = 3000;
const TICK_MS = 500;
const HEARING_MS = 10_000, DEAF_MS = 3000;      // how often to ask while the event stream is open, and while it is not

/** @typedef {import('./kept.js').Payment} Payment */

export default function Code() {
  const [both, setBoth] = useState(false);
  return both ? html`<${OfflineCode} away=${() => setBoth(false)} />` : html`<${Mine} onBoth=${() => setBoth(true)} />`;
}

/** @param {{onBoth: () => void}} props onBoth: the shop has no network, either */
function Mine({ onBoth }) {
  useWallet();
  const [amountWon, setAmountWon] = useState(0);
  const [sureWon, setSureWon] = useState(0);          // what the holder said that the other shop did not take
  const held = promised(), wantedWon = amountWon || codeCapWon();
  if (held.out_won > 0 && wantedWon > held.left_won && wantedWon > sureWon) {
    return html`
      <p class="strip">${t('wallet.pay.held', held)}</p>
      <button type="button" class="button wide" onClick=${() => setSureWon(wantedWon)}>${t('wallet.code.held')}</button>
      ${amountWon > 0 && html`<button type="button" class="button quiet wide" onClick=${() => setAmountWon(0)}>${t('wallet.code.any')}</button>`}`;
  }
  return html`<${Live} amountWon=${amountWon} onChoose=${setAmountWon} onBoth=${onBoth} />`;
}

/** @param {{amountWon: number, onChoose: (amountWon: number) => void, onBoth: () => void}} props */
function Live({ amountWon, onChoose, onBoth }) {
  const { line } = useWallet();
  const { code, leftS, error } = useCode(amountWon);
  if (error) return html`<${Refusal} error=${error} />`;
  if (!code) return html`<p role="status">${t('common.loading')}</p>`;
  return html`
    ${amountWon ? html`<p>${t('wallet.code.exact')}</p><${Amount} won=${amountWon} words />`
    : html`<p>${t('wallet.code.cap', { cap_won: code.upto_won ?? 0 })}</p>`}
    <${Picture} text=${textOf(code.message)} label=${t('wallet.code.picture')}>
      <p class="countdown" aria-live="off">${t('wallet.code.renewed', { left_s: leftS })}</p>
      <p>${t(line ? 'wallet.code.how' : 'wallet.code.no_line')}</p>
      ${!line && html`<button type="button" class="button wide" onClick=${onBoth}>${t('wallet.offline.button')}</button>`}
      <${Exact} amountWon=${amountWon} onChoose=${onChoose} />
    <//>
  `;
}

/**
 * The code on the screen, and what became of those that were on it.
 * @param {number} amountWon 0: up to the city's cap
 */
function useCode(amountWon) {
  const [made, setMade] = useState(/** @type {{code: Payment, amountWon: number} | null} */ (null));
  const [leftS, setLeftS] = useState(0);
  const [error, setError] = useState(/** @type {any} */ (null));
  const shown = useRef(/** @type {Payment[]} */ ([]));
  useEffect(stayAwake, []);
  useEffect(() => keepFresh(amountWon, shown.current, (code) => setMade({ code, amountWon }), setLeftS,
    (failed) => setError(fault(failed))), [amountWon]);
  useEffect(() => watch(shown.current), []);
  // Never the code of one amount under the words of another.
  return { code: made?.amountWon === amountWon ? made.code : null, leftS, error };
}

/**
 * Makes a code, and the next one before it ends; only while somebody looks.
 * @param {number} amountWon @param {Payment[]} shown @param {(code: Payment) => void} show
 * @param {(leftS: number) => void} count @param {(error: any) => void} fail
 */
function keepFresh(amountWon, shown, show, count, fail) {
  let over = false, busy = false;
  /** @type {Payment | null} */
  let current = null;
  let offsetMs = 0;
  const renew = async () => {
    busy = true;
    offsetMs = nowMs() - Date.now();
    const made = await makeCode(amountWon || undefined);
    busy = false;
    if (over) return void putAway(made);
    current = made;
    shown.push(made);
    show(made);
  };
  const tick = () => {
    const leftS = current ? current.signed_at_s + RENEWED_AFTER_S - nowS() : 0;
    const moved = Math.abs(nowMs() - Date.now() - offsetMs) > CLOCK_MOVED_MS;   // the server told the time meanwhile
    if (current) count(Math.max(leftS, 0));
    const other = current?.upto_won !== undefined && current.upto_won !== codeCapWon();     // more is promised by now, or less
    if (!busy && !document.hidden && (leftS <= 0 || moved || other)) renew().catch(fail);
  };
  tick();
  const timer = setInterval(tick, TICK_MS);
  return () => {
    over = true;
    clearInterval(timer);
    if (current) void putAway(current);
  };
}

/** Opens the result as soon as one of the shown codes was taken. @param {Payment[]} shown */
function watch(shown) {
  let over = false, hearing = false, asking = false, timer = 0;
  const ask = async () => {
    clearTimeout(timer);
    if (over || asking) return;
    asking = true;
    const paid = document.hidden ? null : await taken(shown).catch(unknown);
    asking = false;
    if (over) return;
    if (paid) {
      go('result', { paid });
      void look();
    } else timer = setTimeout(ask, hearing ? HEARING_MS : DEAF_MS);
  };
  const stop = listen({
    session: () => asAccount(async () => session()), events: ['sale', 'refund'], hear: () => void ask(),
    line: (connected) => {
      hearing = connected;
      if (!connected && navigator.onLine) void look();        // a key that has ended hears nothing: the look says why
    },
  });
  timer = setTimeout(ask, DEAF_MS);
  return () => {
    over = true;
    clearTimeout(timer);
    stop();
  };
}

/** The shown code that was taken; those that ended are not asked after again. @param {Payment[]} shown */
async function taken(shown) {
  for (const code of [...shown]) {
    try {
      const paid = await outcome(code);
      if (paid) return paid;
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      shown.splice(shown.indexOf(code), 1);
    }
  }
  return null;
}

/** Without an answer, or with one that proves nothing, it is asked again. @param {any} error @returns {null} */
function unknown(error) {
  if (error instanceof NoAnswer || error instanceof Unproven) return null;
  throw error;
}

/** @param {{amountWon: number, onChoose: (amountWon: number) => void}} props */
function Exact({ amountWon, onChoose }) {
  const [open, setOpen] = useState(false);
  const [wrong, setWrong] = useState(false);
  if (amountWon) {
    return html`<button type="button" class="button quiet wide" onClick=${() => onChoose(0)}>${t('wallet.code.any')}</button>`;
  }
  if (!open) {
    return html`<button type="button" class="button quiet wide" onClick=${() => setOpen(true)}>${t('wallet.code.choose')}</button>`;
  }
  const choose = (/** @type {Event & {target: any}} */ event) => {
    event.preventDefault();
    const typed = event.target.elements.amount.value.replace(/[,\s원]/g, '');
    const good = /^[1-9][0-9]{0,11}$/.test(typed);
    setWrong(!good);
    if (good) onChoose(Number(typed));
  };
  return html`
    <form class="card" onSubmit=${choose}>
      <div class="field">
        <label for="amount">${t('wallet.code.amount')}</label>
        <input id="amount" name="amount" class="number" inputmode="numeric" autocomplete="off" maxlength="15"
          aria-invalid=${String(wrong)} aria-describedby=${wrong ? 'amount-wrong' : null} />
        ${wrong && html`<p class="wrong" id="amount-wrong" role="alert">${t('wallet.code.amount_wrong')}</p>`}
      </div>
      <button type="submit" class="button wide">${t('wallet.code.make')}</button>
    </form>
  `;
}
