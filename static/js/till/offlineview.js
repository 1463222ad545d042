// What a shop sees of the money that it took without a network: the amber-green screen, what waits, and how much more.

import { html, useEffect, useRef } from '../lib/dom.js';
import { t } from '../lib/words.js';
import { Button, Strip } from '../lib/ui.js';
import { Figures } from './figures.js';
import { leave } from './selling.js';
import { useTill } from './state.js';

/** Taken, and not settled yet: the whole screen, in words, with a mark, and the sum, until the next amount. */
export function Taken() {
  const { taken } = useTill();
  const title = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => title.current?.focus(), [taken]);
  if (!taken) return null;
  return html`
    <section class="paid taken" role="status">
      <p class="mark" aria-hidden="true">✓</p>
      <h1 tabindex="-1" ref=${title}>${t('till.offline.taken')}</h1>
      <${Figures} won=${taken.amount_won} />
      <p class="later">${t('till.offline.later')}</p>
      <p>${t('till.offline.left', { left_won: taken.left_won })}</p>
      <div class="row"><${Button} kind="next" onClick=${() => leave()}>${t('till.next_customer')}<//></div>
    </section>`;
}

/** Above every screen: what waits to be settled, and without a network what may still be taken. */
export function OfflineStrip() {
  const { offline, line, sale, trouble } = useTill();
  if (!offline || trouble) return null;                     // what a revoked till holds is said where it is saved
  const { count, sum_won } = offline;
  const waits = count > 0 && t(line ? 'till.offline.settling' : 'till.offline.waiting', { count, sum_won });
  const more = !line && !sale && allowed(offline);
  return (waits || more) && html`<${Strip}>${waits} ${more}<//>`;
}

/** In the list of ways to pay without a network. */
export function OfflineWay() {
  const { offline } = useTill();
  if (offline?.why !== 'on') return html`<p>${offline ? allowed(offline) : ''} ${t('till.no_line_else')}</p>`;
  return html`<p><strong>${t('till.offline.way')}</strong> ${allowed(offline)}</p>`;
}

/** @param {import('./offline.js').Allowance} allowance */
function allowed({ why, left_won }) {
  return why === 'on' ? t(left_won ? 'till.offline.left' : 'till.offline.full', { left_won }) : t(`till.offline.${why}`);
}
