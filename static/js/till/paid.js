// Paid: the whole screen is green, with a word, a mark and the amount for who doesn't see green, until the next amount. Given
// back: blue.

import { html, useEffect, useRef } from '../lib/dom.js';
import { t } from '../lib/words.js';
import { Button } from '../lib/ui.js';
import { Figures } from './figures.js';
import { clock } from './outcomes.js';
import { leave } from './selling.js';
import { change, useTill } from './state.js';

export function Paid() {
  const { paid, again } = useTill();
  const title = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => title.current?.focus(), [paid]);
  if (!paid) return null;
  const back = paid.kind === 'refund';
  return html`
    <section class=${`paid ${back ? 'back' : ''}`} role="status">
      <p class="mark" aria-hidden="true">${back ? '↩' : '✓'}</p>
      <h1 tabindex="-1" ref=${title}>${t(back ? 'till.refunded' : 'till.paid')}</h1>
      <${Figures} won=${paid.amount_won} />
      <p>${clock(paid.at_s)} · ${t('till.entry', { entry: paid.entry })}</p>
      <div class="row">
        <${Button} kind="next" onClick=${() => leave()}>${t('till.next_customer')}<//>
        <${Button} kind="ghost" onClick=${() => change({ screen: 'receipt', slip: { entry: paid.entry, again, id: paid.id } })}>${t('paper.show')}<//>
        ${!back && html`<${Button} kind="ghost" onClick=${() => change({ screen: 'sales', chosen: paid.entry })}>${t('till.refund_this')}<//>`}
      </div>
    </section>`;
}
