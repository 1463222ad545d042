// Hears what happens to this phone's account while somebody looks at it: money that comes is there at once, and so is the word
// that another phone took this one's place.

import { asAccount, session } from './account.js';
import { look } from './look.js';

const BROKEN_MS = 1000, SPREAD_MS = 19_000;     // after a restart of the server all wallets of the city would ask at one time
const AFTER_MS = 5000;      // whoever only shows a code is gone by then, and the first load is over on a slow phone

let wanted = false, timer = 0, broken = 0;
/** @type {(() => void) | null} */
let stop = null;

/** From now on, whenever the page is in front. */
export function hear() {
  wanted = true;
  turn();
}

/** No more. */
export function rest() {
  wanted = false;
  turn();
}

function turn() {
  clearTimeout(timer);
  mended();
  stop?.();
  stop = null;
  if (wanted && !document.hidden) timer = setTimeout(begin, AFTER_MS);
}

async function begin() {
  const live = await import('../lib/live.js').catch(() => null);        // no line, and never kept
  if (!live || !wanted || document.hidden || stop) return;
  stop = live.listen({
    session: () => asAccount(async () => session()), events: ['balance', 'sale', 'refund'], hear: () => void look(),
    line: (connected) => connected ? mended() : breaks(),
  });
}

/** A key that has ended hears nothing: one look says why, and no other until it hears again. */
function breaks() {
  broken ||= setTimeout(() => navigator.onLine && void look(), BROKEN_MS + Math.random() * SPREAD_MS);
}

function mended() {
  clearTimeout(broken);
  broken = 0;
}

document.addEventListener('visibilitychange', turn);
