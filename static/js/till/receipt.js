// A receipt for the customer: on the screen, and on paper by the browser's print. It names shop, till and payment, never
// who paid. Its code opens what the city's ledger says of it (/R/digits), so that anybody can check the paper.

import { NoAnswer, Refused, get } from '../lib/api.js';
import { fromBase64url } from '../lib/bytes.js';
import { html, useEffect, useRef, useState } from '../lib/dom.js';
import { page } from '../lib/page.js';
import { svgElement, toDigits } from '../lib/qr.js';
import { inWords } from '../lib/won.js';
import { language, moment, t, won } from '../lib/words.js';
import { Button, Refusal } from '../lib/ui.js';
import { settledBy } from './journal.js';
import { lineOf } from './ownday.js';
import { printSlip } from './paper.js';
import { inOurWords } from './selling.js';
import { asTill, ourTill } from './signing.js';
import { goodsOf } from './sold.js';
import { change, state, useTill } from './state.js';

/**
 * @typedef {object} Slip
 * @property {number} entry @property {'sale' | 'refund' | 'void'} kind @property {number} amount_won @property {number} at_s
 * @property {number | null} of @property {string} reference @property {number} cashier @property {string} receipt base64url
 * @property {import('./cart.js').Cart | null} [goods] what it was of
 */

/** What this page has printed once: the second paper is a copy. @type {Set<number>} */
const printed = new Set();

export function Receipt() {
  const { slip: wanted } = useTill();
  const [slip, show] = useState(/** @type {Slip | null} */ (null));
  const [problem, say] = useState(/** @type {any} */ (null));
  const [copy, mark] = useState(Boolean(wanted && (wanted.again || printed.has(wanted.entry) || state.printer?.each)));
  const [busy, work] = useState(false);
  const [said, tellPrinted] = useState('');
  const read = async () => {
    say(null);
    try {
      const found = wanted && await fetched(wanted);
      if (!found) return;
      show(found);
      const goods = found.goods || found.kind !== 'sale' ? null : await goodsOf(found.entry, found.amount_won, wanted.id);
      if (goods) show({ ...found, goods });
    } catch (error) {
      if (!(error instanceof Refused || error instanceof NoAnswer)) throw error;
      say(inOurWords(error));
    }
  };
  useEffect(() => void read(), []);
  const print = async () => {
    if (!slip || busy) return;
    work(true);
    say(null);
    tellPrinted('');
    try {
      await printSlip(slip.entry, copy, slip.goods);
      printed.add(slip.entry);
      mark(true);
      tellPrinted(state.printer ? t('till.pc.printed') : '');
    } catch (error) {
      if (!(error instanceof Refused || error instanceof NoAnswer)) throw error;
      say(inOurWords(error));
    }
    work(false);
  };
  return html`
    <section class="papers">
      <h2 class="unseen unprinted">${t('paper.receipt')}</h2>
      <div class="row unprinted">
        ${slip && html`<${Button} disabled=${busy} onClick=${() => void print()}>${t('paper.print')}<//>`}
        <${Button} kind="quiet" onClick=${() => change({ screen: wanted?.again ? 'sales' : 'keypad', slip: null })}>${t('common.back')}<//>
      </div>
      <p class="row unprinted" role="status">${said}</p>
      ${problem && html`<${Refusal} error=${problem}>${!slip && html`<${Button} onClick=${() => void read()}>${t('common.again')}<//>`}<//>`}
      ${!slip && !problem && html`<p>${t('common.loading')}</p>`}
      ${slip && html`<${Paper} slip=${slip} copy=${copy} />`}
    </section>`;
}

/** @param {{slip: Slip, copy: boolean}} props */
function Paper({ slip, copy }) {
  const place = useRef(/** @type {HTMLElement | null} */ (null));
  const text = `HTTPS://${page.host.toUpperCase()}/R/${toDigits(fromBase64url(slip.receipt))}`;
  useEffect(() => place.current?.replaceChildren(svgElement(text, t('paper.verify_label'))), [text]);
  const facts = [
    ['till', ourTill().till], ['at', moment(slip.at_s)], ['entry', slip.entry], ['of', slip.of], ['reference', slip.reference],
    ['cashier', slip.cashier],
  ].filter(([, value]) => value);
  return html`
    <article class="slip" aria-label=${t('paper.receipt')}>
      <h3>${t('paper.receipt')}</h3>
      ${copy && html`<p class="copy">${t('paper.copy')}</p>`}
      <p class="shop">${ourTill().shop_name}</p>
      <dl>${facts.map(([name, value]) => html`<div key=${name}><dt>${t(`paper.${name}`)}</dt><dd>${value}</dd></div>`)}</dl>
      ${slip.goods && html`<${Sold} goods=${slip.goods} />`}
      <p>${t(`paper.was_${slip.kind}`)}</p>
      <p class="sum"><strong>${won(slip.amount_won)}</strong><span>${inWords(slip.amount_won, language)}</span></p>
      <div class="code" ref=${place}></div>
      <p class="small">${t('paper.verify')}</p>
      <a class="text unprinted" href=${text} target="_blank" rel="noopener">${text}</a>
    </article>`;
}

/** The sum of these lines is the server's, and stands beneath. @param {{goods: import('./cart.js').Cart}} props */
function Sold({ goods }) {
  const rows = goods.lines.map(({ name, price_won, count }) => [`${name} × ${count}`, won(price_won * count)]);
  if (goods.discount_won) rows.push([t('paper.discount'), `−${won(goods.discount_won)}`]);
  if (goods.tip_won) rows.push([t('paper.tip'), won(goods.tip_won)]);
  return html`<dl class="sold" aria-label=${t('paper.goods')}>${rows.map(([name, sum], at) => html`<div key=${at}><dt>${name}</dt><dd>${sum}</dd></div>`)}</dl>`;
}

/** By the ledger; of what was just paid without a line, by this till's own journal. @param {{entry: number, id?: string}} wanted @returns {Promise<Slip>} */
async function fetched({ entry, id }) {
  try {
    return await asTill((session) => get(`/api/till/receipts/${entry}`, { session }));
  } catch (error) {
    const own = id && error instanceof NoAnswer ? await settledBy(id) : null;
    if (!own) throw error;
    return { ...lineOf(own.sent, own), receipt: own.receipt };
  }
}
