// This till's own record, for the shopkeeper: how many rows, whether they hang together, what waits for its end, and all of
// it as a file that anybody can check: each line holds the SHA-256 of the line before.

import { html, useEffect, useState } from '../lib/dom.js';
import { nowS } from '../lib/clock.js';
import { Button } from '../lib/ui.js';
import { moment, t, won } from '../lib/words.js';
import { all, open, unasked, unsigned } from './journal.js';
import { ourTill } from './signing.js';

/** @typedef {import('./journal.js').Sent} Sent */
/** @typedef {{count: number, broken: number, waiting: Sent[], unasked: Sent[]}} Found */

export function Record() {
  const [found, show] = useState(/** @type {Found | null} */ (null));
  useEffect(() => void look().then(show), []);
  if (!found) return html`<h3>${t('till.journal')}</h3><p>${t('common.loading')}</p>`;
  return html`
    <h3>${t('till.journal')}</h3>
    <p>${t('till.journal_rows', { count: found.count })} <strong class=${found.broken ? 'bad' : 'good'}>
      ${found.broken ? t('till.journal_broken', { number: found.broken }) : t('till.journal_good')}</strong></p>
    ${found.waiting.length + found.unasked.length === 0 && html`<p>${t('till.journal_none')}</p>`}
    <${List} title=${t('till.journal_open')} rows=${found.waiting} />
    <${List} title=${t('till.journal_unasked')} rows=${found.unasked} />
    <div class="row"><${Button} kind="quiet" onClick=${() => void all(true).then(({ text }) => save(text))}>${t('till.journal_save')}<//></div>`;
}

/** What was taken without a network on either side has a list of its own. @returns {Promise<Found>} */
async function look() {
  const waiting = [...await open(), ...await unsigned()].filter(({ kind }) => kind !== 'deposit');
  waiting.sort((a, b) => b.signed_at_s - a.signed_at_s);
  return { ...await all(), waiting, unasked: await unasked() };
}

/** @param {{title: string, rows: Sent[]}} props */
function List({ title, rows }) {
  if (!rows.length) return null;
  return html`
    <h4>${title}</h4>
    <ul class="queue">${rows.slice(0, 50).map((row) => html`
      <li key=${row.id}><span>${moment(row.signed_at_s)}</span> <strong>${won(row.amount_won)}</strong>
        <span>${t(`till.kind_${row.kind}`)}</span></li>`)}</ul>`;
}

/** @param {string} text */
function save(text) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type: 'application/x-ndjson' }));
  link.download = `hagc-till-${ourTill().till}-journal-${moment(nowS()).replace(/\D+/g, '-')}.jsonl`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
