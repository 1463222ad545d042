// Looks again by itself: how far a list is paid (the server pays; closing this page stops nothing), whether a tablet
// has come with its keys.

import { get } from '../lib/api.js';
import { t } from '../lib/words.js';

const LOOK_EACH_MS = 1000;
const PAIRING_LOOKS = 900;      // a code lives so long; a page that looks for ever would never let its officer's session end

/** @param {HTMLElement} place */
export async function watchList(place) {
  const bar = /** @type {HTMLProgressElement} */ (place.querySelector('progress'));
  const startedDone = bar.value >= bar.max;
  while (bar.value < bar.max) {
    await new Promise((done) => setTimeout(done, LOOK_EACH_MS));
    const found = document.hidden ? null : await get(place.dataset.progress ?? '').catch(() => null);
    if (!found) continue;
    bar.value = found.paid;
    write(place, 'data-percent', `${Math.floor(100 * found.paid / found.count)}%`);
    write(place, 'data-paid', t('console.paid', { paid: found.paid, count: found.count }));
  }
  if (!startedDone) location.reload();    // with the entries of its rows
}

/** How far a file's rows are judged. @param {HTMLElement} place */
export async function watchJudging(place) {
  const bar = /** @type {HTMLProgressElement} */ (place.querySelector('progress'));
  for (;;) {
    await new Promise((done) => setTimeout(done, LOOK_EACH_MS));
    const found = document.hidden ? null : await get(place.dataset.judging ?? '').catch(() => null);
    if (!found) continue;
    if (found.reading !== 'judging') return location.reload();
    bar.value = found.judged;
    write(place, 'data-percent', `${Math.floor(100 * found.judged / found.lines)}%`);
    write(place, 'data-judged', t('console.judged', { judged: found.judged, lines: found.lines }));
  }
}

/** @param {HTMLElement} place */
export async function watchPairing(place) {
  for (let left = PAIRING_LOOKS; left > 0; left -= 1) {
    await new Promise((done) => setTimeout(done, LOOK_EACH_MS));
    const found = document.hidden ? null : await get(place.dataset.pairing ?? '').catch(() => null);
    if (found && found.state !== 'open') return location.assign(place.dataset.then ?? '/console');
  }
}

/** @param {HTMLElement} place @param {string} mark @param {string} text */
function write(place, mark, text) {
  const found = place.querySelector(`[${mark}]`);
  if (found) found.textContent = text;
}
