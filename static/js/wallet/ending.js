// What ends soon: how much, on which day, from two weeks before. Said from this phone's own lots, so also without a line. Once
// it was read it stays away, and comes back three days before the end, or when more money ends on that day.

import { nowS } from '../lib/clock.js';
import { html, useEffect, useState } from '../lib/dom.js';
import { page } from '../lib/page.js';
import { moment, t, won } from '../lib/words.js';
import { keep, load } from './kept.js';
import { useWallet } from './state.js';

/** @typedef {import('./state.js').Lot} Lot */
/**
 * @typedef {object} Ending what ends on one day
 * @property {string} day as YYYY-MM-DD, the last on which it is good @property {number} last_s its last second
 * @property {number} won @property {number} left days after today; 0: today @property {boolean} soon
 */
/** @typedef {Record<string, {soon: boolean, won: number}>} Read by day: what was on the screen when somebody said that they had read it */

const DAY_S = 86_400;
const WARN_S = 14 * DAY_S, SOON_S = 3 * DAY_S;
const KEPT = 'endings read';

/**
 * @param {{soon?: boolean}} props soon: what ends within three days, which stands above all else; what ends later
 * never pushes the buttons for paying off the screen
 */
export default function Ending({ soon = false }) {
  const { view } = useWallet();
  const [read, note] = useState(/** @type {Read | null} */ (null));
  useEffect(() => void load(KEPT).then((kept) => note(kept ?? {}), () => note({})), []);
  const shown = endings(view?.lots ?? [], nowS()).filter((one) => one.soon === soon);
  if (!read || shown.every((one) => isRead(one, read))) return null;
  const done = async () => {
    const now = { ...await load(KEPT), ...Object.fromEntries(shown.map((one) => [one.day, { soon, won: one.won }])) };
    note(now);
    const today = dayOf(nowS(), page.zone);
    await keep(KEPT, Object.fromEntries(Object.entries(now).filter(([day]) => day >= today)));
  };
  const title = soon ? 'ending-soon' : 'ending';
  return html`
    <section class=${`card ending${soon ? ' soon' : ''}`} aria-labelledby=${title}>
      <h2 id=${title}>${t(soon ? 'wallet.ending.soon' : 'wallet.ending.title')}</h2>
      <ul class="list">
        ${shown.map((one) => html`
          <li key=${one.day}><strong>${won(one.won)}</strong>
            <span>${t('wallet.ending.until', { day: moment(one.last_s, false) })}</span> <b>${left(one)}</b></li>`)}
      </ul>
      <p>${t(soon ? 'wallet.ending.now' : 'wallet.ending.what')}</p>
      <button type="button" class="button quiet wide" onClick=${() => void done()}>${t('wallet.ending.read')}</button>
    </section>`;
}

/**
 * What ends within two weeks of `now`, soonest first, one line a day. @param {Lot[]} lots @param {number} now Unix seconds
 * @param {string} [zone] @returns {Ending[]}
 */
export function endings(lots, now, zone = page.zone) {
  /** @type {Map<string, Ending>} */
  const days = new Map();
  for (const { amount_won: amount, expires_at_s: endS } of [...lots].sort((one, other) => one.expires_at_s - other.expires_at_s)) {
    if (!amount || endS <= now || endS - now > WARN_S) continue;
    const day = dayOf(endS - 1, zone);
    const found = days.get(day) ?? { day, last_s: endS - 1, won: 0, left: apart(dayOf(now, zone), day), soon: endS - now <= SOON_S };
    days.set(day, { ...found, last_s: endS - 1, won: found.won + amount });
  }
  return [...days.values()];
}

/** @param {Ending} one @param {Read} read */
export function isRead(one, read) {
  const before = read[one.day];
  return before !== undefined && (before.soon || !one.soon) && before.won >= one.won;
}

/** @param {Ending} one */
function left({ left: days }) {
  return days > 1 ? t('wallet.ending.left', { days }) : t(days ? 'wallet.ending.tomorrow' : 'wallet.ending.today');
}

/** @param {number} atS @param {string} zone */
function dayOf(atS, zone) {
  return new Intl.DateTimeFormat('en-CA', { timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit' }).format(atS * 1000);
}

/** Days from one to the other. @param {string} from @param {string} to */
function apart(from, to) {
  return Math.round((Date.parse(to) - Date.parse(from)) / 1000 / DAY_S);
}
