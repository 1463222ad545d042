// A paper card at this till: its holder types the PIN here, the city checks it and pays this till's own request with the key that it
// holds. So it needs a line; and neither number nor PIN is kept by this page.

import { NoAnswer, Refused, post } from '../lib/api.js';
import { nowS } from '../lib/clock.js';
import { chime } from '../lib/speak.js';
import { unclear } from './outcomes.js';
import { NotPrinted, ask } from './program.js';
import { deliver, fail, inOurWords } from './selling.js';
import { asTill } from './signing.js';
import { change, state, tell } from './state.js';

/** @typedef {{number: string, look?: string, problem: import('./state.js').Problem | null, waits_until_s: number}} Card a card that was read, or a phone that shows a look */
/** @typedef {{day: string, left_days: number, amount_won: number}} End */
/** @typedef {{limit_won: number, left_won: number, again_at_s: number | null}} Limit why not all of it can be spent now */
/** @typedef {{balance_won: number, spendable_here_won: number, limit: Limit | null, ends: End[]}} Balance */

const ASK_AGAIN = ['CARD_PIN_WRONG', 'CARD_WAIT'];
const WITHIN_MS = 8000;         // a PIN is checked slowly, on purpose

/**
 * Pays the sale on the screen; a wrong PIN asks for it again. @param {string} pin
 * @param {boolean} slip the holder wants to have on paper what is left then
 */
export async function payByCard(pin, slip) {
  const { sale, card } = state;
  if (!sale?.asks.length || !card || sale.phase !== 'waiting') return;
  const [sent] = sale.asks;
  sale.phase = 'checking';
  change({ card: null, screen: 'waiting' });
  try {
    await deliver(sale, sent, () => asTill((session) => post('/api/cards/pay', { card: card.number, pin, request: sent.message }, { session, withinMs: WITHIN_MS })));
    if (slip && state.paid) void printAfter(card.number, pin);
  } catch (error) {
    if (!(error instanceof Refused) || !ASK_AGAIN.includes(error.word) || state.sale !== sale) return fail(sale, error, true);
    Object.assign(sale, { phase: 'waiting', slow: false });
    change({ card: refusedCard(card, error), screen: 'card' });
    chime('refused');
  }
}

/**
 * Puts what is left on paper, for the holder. A till PC's printer gets it without this page seeing it; else the browser prints what
 * is given back. False when it was not to be had, which the card then says. @param {string} pin @returns {Promise<Balance | boolean>}
 */
export async function balanceOf(pin) {
  const { card } = state;
  if (!card) return false;
  try {
    const [path, sent] = card.look ? ['/api/slips', { look: card.look }] : ['/api/cards/balance', { card: card.number, pin }];
    return await printed(sent) ?? await asTill((session) => post(path, sent, { session, withinMs: WITHIN_MS }));
  } catch (error) {
    if (!(error instanceof Refused || error instanceof NoAnswer)) throw error;
    if (!(error instanceof NotPrinted)) unclear(error);
    if (state.card === card) change({ card: refusedCard(card, error) });
    return false;
  }
}

/** True when a till PC's printer has printed it; null where there is none. @param {object} sent */
async function printed(sent) {
  if (!state.printer) return null;
  await ask('print-balance', sent);
  return true;
}

/** After a payment, as the holder wished. What was paid stands, whatever the printer does. @param {string} number @param {string} pin */
async function printAfter(number, pin) {
  try {
    await printed({ card: number, pin });
  } catch (error) {
    if (!(error instanceof Refused || error instanceof NoAnswer)) throw error;
    tell({ key: 'printer', tone: 'amber', text: `${error.title}. ${error.detail} ${error.next}` });
  }
}

/** @param {Card} card @param {Refused | NoAnswer} error @returns {Card} */
function refusedCard(card, error) {
  const waitS = error instanceof Refused ? Number(error.facts.wait_s ?? 0) : 0;
  return { ...card, problem: inOurWords(error), waits_until_s: waitS && nowS() + waitS };
}

/** Back to where the card was read. */
export function putAway() {
  change({ card: null, screen: state.sale ? 'waiting' : 'keypad' });
}
