// The cart: items by touch, a tip or a discount typed, and the sum that is asked for.

import { html, useState } from '../lib/dom.js';
import { inWords } from '../lib/won.js';
import { language, t, won } from '../lib/words.js';
import { Button } from '../lib/ui.js';
import { empty, goodsWon, totalWon, withOne, withoutOne, wonOf } from './cart.js';
import { keep, load } from './journal.js';
import { begin } from './selling.js';
import { change, state, useTill } from './state.js';

const CARTS_KEPT = 300;         // for receipts that are printed later

export function Basket() {
  const { goods, cart, line } = useTill();
  const [category, choose] = useState('');
  const categories = [...new Set(goods.map((item) => item.category).filter(Boolean))];
  const total = totalWon(cart);
  return html`
    <section class="desk basket">
      <div class="sum">
        <h2 class="unseen">${t('till.cart')}</h2>
        <output class="asked" aria-label=${t('till.amount')}>${won(total)}</output>
        <p class="said" aria-hidden="true">${total ? inWords(total, language) : cart.lines.length ? '' : t('till.cart_empty')}</p>
      </div>
      <div class="pad">
        ${categories.length > 1 && html`
          <div class="row sorts">${['', ...categories].map((each) => html`
            <button type="button" class=${`button ${each === category ? '' : 'quiet'}`} key=${each} aria-pressed=${String(each === category)}
              onClick=${() => choose(each)}>${each || t('till.all')}</button>`)}</div>`}
        <div class="items">${goods.filter((item) => !category || item.category === category).map((item) => html`
          <button type="button" class="button item" key=${`${item.name} ${item.price_won}`} onClick=${() => change({ cart: withOne(state.cart, item) })}>
            <span>${item.name}</span> <strong>${won(item.price_won)}</strong></button>`)}</div>
      </div>
      <div class="side">
        <ul class="all-sales">${cart.lines.map((each) => html`
          <li key=${`${each.name} ${each.price_won}`}><span>${each.name} × ${each.count}</span><strong>${won(each.price_won * each.count)}</strong>
            <${Button} kind="quiet" onClick=${() => change({ cart: withoutOne(state.cart, each) })}>−<span class="unseen"> ${each.name} ${t('till.one_less')}</span><//></li>`)}
        </ul>
        ${cart.lines.length > 0 && html`<${Extras} />`}
        <div class="row">
          <${Button} kind="grow" disabled=${!total} onClick=${() => void take(total)}>${t(line ? 'till.take' : 'till.take_later')}<//>
          <${Button} kind="quiet" disabled=${!cart.lines.length} onClick=${() => change({ cart: empty() })}>${t('till.cart_clear')}<//>
        </div>
      </div>
    </section>`;
}

/** A discount never takes more than the items come to; both are digits and nothing else. */
function Extras() {
  const { cart } = useTill();
  const goods = goodsWon(cart.lines);
  const field = (/** @type {'discount_won' | 'tip_won'} */ name) => html`
    <div class="field">
      <label for=${name}>${t(`till.${name}`)}</label>
      <input id=${name} class="number" inputmode="numeric" maxlength="9" autocomplete="off" value=${cart[name] || ''}
        onInput=${(event) => {
    event.target.value = event.target.value.replace(/\D/g, '');
    change({ cart: { ...state.cart, [name]: wonOf(event.target.value) } });
  }} />
    </div>`;
  return html`
    <div class="extras">${field('discount_won')}${field('tip_won')}</div>
    ${cart.discount_won > goods && html`<p class="wrong" role="alert">${t('till.discount_wrong', { goods_won: goods })}</p>`}`;
}

/** Asks for the sum; what was sold is kept under the sale, for its receipt. @param {number} total */
async function take(total) {
  const { cart } = state;
  change({ screen: 'keypad', cart: empty() });
  const asked = begin(total);
  if (state.sale) {
    const { id } = state.sale;
    Object.assign(state.sale, { cart });
    await keep('carts', [...(await load('carts') ?? []).slice(1 - CARTS_KEPT), { sale: id, cart }]);
  }
  await asked;
}
