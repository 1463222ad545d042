// The sale on the screen: the request as a QR for who scans, and camera, scanner and a field for who shows a code.

import { html, useEffect, useRef, useState } from '../lib/dom.js';
import { fromBase64url } from '../lib/bytes.js';
import { svgElement, toText } from '../lib/qr.js';
import { t } from '../lib/words.js';
import { Button } from '../lib/ui.js';
import { useCamera } from './camera.js';
import { Figures } from './figures.js';
import { keep } from './journal.js';
import { OfflineWay } from './offlineview.js';
import { again, leave, renew, scanned } from './selling.js';
import { ourTill } from './signing.js';
import { change, useTill } from './state.js';

/** What helps after a no: another amount, or other money. */
const OTHER_AMOUNT = ['NOT_ENOUGH', 'AMOUNT_DIFFERS'];
const OTHER_MONEY = ['WRONG_CATEGORY', 'COINS_EXPIRED', 'ACCOUNT_FROZEN'];

export function Waiting() {
  const { sale, line, camera, gone } = useTill();
  useEffect(() => {
    const timer = setInterval(() => void renew(), 1000);
    return () => clearInterval(timer);
  }, []);
  if (!sale) return null;
  const takes = !sale.slow;
  if (sale.phase === 'refused' && sale.problem) return html`<${NotPaid} problem=${sale.problem} amount=${sale.amount_won} />`;
  return html`
    <section class="waiting">
      <div class="sum">
        <h2 class="unseen">${t('till.waiting')}</h2>
        <${Figures} won=${sale.amount_won} />
        ${sale.checkout && html`<p class="asked-by">${t('till.checkout_from', { reference: sale.checkout.reference_id })}</p>`}
      </div>
      <div class="show">
        ${sale.phase === 'checking' ? html`<${Checking} slow=${sale.slow} />`
    : sale.asks.length > 0 && html`<${Code} text=${toText(fromBase64url(sale.asks[0].message), ourTill().host)} />`}
      </div>
      <div class="side">
        ${takes && (gone ? html`<p class="how">${t('till.pc.unseen')}</p>` : line ? html`<p class="how">${t('till.how')}</p>` : html`<${NoLine} />`)}
        ${takes && html`<${Camera} />`}
        <div class="row">
          ${takes && camera !== 'off' && html`<${Button} kind="quiet grow" onClick=${() => turn(camera === 'user' ? 'environment' : 'user')}>${t('till.camera_turn')}<//>`}
          ${sale.phase === 'waiting' && html`<${Button} kind="quiet grow" onClick=${() => leave(sale.checkout ? 0 : sale.amount_won)}>${t(sale.checkout ? 'till.checkout_cancel' : 'till.change')}<//>`}
        </div>
        ${takes && html`<${Paste} />`}
      </div>
    </section>`;
}

/** @param {{text: string}} props */
function Code({ text }) {
  const place = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => place.current?.replaceChildren(svgElement(text, t('till.code_label'))), [text]);
  return html`<div class="qr" ref=${place}></div><a class="text" href=${text} target="_blank" rel="noopener">${text}</a>`;
}

/** @param {{slow: boolean}} props */
function Checking({ slow }) {
  return html`
    <div class="panel" role="status">
      <p class="big">${t('till.checking')}</p>
      ${slow && html`<p>${t('till.slow')}</p><${Button} onClick=${() => leave()}>${t('till.next_customer')}<//>`}
    </div>`;
}

/** What works now: the customer's phone has a line of its own, and its receipt is proof enough. */
function NoLine() {
  return html`
    <div class="no-line" role="status">
      <h3>${t('till.no_line_title')}</h3>
      <ol>${[1, 2, 3].map((step) => html`<li key=${step}>${t(`till.no_line_${step}`)}</li>`)}</ol>
      <${OfflineWay} />
    </div>`;
}

/** @param {{problem: import('./state.js').Problem, amount: number}} props */
function NotPaid({ problem, amount }) {
  const title = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => title.current?.focus(), []);
  /** @type {[string, () => void][]} the likeliest first */
  const ways = [['again', again], ['change', () => leave(amount)], ['next_customer', () => leave()]];
  if (OTHER_AMOUNT.includes(problem.word ?? '')) ways.unshift(...ways.splice(1, 1));
  if (OTHER_MONEY.includes(problem.word ?? '')) ways.unshift(...ways.splice(2, 1));
  return html`
    <section class="no" role="alert">
      <p class="mark" aria-hidden="true">✕</p>
      <p class="not">${t('till.not_paid', { amount_won: amount })}</p>
      <h2 tabindex="-1" ref=${title}>${problem.title}</h2>
      <p>${problem.detail}</p>
      <p class="next">${problem.next}</p>
      <div class="row">${ways.map(([name, go], at) => html`
        <${Button} key=${name} kind=${at ? 'quiet' : ''} onClick=${go}>${t(`till.${name}`)}<//>`)}</div>
    </section>`;
}

/** A text in place of a picture: from a chat, or typed by hand. */
function Paste() {
  const [text, write] = useState('');
  const send = (/** @type {Event} */ event) => {
    event.preventDefault();
    if (text.trim()) void scanned(text.trim());
  };
  return html`
    <details class="paste">
      <summary>${t('till.paste')}</summary>
      <form class="row" onSubmit=${send}>
        <label class="unseen" for="pasted">${t('till.paste_label')}</label>
        <input id="pasted" class="grow" autocomplete="off" value=${text} onInput=${(event) => write(event.target.value)} />
        <button class="button">${t('till.paste_go')}</button>
      </form>
    </details>`;
}

/** The camera, mirrored when it looks at the customer, so that a phone is easy to aim. */
function Camera() {
  const { camera } = useTill();
  const { video, trouble } = useCamera(camera, seen);
  if (camera === 'off' || trouble) {
    return html`
      <p class="small">${t(`till.camera_${camera === 'off' ? 'off' : trouble}`)}</p>
      ${camera === 'off' && html`<${Button} kind="quiet" onClick=${() => turn('user')}>${t('till.camera_on')}<//>`}`;
  }
  return html`
    <div class=${`camera ${camera}`}><video ref=${video} aria-label=${t('till.camera_label')}></video></div>`;
}

/** @param {string} text */
function seen(text) {
  if (/\/[PC]#\d+\s*$/i.test(text)) void scanned(text);        // a poster behind the customer is none of our business
}

/** @param {'user' | 'environment' | 'off'} camera */
export function turn(camera) {
  change({ camera });
  void keep('camera', camera);
}
