// What the list of sales shows: the ledger's, page by page, or, while the server doesn't answer, this till's own record.

import { NoAnswer, Refused } from '../lib/api.js';
import { list } from './day.js';
import { doubt } from './line.js';
import { ownDay } from './ownday.js';
import { state } from './state.js';

/** @typedef {import('./day.js').Line} Line */
/** @typedef {import('./ownday.js').OwnDay} OwnDay */
/** @typedef {{sales: Line[], more: boolean}} Page */
/** @typedef {{lines: Line[] | null, more: boolean, own: OwnDay | null, problem: Refused | NoAnswer | null}} Shown lines: the ledger's */

/** @type {Shown} */
export const NOTHING = { lines: null, more: false, own: null, problem: null };

/**
 * Reads for one list. What an earlier question brings, or that it failed, is not shown after a newer one was put.
 * @param {(next: (old: Shown) => Shown) => void} show
 */
export function reader(show, ask = list, byItself = ownDay) {
  let newest = 0;
  /** @param {(old: Shown) => Partial<Shown>} part */
  const put = (part) => show((old) => ({ ...old, problem: null, ...part(old) }));

  /** @param {any} error @returns {Pick<Shown, 'problem'>} */
  const failed = (error) => {
    if (!(error instanceof Refused || error instanceof NoAnswer)) throw error;
    return { problem: error };
  };

  /** The newest page, over those that were opened. Without a line nobody waits for an answer that can't come. */
  async function first() {
    const found = state.line ? await ask().catch(unanswered) : null;
    if (found) return (/** @type {Shown} */ old) => ({ own: null, ...joined(old, found) });
    const own = await byItself();
    return () => ({ own });
  }

  return {
    async read() {
      const mine = newest += 1;
      const part = await first().catch((error) => () => ({ own: null, ...failed(error) }));
      if (mine === newest) put(part);
    },
    /** What is under way shall change nothing any more. */
    stop() {
      newest += 1;
    },
    /** The page after this entry. @param {number} before @returns {Promise<Page | undefined>} */
    async readOn(before) {
      try {
        const found = await ask(before);
        put(({ lines, more }) => (lines?.at(-1)?.entry === before ? { lines: [...lines, ...found.sales], more: found.more } : { lines, more }));
        return found;
      } catch (error) {
        put(() => failed(error));
      }
    },
  };
}

/** @param {any} error */
function unanswered(error) {
  if (!(error instanceof NoAnswer)) throw error;
  void doubt();
  return null;
}

/** The newest page over what was read before, where the two meet: pages that were opened stay open. @param {Shown} old @param {Page} found */
function joined({ lines, more }, found) {
  const last = found.sales.at(-1)?.entry ?? 0;
  const older = lines && lines[0]?.entry >= last ? lines.filter(({ entry }) => entry < last) : [];
  return { lines: [...found.sales, ...older], more: older.length ? more : found.more };
}
