// Where to use: the city's signed list of shops, searched on this phone; the server is not told what is looked for.

import { html, useEffect, useState } from '../lib/dom.js';
import { page } from '../lib/page.js';
import { Refusal } from '../lib/ui.js';
import { moment, t } from '../lib/words.js';
import { knowCity } from './look.js';
import { categoryName, directory, renew } from './shops.js';
import { fault, state, useWallet } from './state.js';

const SHOWN = 50;

/** @typedef {import('./shops.js').Shop} Shop */

export default function Where() {
  const [list, setList] = useState(/** @type {import('./shops.js').Directory | null} */ (null));
  const [error, setError] = useState(/** @type {any} */ (null));
  const [wanted, setWanted] = useState('');
  const [category, setCategory] = useState(0);
  useEffect(() => void fetched(setList).catch((failed) => setError(fault(failed))), []);
  if (!list) return error ? html`<${Refusal} error=${error} />` : html`<p role="status">${t('common.loading')}</p>`;
  const found = list.shops.filter((shop) => fits(shop, wanted.trim().toLowerCase(), category));
  return html`
    <form class="card silent" onSubmit=${(/** @type {Event} */ event) => event.preventDefault()}>
      <div class="field">
        <label for="wanted">${t('wallet.where.search')}</label>
        <input id="wanted" type="search" value=${wanted} onInput=${(/** @type {any} */ event) => setWanted(event.target.value)} />
      </div>
      <${Categories} chosen=${category} onChoose=${setCategory} />
    </form>
    <p role="status">${t('wallet.where.found', { count: found.length })}</p>
    <ul class="list card">${found.slice(0, SHOWN).map((shop) => html`<${Place} key=${shop.shop} shop=${shop} />`)}</ul>
    ${found.length > SHOWN && html`<p>${t('wallet.where.too_many', { count: SHOWN })}</p>`}
    <p class="small">${t('wallet.where.as_of', { city: page.city, at: moment(list.at_s) })}</p>
  `;
}

/** First what is kept, then what is new. @param {(list: import('./shops.js').Directory | null) => void} show */
async function fetched(show) {
  const kept = await directory();
  if (kept) show(kept);
  try {
    if (!state.city) await knowCity();
    show(await renew(true));
  } catch (error) {
    if (!kept) throw error;
  }
}

/** @param {Shop} shop @param {string} wanted @param {number} category */
function fits(shop, wanted, category) {
  return (!category || shop.category === category) && `${shop.name} ${shop.district}`.toLowerCase().includes(wanted);
}

/** @param {{chosen: number, onChoose: (number: number) => void}} props */
function Categories({ chosen, onChoose }) {
  const { city } = useWallet();
  return html`
    <div class="field">
      <label for="category">${t('wallet.where.category')}</label>
      <select id="category" value=${String(chosen)} onChange=${(/** @type {any} */ event) => onChoose(Number(event.target.value))}>
        <option value="0">${t('wallet.where.all')}</option>
        ${city?.categories.map((each) => html`<option value=${String(each.number)}>${categoryName(each.number)}</option>`)}
      </select>
    </div>
  `;
}

/** @param {{shop: Shop}} props */
function Place({ shop }) {
  return html`
    <li><strong>${shop.name}</strong> <span class="small">${[categoryName(shop.category), shop.district].filter(Boolean).join(' · ')}</span></li>
  `;
}
