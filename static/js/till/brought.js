// What another till of this shop took without a network and can't settle any more, because it was stolen and revoked: its saved
// queue is brought here in a file, and this till claims each code in that one's place. A code names no till, so whichever till
// of the shop has it may deposit it, and the ledger pays a shop for a code once. The city is asked about the other till's own
// claim first: only where that was refused for the till's sake, for good, does this one sign another. As in pos/brought.py.

import { NoAnswer, Refused, post } from '../lib/api.js';
import { base64url, fromBase64url, hex } from '../lib/bytes.js';
import { concat } from '../lib/cbor.js';
import { nowS } from '../lib/clock.js';
import { parse } from '../lib/cose.js';
import { html, useState } from '../lib/dom.js';
import { Refusal } from '../lib/ui.js';
import { moment, t, won } from '../lib/words.js';
import { endOf, keep, load, refusedBy } from './journal.js';
import { depositInPlace } from './offline.js';
import { isBoth, open } from './offlinecheck.js';
import { settleAll, whyOf } from './offlinesync.js';
import { inOurWords } from './selling.js';
import { chain, ourTill, unlock } from './signing.js';
import { useTill } from './state.js';

/** @typedef {{code: Uint8Array, both: Uint8Array, payee: string, claim: Record<string, any>}} Row one line of the file */
/** @typedef {{amount_won: number, taken_at_s: number, how: 'settled' | 'waits' | 'never', why: string}} End */

const BROUGHT = 'brought';      // id of each code that was claimed here, and the id of the claim
const OF_THE_TILL = 'TILL_REVOKED';

export function Brought() {
  const { line } = useTill();
  const [text, read] = useState('');
  const [pin, writePin] = useState('');
  const [busy, work] = useState(false);
  const [ends, show] = useState(/** @type {End[]} */ ([]));
  const [problem, say] = useState(/** @type {any} */ (null));
  const go = async (/** @type {Event} */ event) => {
    event.preventDefault();
    if (busy || !text || !pin) return;
    work(true);
    say(null);
    try {
      show(await bring(text, pin));
    } catch (error) {
      say(error.name === 'NoQueue' ? error : wordsOf(error));
    } finally {
      writePin('');
      work(false);
    }
  };
  return html`
    <h3>${t('till.brought.title')}</h3>
    <p>${t('till.brought.lead')}</p>
    <form onSubmit=${(event) => void go(event)}>
      <div class="field"><label for="queue-file">${t('till.brought.file')}</label>
        <input id="queue-file" type="file" accept=".json,application/json" onChange=${(event) => void event.target.files[0]?.text().then(read)} /></div>
      <div class="field"><label for="queue-pin">${t('till.pin')}</label>
        <input id="queue-pin" type="password" inputmode="numeric" maxlength="12" autocomplete="off" value=${pin}
          onInput=${(event) => writePin(event.target.value)} /></div>
      <button class="button" disabled=${busy || !line || !text || !pin}>${t(busy ? 'till.brought.going' : 'till.brought.go')}</button>
    </form>
    <div aria-live="polite">${ends.length > 0 && html`
      <ul class="queue">${ends.map((end, at) => html`
        <li key=${at}><span>${moment(end.taken_at_s)}</span> <strong>${won(end.amount_won)}</strong>
          <span>${t(`till.brought.${end.how}`, { why: end.why ? whyOf(end.why) : '' })}</span></li>`)}</ul>`}</div>
    ${problem && html`<${Refusal} error=${problem} />`}`;
}

/** @param {any} error */
function wordsOf(error) {
  if (!(error instanceof Refused || error instanceof NoAnswer)) throw error;
  return inOurWords(error);
}

/** This till can't use it: worded at till.brought.<which>. */
class NoQueue extends Error {
  /** @param {'no_file' | 'other_city' | 'other_shop'} which */
  constructor(which) {
    super(which);
    this.name = 'NoQueue';
    this.title = t(`till.brought.${which}.title`);
    this.detail = t(`till.brought.${which}.detail`);
    this.next = t(`till.brought.${which}.next`);
  }
}

/** Claims what the file holds; how each line ended. Throws NoQueue, Refused, NoAnswer. @param {string} text @param {string} pin */
async function bring(text, pin) {
  const rows = rowsOf(text);
  const key = await unlock(pin);
  /** @type {(End & {id?: string})[]} */
  const found = [];
  for (const row of rows) {
    const { amount_won, taken_at_s } = row.claim;
    found.push({ amount_won, taken_at_s, ...await claimed(row, key) });
  }
  await settleAll();
  return Promise.all(found.map(async (end) => ({ ...end, ...end.id ? await endBy(end.id) : {} })));
}

/** @param {string} text @returns {Row[]} */
function rowsOf(text) {
  let told;
  try {
    const { chain_id, shop, sales } = JSON.parse(text);
    told = { chain_id, shop, rows: /** @type {Row[]} */ (sales.map(rowOf)) };
  } catch {
    throw new NoQueue('no_file');
  }
  const ours = ourTill();
  if (told.chain_id !== ours.chain_id) throw new NoQueue('other_city');
  if (told.shop !== ours.shop || told.rows.some(({ claim }) => claim.shop !== ours.shop)) throw new NoQueue('other_shop');
  return told.rows;
}

/** @param {{payer: string, payee: string, certificate: string}} told @returns {Row} */
function rowOf({ payer, payee, certificate }) {
  const code = fromBase64url(payer), both = concat(code, fromBase64url(certificate));
  const { kind, body } = parse(fromBase64url(payee));
  if (kind !== 'deposit' || !isBoth(both)) throw new NoQueue('no_file');
  return { code, both, payee, claim: /** @type {Record<string, any>} */ (body) };
}

/**
 * What the city says of the other till's claim; this till's own claim where that one is worth nothing.
 * @param {Row} row @param {import('./signing.js').OwnersKey} key @returns {Promise<{how: End['how'], why: string, id?: string}>}
 */
async function claimed({ code, both, payee, claim }, key) {
  const codeId = hex(claim.code_id), before = (await load(BROUGHT) ?? {})[codeId];
  if (before) return { how: 'waits', why: '', id: before };
  const { answers: [answer] } = await post('/api/sales', { sales: [{ payer: base64url(code), payee }] }, { again: true });
  if (answer.receipt) return { how: 'settled', why: '' };
  const { word, final } = answer.problem;
  if (word !== OF_THE_TILL) return { how: final ? 'never' : 'waits', why: word };
  const shown = await open(both, ourTill().known, chain(), nowS());
  if (shown.id !== codeId) throw new NoQueue('no_file');
  const { amount_won, code_id, taken_at_s, reference, cashier } = claim;
  const { id } = await depositInPlace(shown, { amount_won, code_id, taken_at_s, reference, cashier }, key);
  await keep(BROUGHT, { ...await load(BROUGHT), [codeId]: id });
  return { how: 'waits', why: '', id };
}

/** @param {string} id of this till's own claim @returns {Promise<Partial<End>>} */
async function endBy(id) {
  const what = await endOf(id);
  if (what === 'settled' || what === 'confirmed') return { how: 'settled' };
  return what === 'refused' ? { how: 'never', why: await refusedBy(id) ?? '' } : {};
}
