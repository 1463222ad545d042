// The day's sales: found by number, amount or who took it. A cashier sees today's and no sums. While the server doesn't
// answer, what stands in this till's own record.

import { NoAnswer, Refused } from '../lib/api.js';
import { html, useEffect, useState } from '../lib/dom.js';
import { t, won } from '../lib/words.js';
import { Button, Refusal } from '../lib/ui.js';
import { list } from './day.js';
import { One, canVoid, when } from './giveback.js';
import { clock } from './outcomes.js';
import { isToday, ownDay } from './ownday.js';
import { inOurWords } from './selling.js';
import { isOwner, nameOf } from './staff.js';
import { change, useTill } from './state.js';

/** @typedef {import('./day.js').Line} Line */
/** @typedef {import('./ownday.js').OwnDay} OwnDay */

const RETURN = 2;               // of the till's rights
const PAGES = 10;               // of 200 that a search looks through
const BACK = ['refund', 'void'];

export function Sales() {
  const { till, chosen, questions, line: connected, offline } = useTill();
  const [lines, show] = useState(/** @type {Line[] | null} */ (null));
  const [own, showOwn] = useState(/** @type {OwnDay | null} */ (null));
  const [more, canMore] = useState(false);
  const [problem, say] = useState(/** @type {any} */ (null));
  const [wanted, search] = useState(chosen ? String(chosen) : '');
  const owner = isOwner();
  const read = async (/** @type {number | undefined} */ before = undefined) => {
    say(null);
    try {
      const found = await list(before);
      showOwn(null);
      show((old) => (before ? [...old ?? [], ...found.sales] : found.sales));
      canMore(found.more);
      return found;
    } catch (error) {
      if (!(error instanceof Refused || error instanceof NoAnswer)) throw error;
      const kept = error instanceof NoAnswer && !before ? await ownDay() : null;
      showOwn(kept);
      if (kept) {
        show(kept.sales);
        canMore(false);
      } else say(inOurWords(error));
    }
  };
  useEffect(() => void read(), [questions, connected, offline?.count]);
  useEffect(() => () => change({ chosen: null }), []);
  const may = !own && Boolean((till?.rights ?? 0) & RETURN);
  const line = !own && chosen && lines?.find((each) => each.entry === chosen);
  if (line) return html`<${One} line=${line} may=${may} done=${() => change({ chosen: null })} />`;
  const seen = (lines ?? []).filter((each) => owner || isToday(each.at_s));
  const goesOn = more && (owner || seen.length === lines?.length);
  return html`
    <section class="sales">
      <div class="totals">
        ${owner && html`<${Sum} own=${own} />`}
        <p class="grow"><label for="wanted" class="unseen">${t('till.search')}</label>
          <input id="wanted" type="search" autocomplete="off" maxlength="20" placeholder=${t('till.search')} value=${wanted}
            onInput=${(event) => search(event.target.value)} /></p>
        ${owner && !own && html`<${Button} kind="quiet" onClick=${() => change({ screen: 'close' })}>${t('paper.close')}<//>`}
      </div>
      ${own && html`<p class="own" role="status"><strong>${t('till.own.only', { at: clock(own.at_s) })}</strong></p>`}
      ${problem && html`<${Refusal} error=${problem}><${Button} onClick=${() => void read()}>${t('common.again')}<//><//>`}
      ${!lines && !problem && html`<p>${t('common.loading')}</p>`}
      ${lines && html`<${Table} lines=${seen.filter((each) => fits(each, wanted))} may=${may} />`}
      ${lines && goesOn && wanted.trim() && html`<${Button} kind="quiet wide" onClick=${() => void lookOn(lines, read)}>${t('till.search_on')}<//>`}
      ${lines && goesOn && !wanted.trim() && html`<${Button} kind="quiet wide" onClick=${() => void read(lines.at(-1)?.entry)}>${t('till.older')}<//>`}
    </section>`;
}

/** @param {{own: OwnDay | null}} props */
function Sum({ own }) {
  const { day } = useTill();
  return html`
    <p>${t(own ? 'till.own.today' : 'till.today')} <strong>${won(own?.won ?? day?.won ?? 0)}</strong></p>
    <p>${t('till.sales_count', { count: own?.count ?? day?.sales ?? 0 })}</p>`;
}

/** The rest of today, page by page. @param {Line[]} lines @param {(before?: number) => Promise<{sales: Line[], more: boolean} | undefined>} read */
async function lookOn(lines, read) {
  let last = lines.at(-1);
  for (let page = 0; page < PAGES && last; page += 1) {
    const found = await read(last.entry);
    last = found?.more ? found.sales.at(-1) : undefined;
    if (last && !isToday(last.at_s)) return;
  }
}

/** A number finds the sale of that number and those of exactly that amount; letters find who took it. @param {Line} line @param {string} wanted */
function fits(line, wanted) {
  const text = wanted.trim().toLowerCase();
  if (!text) return true;
  const digits = text.replace(/[,원\s]/g, '');
  if (!/^\d+$/.test(digits)) return nameOf(line.cashier).toLowerCase().includes(text);
  return String(line.entry).startsWith(digits) || String(line.of ?? '').startsWith(digits) || line.amount_won === Number(digits);
}

/** @param {{lines: Line[], may: boolean}} props */
function Table({ lines, may }) {
  const { staff } = useTill();
  if (!lines.length) return html`<p class="card">${t('till.none')}</p>`;
  return html`
    <table class="card">
      <caption class="unseen">${t('till.sales')}</caption>
      <thead><tr><th scope="col">${t('till.when')}</th><th scope="col">${t('till.number_column')}</th>
        ${staff?.cashiers.length ? html`<th scope="col">${t('till.cashier')}</th>` : ''}
        <th scope="col" class="won">${t('till.amount')}</th><th scope="col">${t('till.state')}</th></tr></thead>
      <tbody>${lines.map((line) => html`<${Row} key=${line.subject} line=${line} may=${may} named=${Boolean(staff?.cashiers.length)} />`)}</tbody>
    </table>`;
}

/** @param {{line: Line, may: boolean, named: boolean}} props */
function Row({ line, may, named }) {
  const back = BACK.includes(line.kind);
  const left = line.amount_won - line.refunded_won;
  return html`
    <tr class=${back ? 'back' : ''}>
      <td>${when(line.at_s)}</td>
      <td>${line.waits ? t(`till.own.${line.waits}`) : line.entry}</td>
      ${named && html`<td>${nameOf(line.cashier)}</td>`}
      <td class="won">${back ? '−' : ''}${won(line.amount_won)}</td>
      <td>
        ${back ? t(line.kind === 'void' ? 'till.void_of' : 'till.refund_of', { entry: line.of ?? 0 })
    : line.refunded_won ? t(left ? 'till.refunded_part' : 'till.refunded_all', { refunded_won: line.refunded_won }) : ''}
        ${!back && left > 0 && may && html`
          <button type="button" class="button quiet" onClick=${() => change({ chosen: line.entry })}
            aria-label=${t(canVoid(line) ? 'till.void_label' : 'till.refund_label', { entry: line.entry, amount_won: left })}>${t(canVoid(line) ? 'till.void_or' : 'till.refund')}</button>`}
        ${!line.waits && html`
          <button type="button" class="button quiet" onClick=${() => change({ screen: 'receipt', slip: { entry: line.entry, again: true, id: line.subject } })}
            aria-label=${t('paper.show_label', { entry: line.entry })}>${t('paper.show')}</button>`}
      </td>
    </tr>`;
}
