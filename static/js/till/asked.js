// Shows what programs of the shop ask for: as soon as nobody is being served and the sale before was seen, one after the other;
// and takes it off the screen when the program takes it back.

import { NoAnswer, Refused } from '../lib/api.js';
import { chime } from '../lib/speak.js';
import { t } from '../lib/words.js';
import { takeUp, waiting } from './checkouts.js';
import { doubt } from './line.js';
import { deposits } from './offline.js';
import { wasPaid } from './outcomes.js';
import { begin, withdraw } from './selling.js';
import { locked } from './staff.js';
import { state, tell } from './state.js';

const LOOK_MS = 500;
const GREEN_MS = 7000;         // so long everybody has seen how the last sale ended
const FREE = ['start', 'keypad'];

/** @type {import('./checkouts.js').Checkout[]} */
let queue = [];
let taking = false;
/** What stands on the green screen, and since when. @type {{what: object | null, sinceMs: number}} */
let green = { what: null, sinceMs: 0 };

/** Looks again at what is asked. */
export async function refreshAsked() {
  try {
    queue = await waiting();
  } catch (error) {
    if (error instanceof NoAnswer) return void doubt();
    if (!(error instanceof Refused)) throw error;
    return;
  }
  const { sale } = state;
  if (sale?.checkout && sale.phase !== 'checking' && !queue.some(({ id }) => id === sale.checkout?.id) && !wasPaid(sale.id)) gone(sale);
  await next();
}

/** Somebody may have been served meanwhile. */
export function watchAsked() {
  setInterval(() => void next(), LOOK_MS);
}

/** Nobody is being served. */
function isFree() {
  const { screen, paid, taken } = state;
  const what = screen === 'paid' ? paid : screen === 'taken' ? taken : null;
  if (what !== green.what) green = { what, sinceMs: performance.now() };
  return !state.sale && (FREE.includes(screen) || (what !== null && performance.now() - green.sinceMs >= GREEN_MS));
}

async function next() {
  const [first] = queue;
  if (!isFree() || !first || taking || !state.till || !state.line || locked()) return;
  taking = true;
  try {
    if ((await deposits()).some(({ checkout }) => checkout === first.id)) return;       // the server hears of it next
    await takeUp(first);
    if (isFree()) {
      chime('returned');
      await begin(first.amount_won, first);
    }
  } catch (error) {
    if (error instanceof NoAnswer) return void doubt();
    if (!(error instanceof Refused)) throw error;
  } finally {
    taking = false;
    queue = queue.filter(({ id }) => id !== first.id);
  }
}

/** @param {import('./state.js').Sale} sale */
function gone(sale) {
  withdraw();
  tell({ key: sale.id, tone: 'amber', text: t('till.checkout_gone', { amount_won: sale.amount_won }) });
}
