// Closing the till: what was taken and given back, added up by the server from the ledger, as one writes it on a slip
// of paper; recorded, printed, or saved as PDF and table.

import { NoAnswer, Refused, get, post } from '../lib/api.js';
import { nowS } from '../lib/clock.js';
import { html, useEffect, useRef, useState } from '../lib/dom.js';
import { page } from '../lib/page.js';
import { language, moment, t, won } from '../lib/words.js';
import { Button, Refusal } from '../lib/ui.js';
import { Gate } from './gate.js';
import { asOwner } from './owner.js';
import { printClosing } from './paper.js';
import { inOurWords } from './selling.js';
import { asTill, ourTill, unlock } from './signing.js';
import { nameOf } from './staff.js';
import { state } from './state.js';

/** @typedef {{sales: number, sales_won: number, refunds: number, refunds_won: number, voids: number, voids_won: number, net_won: number}} Sums */
/** @typedef {import('./signing.js').OwnersKey} OwnersKey */
/** @typedef {(ways: import('../lib/api.js').Ways) => Promise<any>} Asking */
/** @typedef {(ask: Asking) => Promise<any>} Proven asks as this till or as its owner, whoever must */
/** @typedef {{number: number, first: number, last: number, at_s: number, by_till: number, by_cashier: number}} Recorded */
/**
 * @typedef {object} Closing
 * @property {'till' | 'shop'} scope @property {string} shop_name @property {number | null} till
 * @property {number} first @property {number} last @property {number} from_s @property {number} until_s
 * @property {Sums} total @property {(Sums & {cashier: number})[]} cashiers @property {(Sums & {till: number})[]} tills
 * @property {(Sums & {day: string})[]} days @property {string | null} month @property {boolean} final
 * @property {Recorded | null} recorded
 */

const RETURN = 2;               // of the till's rights: who may give back may see the whole shop
const PERIODS = ['since', 'today', 'this_month', 'month_before'];
const FILE_MS = 60_000;
const OWNER_MS = 5 * 60_000;

export function Close() {
  const [key, hold] = useState(/** @type {OwnersKey | null} */ (null));     // while this screen is open
  const [scope, look] = useState('till');
  const [period, choose] = useState('since');         // or a recorded closing's number
  const [found, show] = useState(/** @type {Closing | null} */ (null));
  const [problem, say] = useState(/** @type {any} */ (null));
  const asked = useRef(0);
  const address = `/api/close?scope=${scope}${query(period)}`;
  const owners = scope === 'shop' || period.includes('month');
  const shut = owners && !key;
  const proven = (/** @type {Asking} */ ask) => (owners && key ? ask({ prove: asOwner(key) }) : asTill((session) => ask({ session })));
  const read = () => safely(async () => {
    const turn = asked.current += 1;                  // a slow answer to an earlier question is not shown
    show(null);
    if (shut) return;
    const answer = await proven((ways) => get(address, ways));
    if (turn === asked.current) show(answer);
  }, say);
  useEffect(() => void read(), [address, shut]);
  useEffect(() => {
    const timer = key ? setTimeout(() => hold(null), OWNER_MS) : 0;       // an owner who went away
    return () => clearTimeout(timer);
  }, [key]);
  return html`
    <section class="papers closing">
      <h2 class="unprinted">${t('paper.close')}</h2>
      <${Choices} scope=${scope} look=${look} period=${period} choose=${choose} />
      ${problem && html`<${Refusal} error=${problem}>${!shut && html`<${Button} onClick=${() => void read()}>${t('common.again')}<//>`}<//>`}
      ${shut ? html`<${Owners} hold=${hold} say=${say} />` : !found && !problem && html`<p>${t('common.loading')}</p>`}
      ${found && html`<${Sheet} found=${found} />
        <${Ways} found=${found} address=${address} done=${show} open=${period === 'since'} proven=${proven} />`}
      ${!shut && html`<${Earlier} scope=${scope} chosen=${period} choose=${choose} made=${found?.recorded?.number} proven=${proven} />`}
    </section>`;
}

/** The whole shop's and a month's are the owner's to see. @param {{hold: (key: OwnersKey) => void, say: (problem: any) => void}} props */
function Owners({ hold, say }) {
  const [busy, work] = useState(false);
  const come = (/** @type {string} */ pin) => {
    work(true);
    return safely(async () => hold(await unlock(pin)), say).finally(() => work(false));
  };
  return html`<div class="unprinted"><${Gate} lead=${t('till.owner_gate')} open=${t('till.owner_open')} busy=${busy} come=${come} /></div>`;
}

/** @param {string} period */
function query(period) {
  const [year, month, day] = new Intl.DateTimeFormat('en-CA', { timeZone: page.zone }).format(nowS() * 1000).split('-').map(Number);
  const two = (/** @type {number} */ number) => String(number).padStart(2, '0');
  if (period === 'since') return '';
  if (period === 'today') return `&day=${year}-${two(month)}-${two(day)}`;
  if (period === 'this_month') return `&month=${year}-${two(month)}`;
  if (period === 'month_before') return month === 1 ? `&month=${year - 1}-12` : `&month=${year}-${two(month - 1)}`;
  return `&closing=${period}`;
}

/** Shows what was refused instead of what was asked. @param {() => Promise<void>} work @param {(problem: any) => void} say */
async function safely(work, say) {
  say(null);
  try {
    await work();
  } catch (error) {
    if (!(error instanceof Refused || error instanceof NoAnswer)) throw error;
    say(inOurWords(error));
  }
}

/** @param {{scope: string, look: (scope: string) => void, period: string, choose: (period: string) => void}} props */
function Choices({ scope, look, period, choose }) {
  const scopes = (ourTill().rights & RETURN) ? ['till', 'shop'] : [];
  return html`
    <div class="choices unprinted">
      ${scopes.length > 0 && html`
        <div class="row" role="group" aria-label=${t('paper.whose')}>
          ${scopes.map((each) => html`<${Choice} key=${each} on=${scope === each} choose=${() => {
    look(each);
    if (!PERIODS.includes(period)) choose('since');
  }}>${t(each === 'shop' ? 'paper.whole_shop' : 'paper.this_till')}<//>`)}
        </div>`}
      <div class="row" role="group" aria-label=${t('paper.when')}>
        ${PERIODS.map((each) => html`<${Choice} key=${each} on=${period === each} choose=${() => choose(each)}>${t(`paper.${each}`)}<//>`)}
      </div>
    </div>`;
}

/** @param {{on: boolean, choose: () => void, children: any}} props */
function Choice({ on, choose, children }) {
  return html`<button type="button" class=${`button ${on ? '' : 'quiet'}`} aria-pressed=${on ? 'true' : 'false'} onClick=${choose}>${children}</button>`;
}

/** @param {{found: Closing}} props */
function Sheet({ found }) {
  const { total, recorded } = found;
  const until = found.month ? found.until_s - 1 : found.until_s;
  return html`
    <article class="sheet card">
      <h3>${t(found.month ? 'paper.statement' : 'paper.close')} · ${found.shop_name} · ${found.till ? t('paper.of_till', { till: found.till }) : t('paper.of_shop')}</h3>
      <p>${t('paper.span', { from_text: moment(found.from_s), until_text: moment(until) })}</p>
      <p class="small">${t('paper.entries', { first: String(found.first), last: String(found.last) })}
        ${recorded && html`<br />${t('paper.recorded', { number: recorded.number, till: recorded.by_till, who: nameOf(recorded.by_cashier) })}`}
        ${found.month && !found.final && html`<br />${t('paper.not_final')}`}</p>
      <dl class="addition">
        ${['sales', 'refunds', 'voids'].map((name) => html`<${Added} key=${name} name=${name} total=${/** @type {any} */ (total)} />`)}
        <div class="net"><dt>${t('paper.net')}</dt><dd>${won(total.net_won)}</dd></div>
      </dl>
      <${Parts} title="by_day" rows=${found.month ? found.days.map((part) => [part.day, part]) : []} />
      <${Parts} title="by_cashier" rows=${found.cashiers.map((part) => [nameOf(part.cashier), part])} />
      <${Parts} title="by_till" rows=${found.till ? [] : found.tills.map((part) => [t('paper.of_till', { till: part.till }), part])} />
    </article>`;
}

/** @param {{name: string, total: Record<string, number>}} props */
function Added({ name, total }) {
  const less = name !== 'sales' && total[name] > 0 ? '−' : '';
  return html`<div><dt>${t(`paper.${name}`)} <span>${t('paper.count', { count: total[name] })}</span></dt>
    <dd>${less}${won(total[`${name}_won`])}</dd></div>`;
}

/** @param {{title: string, rows: [string, Sums][]}} props */
function Parts({ title, rows }) {
  if (!rows.length) return null;
  return html`
    <table>
      <caption>${t(`paper.${title}`)}</caption>
      <thead><tr><th scope="col">${t('paper.part')}</th>
        ${['sales', 'refunds', 'voids', 'net'].map((name) => html`<th scope="col" class="won" key=${name}>${t(`paper.${name}`)}</th>`)}</tr></thead>
      <tbody>${rows.map(([name, part]) => html`
        <tr key=${name}><th scope="row">${name}</th><td class="won">${won(part.sales_won)}</td><td class="won">${minus(part.refunds_won)}</td>
          <td class="won">${minus(part.voids_won)}</td><td class="won">${won(part.net_won)}</td></tr>`)}</tbody>
    </table>`;
}

/** @param {number} amountWon */
function minus(amountWon) {
  return amountWon ? `−${won(amountWon)}` : won(0);
}

/** @param {{found: Closing, address: string, done: (found: Closing) => void, open: boolean, proven: Proven}} props */
function Ways({ found, address, done, open, proven }) {
  const [sure, ask] = useState(false);
  const [busy, work] = useState(false);
  const [said, tell] = useState('');
  const [problem, say] = useState(/** @type {any} */ (null));
  const run = async (/** @type {() => Promise<void>} */ what) => {
    work(true);
    tell('');
    await safely(what, say);
    work(false);
  };
  const record = () => run(async () => {
    const wish = { scope: found.scope, first: found.first, last: found.last, cashier: state.who?.number ?? 0 };
    const closed = await proven((ways) => post('/api/close', wish, { ...ways, again: true }));
    ask(false);
    tell(t('paper.closed_now', { number: closed.recorded.number }));
    done(closed);
  });
  const save = (/** @type {string} */ form) => run(async () => tell(t('paper.made', { name: await download(`${address}&as=${form}`, proven) })));
  const count = found.total.sales + found.total.refunds + found.total.voids;
  return html`
    <div class="ways unprinted">
      ${open && !found.recorded && (count ? !sure && html`<${Button} kind="wide" onClick=${() => ask(true)}>${t('paper.close_now')}<//>`
    : html`<p>${t('paper.nothing')}</p>`)}
      ${sure && html`
        <div class="card" role="alert">
          <p>${t('paper.close_ask')}</p>
          <div class="row">
            <${Button} disabled=${busy} onClick=${() => void record()}>${t('paper.close_yes')}<//>
            <${Button} kind="quiet" disabled=${busy} onClick=${() => ask(false)}>${t('common.cancel')}<//>
          </div>
        </div>`}
      <p role="status">${said}</p>
      ${problem && html`<${Refusal} error=${problem} />`}
      <div class="row">
        <${Button} kind="quiet" disabled=${busy} onClick=${() => void run(() => printClosing(found))}>${t('paper.print')}<//>
        <${Button} kind="quiet" disabled=${busy} onClick=${() => void save('pdf')}>${t('paper.save_pdf')}<//>
        <${Button} kind="quiet" disabled=${busy} onClick=${() => void save('csv')}>${t('paper.save_csv')}<//>
      </div>
    </div>`;
}

/**
 * Fetched with the asker's proof, which a link can't carry, then handed to the browser as a file; its name.
 * @param {string} address @param {Proven} proven
 */
async function download(address, proven) {
  const ask = () => proven((ways) => file(address, ways));
  const answer = await ask().catch((error) => {
    if (!(error instanceof Refused && error.word === 'BUSY')) throw error;
    return ask();                                           // one paper at a time is made: it was another's turn
  });
  const name = /filename="([\w.-]+)"/.exec(answer.headers.get('Content-Disposition') ?? '')?.[1] ?? 'hagc';
  const link = document.createElement('a');
  link.href = URL.createObjectURL(await answer.blob());
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), FILE_MS);
  return name;
}

/** @param {string} address @param {import('../lib/api.js').Ways} ways */
async function file(address, { session, prove }) {
  const headers = { 'Accept-Language': language, Authorization: await prove?.(`GET ${address}`, '') ?? `HAGC ${session}` };
  const answer = await fetch(address, { headers, signal: AbortSignal.timeout(FILE_MS), cache: 'no-store' }).catch(() => null);
  if (answer?.ok) return answer;
  const said = await answer?.json().catch(() => null);
  throw typeof said?.word === 'string' ? new Refused(said) : new NoAnswer();
}

/** @param {{scope: string, chosen: string, choose: (period: string) => void, made: number | undefined, proven: Proven}} props */
function Earlier({ scope, chosen, choose, made, proven }) {
  const [closings, show] = useState(/** @type {Recorded[] | null} */ (null));
  const [problem, say] = useState(/** @type {any} */ (null));
  useEffect(() => void safely(async () => {
    const { closings: found } = await proven((ways) => get(`/api/closings?scope=${scope}`, ways));
    show(found);
  }, say), [scope, made]);
  if (problem || !closings) return null;              // what is above has said that there is no line
  return html`
    <section class="earlier unprinted">
      <h3>${t('paper.earlier')}</h3>
      ${closings.length ? '' : html`<p>${t('paper.earlier_none')}</p>`}
      <ul>${closings.map((one) => html`
        <li key=${one.number}><span>${t('paper.earlier_line', { number: one.number, at: moment(one.at_s) })}</span>
          <button type="button" class=${`button ${chosen === String(one.number) ? '' : 'quiet'}`} onClick=${() => choose(String(one.number))}
            aria-label=${t('paper.open_label', { number: one.number })}>${t('paper.open_it')}</button></li>`)}</ul>
    </section>`;
}
