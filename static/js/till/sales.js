// The day's sales: found by number, amount or who took it. A cashier sees today's and no sums. While the server doesn't
// answer, what stands in this till's own record.

import { html, useEffect, useMemo, useState } from '../lib/dom.js';
import { t, won } from '../lib/words.js';
import { Button, Refusal } from '../lib/ui.js';
import { NOTHING, reader } from './daylist.js';
import { One, canVoid, when } from './giveback.js';
import { clock } from './outcomes.js';
import { isToday } from './ownday.js';
import { inOurWords } from './selling.js';
import { isOwner, nameOf } from './staff.js';
import { change, useTill } from './state.js';

/** @typedef {import('./day.js').Line} Line */
/** @typedef {import('./ownday.js').OwnDay} OwnDay */

const RETURN = 2;               // of the till's rights
const PAGES = 10;               // of 200 that a search looks through
const AGAIN_MS = 5000;          // while only the list isn't answered, and the line stands
const BACK = ['refund', 'void'];

export function Sales() {
  const { till, chosen, questions, line: connected, offline } = useTill();
  const [{ lines, more, own, problem }, show] = useState(NOTHING);
  const [wanted, search] = useState(chosen ? String(chosen) : '');
  const reading = useMemo(() => reader(show), []);
  const said = useMemo(() => problem && inOurWords(problem), [problem]);     // once: it takes the focus each time it is new
  const owner = isOwner();
  const may = !own && Boolean((till?.rights ?? 0) & RETURN);
  const opened = !own && chosen && lines?.find((each) => each.entry === chosen);
  // A sale that is opened stays as it is, whatever the line does: somebody types a PIN there, or waits for what became of it.
  useEffect(() => (opened ? reading.stop() : void reading.read()), [questions, connected, offline?.count, Boolean(opened)]);
  useEffect(() => {
    if (!own || !connected) return;
    const timer = setTimeout(() => void reading.read(), AGAIN_MS);
    return () => clearTimeout(timer);
  }, [own, connected]);
  useEffect(() => () => change({ chosen: null }), []);
  if (opened) return html`<${One} line=${opened} may=${may} done=${() => change({ chosen: null })} />`;
  const all = own?.sales ?? lines;
  const seen = (all ?? []).filter((each) => owner || isToday(each.at_s));
  const goesOn = !own && more && (owner || seen.length === all?.length);
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
      ${said && html`<${Refusal} error=${said}><${Button} onClick=${() => void reading.read()}>${t('common.again')}<//><//>`}
      ${!all && !said && html`<p>${t('common.loading')}</p>`}
      ${all && html`<${Table} lines=${seen.filter((each) => fits(each, wanted))} may=${may} />`}
      ${all && goesOn && wanted.trim() && html`<${Button} kind="quiet wide" onClick=${() => void lookOn(all, reading.readOn)}>${t('till.search_on')}<//>`}
      ${all && goesOn && !wanted.trim() && html`<${Button} kind="quiet wide" onClick=${() => void reading.readOn(all.at(-1)?.entry ?? 0)}>${t('till.older')}<//>`}
    </section>`;
}

/** @param {{own: OwnDay | null}} props */
function Sum({ own }) {
  const { day } = useTill();
  return html`
    <p>${t(own ? 'till.own.today' : 'till.today')} <strong>${won(own?.won ?? day?.won ?? 0)}</strong></p>
    <p>${t('till.sales_count', { count: own?.count ?? day?.sales ?? 0 })}</p>`;
}

/** The rest of today, page by page. @param {Line[]} lines @param {ReturnType<typeof reader>['readOn']} readOn */
async function lookOn(lines, readOn) {
  let last = lines.at(-1);
  for (let page = 0; page < PAGES && last; page += 1) {
    const found = await readOn(last.entry);
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
