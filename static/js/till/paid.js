// Paid: the whole screen is green, with a word, a mark and the amount for who doesn't see green. Given back: blue.

import { html, useEffect, useRef } from '../lib/dom.js';
import { t } from '../lib/words.js';
import { Button } from '../lib/ui.js';
import { Figures } from './figures.js';
import { clock } from './outcomes.js';
import { leave } from './selling.js';
import { change, useTill } from './state.js';

const SHOWN_MS = 7000;

export function Paid() {
  const { paid, stays } = useTill();
  const title = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => {
    title.current?.focus();
    const timer = stays ? 0 : setTimeout(leave, SHOWN_MS);
    return () => clearTimeout(timer);
  }, [paid, stays]);
  if (!paid) return null;
  const back = paid.kind === 'refund';
  return html`
    <section class=${`paid ${back ? 'back' : ''}`} role="status">
      <p class="mark" aria-hidden="true">${back ? '↩' : '✓'}</p>
      <h1 tabindex="-1" ref=${title}>${t(back ? 'till.refunded' : 'till.paid')}</h1>
      <${Figures} won=${paid.amount_won} />
      <p>${clock(paid.at_s)} · ${t('till.entry', { entry: paid.entry })}</p>
      <div class="row">
        <${Button} onClick=${() => leave()}>${t('till.next_customer')}<//>
        <${Button} kind="ghost" onClick=${() => change({ screen: 'receipt', slip: { entry: paid.entry, again: stays, id: paid.id } })}>${t('paper.show')}<//>
        ${!back && html`<${Button} kind="ghost" onClick=${() => change({ screen: 'sales', chosen: paid.entry })}>${t('till.refund_this')}<//>`}
      </div>
    </section>`;
}
