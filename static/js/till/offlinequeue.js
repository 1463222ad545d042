// The list of what was taken without a network and waits: each row with its amount and why, and a file for the city.

import { html, useEffect, useState } from '../lib/dom.js';
import { moment, t, won } from '../lib/words.js';
import { Button } from '../lib/ui.js';
import { lost } from './journal.js';
import { deposits } from './offline.js';
import { settleAll, waits, whyOf } from './offlinesync.js';
import { ourTill } from './signing.js';
import { useTill } from './state.js';

/** @typedef {import('./journal.js').Sent} Sent */

const REVOKED = 'TILL_REVOKED';

export function Queue() {
  const { offline, line, trouble } = useTill();
  const [rows, show] = useState(/** @type {Sent[]} */ ([]));
  const [busy, work] = useState(false);
  useEffect(() => void deposits().then(show), [offline?.count, offline?.sum_won]);
  const now = async () => {
    work(true);
    await settleAll().catch(() => false);                   // the strip says what the line is doing
    await deposits().then(show);
    work(false);
  };
  return html`
    <h3>${t('till.offline.title')}</h3>
    <p>${t(rows.length ? 'till.offline.waiting' : 'till.offline.nothing', { count: rows.length, sum_won: rows.reduce((sum, row) => sum + row.amount_won, 0) })}</p>
    ${rows.length > 0 && html`
      <ul class="queue">${rows.map((row) => html`
        <li key=${row.id}><span>${moment(row.taken_at_s ?? row.signed_at_s)}</span> <strong>${won(row.amount_won)}</strong>
          <span>${waits.has(row.id) ? whyOf(waits.get(row.id) ?? '') : t('till.offline.unsent')}</span></li>`)}</ul>
      ${trouble?.word !== REVOKED && html`<div class="row">
        <${Button} disabled=${!line || busy} onClick=${() => void now()}>${t(busy ? 'till.offline.sending' : 'till.offline.send')}<//>
        <${Button} kind="quiet" onClick=${() => save(rows)}>${t('till.offline.save')}<//>
      </div>`}`}
    <${Lost} />`;
}

/** What a revoked till took and can't settle: saved, another till of the shop settles it in this one's place. */
export function Lost() {
  const [rows, show] = useState(/** @type {Sent[]} */ ([]));
  const { offline, trouble } = useTill();
  useEffect(() => void unsettled(trouble?.word === REVOKED).then(show), [offline?.count, trouble?.word]);
  if (!rows.length) return null;
  return html`
    <p class="lost">${t('till.brought.lost', { count: rows.length, sum_won: rows.reduce((sum, row) => sum + row.amount_won, 0) })}</p>
    <div class="row"><${Button} onClick=${() => save(rows)}>${t('till.brought.save')}<//></div>`;
}

/** @param {boolean} revoked then also what waits for the city's signed no */
async function unsettled(revoked) {
  return [...await lost(), ...revoked ? await deposits() : []];
}

/** The queue as POST /api/sales takes it: whoever has the file can bring it to the city. @param {Sent[]} rows */
function save(rows) {
  const { till, shop, chain_id } = ourTill();
  const sales = rows.map(({ id, message, payer, certificate, amount_won, taken_at_s, expires_at_s }) => ({
    payer, payee: message, certificate, id, amount_won, taken_at_s, expires_at_s,
  }));
  const file = new Blob([JSON.stringify({ till, shop, chain_id, sales }, null, 1)], { type: 'application/json' });
  const link = document.createElement('a');
  link.href = URL.createObjectURL(file);
  link.download = `hagc-till-${till}-${moment(Date.now() / 1000).replace(/\D+/g, '-')}.json`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
