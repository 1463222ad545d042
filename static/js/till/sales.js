// The day's sales, and giving back: choose the sale, type the PIN.

import { NoAnswer, Refused } from '../lib/api.js';
import { html, useEffect, useRef, useState } from '../lib/dom.js';
import { nowS } from '../lib/clock.js';
import { language, moment, t, won } from '../lib/words.js';
import { inWords } from '../lib/won.js';
import { Button, Refusal } from '../lib/ui.js';
import { list } from './day.js';
import { clock } from './outcomes.js';
import { refund } from './refunds.js';
import { inOurWords } from './selling.js';
import { change, useTill } from './state.js';

/** @typedef {import('./day.js').Line} Line */

const RETURN = 2;               // of the till's rights

export function Sales() {
  const { day, till, chosen } = useTill();
  const [lines, show] = useState(/** @type {Line[] | null} */ (null));
  const [more, canMore] = useState(false);
  const [problem, say] = useState(/** @type {any} */ (null));
  const [wanted, search] = useState(chosen ? String(chosen) : '');
  const read = async (/** @type {number | undefined} */ before = undefined) => {
    say(null);
    try {
      const found = await list(before);
      show((old) => (before ? [...old ?? [], ...found.sales] : found.sales));
      canMore(found.more);
    } catch (error) {
      if (!(error instanceof Refused || error instanceof NoAnswer)) throw error;
      say(inOurWords(error));
    }
  };
  useEffect(() => void read(), []);
  useEffect(() => () => change({ chosen: null }), []);
  const line = chosen && lines?.find((each) => each.entry === chosen);
  if (line) return html`<${GiveBack} line=${line} done=${() => change({ chosen: null })} />`;
  const found = lines?.filter((each) => !wanted || String(each.entry).startsWith(wanted) || String(each.of ?? '').startsWith(wanted)) ?? [];
  return html`
    <section class="sales">
      <div class="totals">
        <p>${t('till.today')} <strong>${won(day?.won ?? 0)}</strong></p>
        <p>${t('till.sales_count', { count: day?.sales ?? 0 })}</p>
        <p class="grow"><label for="wanted" class="unseen">${t('till.search')}</label>
          <input id="wanted" inputmode="numeric" autocomplete="off" placeholder=${t('till.search')} value=${wanted}
            onInput=${(event) => search(event.target.value.replace(/\D/g, ''))} /></p>
      </div>
      ${problem && html`<${Refusal} error=${problem}><${Button} onClick=${() => void read()}>${t('common.again')}<//><//>`}
      ${!lines && !problem && html`<p>${t('common.loading')}</p>`}
      ${lines && html`<${Table} lines=${found} may=${Boolean((till?.rights ?? 0) & RETURN)} />`}
      ${lines && more && html`<${Button} kind="quiet wide" onClick=${() => void read(lines.at(-1)?.entry)}>${t('till.older')}<//>`}
    </section>`;
}

/** @param {{lines: Line[], may: boolean}} props */
function Table({ lines, may }) {
  if (!lines.length) return html`<p class="card">${t('till.none')}</p>`;
  return html`
    <table class="card">
      <caption class="unseen">${t('till.sales')}</caption>
      <thead><tr><th scope="col">${t('till.when')}</th><th scope="col">${t('till.number_column')}</th>
        <th scope="col" class="won">${t('till.amount')}</th><th scope="col">${t('till.state')}</th></tr></thead>
      <tbody>${lines.map((line) => html`<${Row} key=${line.entry} line=${line} may=${may} />`)}</tbody>
    </table>`;
}

/** @param {{line: Line, may: boolean}} props */
function Row({ line, may }) {
  const back = line.kind === 'refund';
  const left = line.amount_won - line.refunded_won;
  return html`
    <tr class=${back ? 'back' : ''}>
      <td>${when(line.at_s)}</td>
      <td>${line.entry}</td>
      <td class="won">${back ? '−' : ''}${won(line.amount_won)}</td>
      <td>
        ${back ? t('till.refund_of', { entry: line.of ?? 0 })
    : line.refunded_won ? t(left ? 'till.refunded_part' : 'till.refunded_all', { refunded_won: line.refunded_won }) : ''}
        ${!back && left > 0 && may && html`
          <button type="button" class="button quiet" onClick=${() => change({ chosen: line.entry })}
            aria-label=${t('till.refund_label', { entry: line.entry, amount_won: left })}>${t('till.refund')}</button>`}
      </td>
    </tr>`;
}

/** Today's by the hour, older ones with their day. @param {number} atS */
function when(atS) {
  const [today, day] = [moment(nowS(), false), moment(atS, false)];
  return day === today ? clock(atS) : moment(atS);
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
      if (!(error instanceof Refused || error instanceof NoAnswer)) throw error;
      say(error instanceof NoAnswer ? { title: t('till.unknown_title'), detail: t('till.unknown_refund'), next: t('till.unknown_next') } : inOurWords(error));
    }
    writePin('');
    under.current = false;
    work(false);
  };
  return html`
    <section class="giveback">
      <h2>${t('till.refund_title')}</h2>
      <p>${when(line.at_s)} · ${t('till.entry', { entry: line.entry })} · ${won(line.amount_won)}
        ${line.refunded_won > 0 && ` · ${t('till.refunded_part', { refunded_won: line.refunded_won })}`}</p>
      <form class="card" onSubmit=${(event) => void send(event)}>
        <div class="field">
          <label for="back">${t('till.refund_amount')}</label>
          <p class="hint" id="back-hint">${t('till.refund_most', { left_won: left })}</p>
          <input id="back" class="number" inputmode="numeric" autocomplete="off" value=${amount} aria-describedby="back-hint said-back"
            aria-invalid=${fits ? undefined : 'true'} onInput=${(event) => write(event.target.value.replace(/\D/g, ''))} />
          <p class=${fits ? 'hint' : 'wrong'} id="said-back">${fits ? inWords(amountWon, language) : t('till.refund_wrong', { left_won: left })}</p>
        </div>
        <div class="field">
          <label for="pin">${t('till.pin')}</label>
          <input id="pin" type="password" inputmode="numeric" maxlength="8" autocomplete="off" value=${pin}
            onInput=${(event) => writePin(event.target.value)} />
        </div>
        <div class="row">
          <button class="button danger" disabled=${busy || !fits || !pin}>${busy ? t('till.refunding') : t('till.refund_do', { amount_won: fits ? amountWon : left })}</button>
          <${Button} kind="quiet" disabled=${busy} onClick=${done}>${t('common.back')}<//>
        </div>
      </form>
      ${problem && html`<${Refusal} error=${problem} />`}
    </section>`;
}
