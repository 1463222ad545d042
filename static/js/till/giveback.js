// One sale opened: all of it taken back by its till within minutes, or a part given back with the owner's PIN.

import { NoAnswer, Refused } from '../lib/api.js';
import { html, useRef, useState } from '../lib/dom.js';
import { nowS } from '../lib/clock.js';
import { language, moment, t, won } from '../lib/words.js';
import { inWords } from '../lib/won.js';
import { Button, Refusal } from '../lib/ui.js';
import { clock } from './outcomes.js';
import { refund, takeBack } from './refunds.js';
import { inOurWords } from './selling.js';
import { mayVoid, nameOf, present } from './staff.js';

/** @typedef {import('./day.js').Line} Line */

const VOID_S = 590;             // of the ten minutes that the ledger allows: ten seconds for the way

/** Today's by the hour, older ones with their day. @param {number} atS */
export function when(atS) {
  return moment(nowS(), false) === moment(atS, false) ? clock(atS) : moment(atS);
}

/** Minutes after it was taken, whole, by who may. @param {Line} line */
export function canVoid(line) {
  return mayVoid() && line.kind === 'sale' && !line.refunded_won && nowS() - line.at_s < VOID_S;
}

/** One sale, and what can be done about it. @param {{line: Line, may: boolean, done: () => void}} props */
export function One({ line, may, done }) {
  return html`
    <section class="giveback">
      <h2>${t('till.refund_title')}</h2>
      <p>${when(line.at_s)} · ${t('till.entry', { entry: line.entry })} · ${won(line.amount_won)}
        ${present().length > 0 && ` · ${nameOf(line.cashier)}`}
        ${line.refunded_won > 0 && ` · ${t('till.refunded_part', { refunded_won: line.refunded_won })}`}</p>
      ${may && canVoid(line) && html`<${Void} line=${line} />`}
      ${may && html`<${GiveBack} line=${line} done=${done} />`}
    </section>`;
}

/** The same no as elsewhere; nobody knows where no answer came. @param {any} error */
function noteOf(error) {
  if (!(error instanceof Refused || error instanceof NoAnswer)) throw error;
  if (error instanceof NoAnswer) return { title: t('till.unknown_title'), detail: t('till.unknown_refund'), next: t('till.unknown_next') };
  return inOurWords(error);
}

/** Taken by mistake a moment ago: all of it goes back, without the owner. @param {{line: Line}} props */
function Void({ line }) {
  const [problem, say] = useState(/** @type {any} */ (null));
  const [busy, work] = useState(false);
  const under = useRef(false);
  const send = () => {
    if (under.current) return;
    under.current = true;
    work(true);
    say(null);
    takeBack(line).catch((error) => say(noteOf(error))).finally(() => {
      under.current = false;
      work(false);
    });
  };
  return html`
    <div class="card">
      <h3>${t('till.void_title')}</h3>
      <p>${t('till.void_lead')}</p>
      <${Button} kind="wide" disabled=${busy} onClick=${send}>${t(busy ? 'till.voiding' : 'till.void_do', { amount_won: line.amount_won })}<//>
      ${problem && html`<${Refusal} error=${problem} />`}
    </div>`;
}

/** @param {{line: Line, done: () => void}} props */
function GiveBack({ line, done }) {
  const left = line.amount_won - line.refunded_won;
  const [amount, write] = useState(String(left));
  const [pin, writePin] = useState('');
  const [problem, say] = useState(/** @type {any} */ (null));
  const [busy, work] = useState(false);
  const under = useRef(false);                              // at once: a second tap may come before the next drawing
  const amountWon = Number(amount);
  const fits = amountWon >= 1 && amountWon <= left;
  const send = async (/** @type {Event} */ event) => {
    event.preventDefault();
    if (!fits || !pin || under.current) return;
    under.current = true;
    work(true);
    say(null);
    try {
      await refund(line.entry, amountWon, pin);
    } catch (error) {
      say(noteOf(error));
    }
    writePin('');
    under.current = false;
    work(false);
  };
  return html`
    <form class="card" onSubmit=${(event) => void send(event)}>
      <h3>${t('till.refund_part')}</h3>
      <div class="field">
        <label for="back">${t('till.refund_amount')}</label>
        <p class="hint" id="back-hint">${t('till.refund_most', { left_won: left })}</p>
        <input id="back" class="number" inputmode="numeric" autocomplete="off" value=${amount} aria-describedby="back-hint said-back"
          aria-invalid=${fits ? undefined : 'true'} onInput=${(event) => write(event.target.value.replace(/\D/g, ''))} />
        <p class=${fits ? 'hint' : 'wrong'} id="said-back">${fits ? inWords(amountWon, language) : t('till.refund_wrong', { left_won: left })}</p>
      </div>
      <div class="field">
        <label for="pin">${t('till.pin')}</label>
        <input id="pin" type="password" inputmode="numeric" maxlength="12" autocomplete="off" value=${pin}
          onInput=${(event) => writePin(event.target.value)} />
      </div>
      <div class="row">
        <button class="button danger" disabled=${busy || !fits || !pin}>${busy ? t('till.refunding') : t('till.refund_do', { amount_won: fits ? amountWon : left })}</button>
        <${Button} kind="quiet" disabled=${busy} onClick=${done}>${t('common.back')}<//>
      </div>
    </form>
    ${problem && html`<${Refusal} error=${problem} />`}`;
}
