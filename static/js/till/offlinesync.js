// What was taken without a network goes to the server as soon as there is one, many in one question. A row is closed by the
// operator's receipt for it or by its signed no, by nothing else; so the same rows are sent again until each has its end.

import { NoAnswer, Refused, get, post } from '../lib/api.js';
import { nowS } from '../lib/clock.js';
import { chime } from '../lib/speak.js';
import { moment, t } from '../lib/words.js';
import { refresh } from './day.js';
import { close, keep } from './journal.js';
import { doubt } from './line.js';
import { countOffline, deposits, learnFigures } from './offline.js';
import { tellSold } from './outcomes.js';
import { Unproven, isNo, prove } from './receipts.js';
import { change, state, tell } from './state.js';

/** @typedef {import('./journal.js').Sent} Sent */

const AT_ONCE = 50;             // of one question (POST /api/sales)
const EACH_MS = 3000, AGAIN_MS = 30_000, FIGURES_MS = 600_000;
const CLOCKS_S = 1;

/** Why a row isn't settled yet, by its id: the word that the server said last. @type {Map<string, string>} */
export const waits = new Map();

/** For as long as the page is open. */
export async function watchOffline() {
  let againMs = 0, figuresMs = 0;
  for (; ; await new Promise((done) => setTimeout(done, EACH_MS))) {
    if (!state.till) continue;                              // one that was revoked goes on: it gets its signed no
    try {
      if (state.line && Date.now() >= figuresMs) {
        await learnFigures();
        figuresMs = Date.now() + FIGURES_MS;
      }
      if (state.line && Date.now() >= againMs && !await settleAll()) againMs = Date.now() + AGAIN_MS;
      if (!state.line) againMs = figuresMs = 0;
      await countOffline();
    } catch (error) {
      if (error instanceof NoAnswer) {
        void doubt();
        continue;
      }
      if (!(error instanceof Refused)) reportError(error);  // and goes on: this loop brings the money
      againMs = Date.now() + AGAIN_MS;
    }
  }
}

/** Sends all that waits, but for what is on the screen. True when nothing waits any more. Throws NoAnswer. */
export async function settleAll() {
  let settled = 0, sumWon = 0, left = 0;
  const rows = (await deposits()).filter(({ sale, taken_at_s }) => sale !== state.sale?.id && (taken_at_s ?? 0) + CLOCKS_S <= nowS());
  for (let at = 0; at < rows.length; at += AT_ONCE) {
    const some = rows.slice(at, at + AT_ONCE);
    const sales = some.map(({ payer, message }) => ({ payer, payee: message }));
    const { answers } = await post('/api/sales', { sales }, { again: true });
    if (!Array.isArray(answers) || answers.length !== some.length) throw new NoAnswer();
    for (const [place, sent] of some.entries()) {
      if (await answered(sent, answers[place])) {
        settled += 1;
        sumWon += sent.amount_won;
      } else left += 1;
    }
  }
  if (settled) told(settled, sumWon);
  return (await deposits()).length === 0;
}

/** True when this answer settled it. A no is looked up: only a signed one ends it. @param {Sent} sent @param {any} answer */
async function answered(sent, answer) {
  if (typeof answer?.receipt === 'string') {
    try {
      const proven = await prove(sent, answer.receipt);
      waits.delete(sent.id);
      const first = await close({ id: sent.id, how: 'settled', closed_at_s: nowS(), ...proven });
      if (first) {
        showSettled(sent, proven);
        void tellSold(sent, proven.entry);
      }
      return first;
    } catch (error) {
      if (!(error instanceof Unproven)) throw error;
      waits.set(sent.id, 'UNPROVEN');
      return false;
    }
  }
  waits.set(sent.id, String(answer?.problem?.word ?? 'INTERNAL'));
  if (answer?.problem?.final) await closeRefused(sent);
  return false;
}

/**
 * Closes a row by the operator's signed no, and says so; false where there is none. Throws NoAnswer, Refused.
 * @param {Sent} sent
 */
export async function closeRefused(sent) {
  const said = await get(`/api/outcomes/${sent.expires_at_s}/${sent.id}`);
  if (said.state !== 'refused' || !await isNo(sent, said.refusal, said.problem.number)) return false;
  const { word } = said.problem;
  waits.delete(sent.id);
  const first = await close({ id: sent.id, how: 'refused', word, refusal: said.refusal, closed_at_s: nowS() });
  if (first && isShown(sent)) change({ screen: 'keypad' });
  if (first && state.sale?.id !== sent.sale) {
    const facts = { amount_won: sent.amount_won, at: moment(sent.taken_at_s ?? sent.signed_at_s).slice(-5), why: whyOf(word) };
    tell({ key: sent.id, tone: 'bad', text: t('till.offline.never', facts) });
  }
  return true;
}

/** It still stands on the amber-green screen. @param {Sent} sent */
function isShown({ id }) {
  return state.screen === 'taken' && state.taken?.id === id;
}

/** What stands there as taken is green now, with a receipt. @param {Sent} sent @param {{entry: number, at_s: number, amount_won: number}} proven */
function showSettled(sent, { entry, at_s, amount_won }) {
  if (!isShown(sent)) return;
  /** @type {import('./state.js').Paid} */
  const done = { entry, at_s, amount_won, kind: 'sale', id: sent.id };
  change({ paid: done, again: false, screen: 'paid', last: done });
  void keep('last', done);
}

/** In this page's words. @param {string} word */
export function whyOf(word) {
  const ours = t(`till.refused.${word}.title`);
  return ours.startsWith('till.') ? t(`refusals.${word}.title`) : ours;
}

/** Said once for all of a round. @param {number} settled @param {number} sumWon */
function told(settled, sumWon) {
  chime('paid');
  tell({ key: 'offline settled', tone: 'good', text: t('till.offline.settled', { count: settled, sum_won: sumWon }) });
  void refresh();
}
