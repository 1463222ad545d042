// What this shop sells, if it wants a list: kept on this tablet, brought in and taken out as a file that spreadsheets read.

import { html, useRef, useState } from '../lib/dom.js';
import { t, won } from '../lib/words.js';
import { Button } from '../lib/ui.js';
import { MOST_ITEMS, fromCsv, itemOf, toCsv } from './cart.js';
import { keep } from './journal.js';
import { change, state, useTill } from './state.js';

/** @typedef {import('./cart.js').Item} Item */

const LONGEST_FILE = 500_000;

/** @param {Item[]} goods */
async function put(goods) {
  await keep('goods', goods);
  change({ goods });
}

export function Goods() {
  const { goods } = useTill();
  const [said, say] = useState('');
  return html`
    <section class="goods">
      <h2>${t('till.goods')}</h2>
      <p>${t('till.goods_lead')}</p>
      <${Add} />
      <div class="card">
        <h3>${t('till.goods_count', { count: goods.length })}</h3>
        <ul class="all-sales">${goods.map((item) => html`
          <li key=${`${item.name} ${item.price_won}`}><span>${item.name}${item.category ? ` · ${item.category}` : ''}</span><strong>${won(item.price_won)}</strong>
            <${Button} kind="quiet" onClick=${() => void put(state.goods.filter((each) => each !== item))}>${t('till.goods_drop')}<span class="unseen"> ${item.name}</span><//></li>`)}
        </ul>
      </div>
      <${File} say=${say} />
      <p role="status">${said}</p>
      <${Button} kind="quiet" onClick=${() => change({ screen: 'settings' })}>${t('common.back')}<//>
    </section>`;
}

function Add() {
  const [name, rename] = useState('');
  const [price, reprice] = useState('');
  const [category, sort] = useState('');
  const item = itemOf(name, price, category);
  const send = async (/** @type {Event} */ event) => {
    event.preventDefault();
    if (!item || state.goods.length >= MOST_ITEMS) return;
    await put([...state.goods.filter((each) => each.name !== item.name), item]);
    rename('');
    reprice('');
  };
  return html`
    <form class="card" onSubmit=${(event) => void send(event)}>
      <div class="field"><label for="item-name">${t('till.goods_name')}</label>
        <input id="item-name" maxlength="40" autocomplete="off" value=${name} onInput=${(event) => rename(event.target.value)} /></div>
      <div class="field"><label for="item-price">${t('till.goods_price')}</label>
        <input id="item-price" class="number" inputmode="numeric" maxlength="9" autocomplete="off" value=${price}
          onInput=${(event) => reprice(event.target.value.replace(/\D/g, ''))} /></div>
      <div class="field"><label for="item-category">${t('till.goods_category')}</label>
        <input id="item-category" maxlength="20" autocomplete="off" value=${category} onInput=${(event) => sort(event.target.value)} /></div>
      <button class="button" disabled=${!item}>${t('till.goods_add')}</button>
    </form>`;
}

/** @param {{say: (text: string) => void}} props */
function File({ say }) {
  const { goods } = useTill();
  const chooser = useRef(/** @type {HTMLInputElement | null} */ (null));
  const read = async () => {
    const file = chooser.current?.files?.[0];
    if (!file) return;
    const { items, wrong } = file.size <= LONGEST_FILE ? fromCsv(textOf(await file.arrayBuffer())) : { items: [], wrong: [1] };
    if (items.length) await put(items);
    say(`${t('till.goods_read', { count: items.length })}${wrong.length ? ` ${t('till.goods_wrong', { rows: wrong.slice(0, 10).join(', ') })}` : ''}`);
    if (chooser.current) chooser.current.value = '';
  };
  const write = () => {
    const address = URL.createObjectURL(new Blob([toCsv(goods)], { type: 'text/csv;charset=utf-8' }));
    const link = Object.assign(document.createElement('a'), { href: address, download: 'items.csv' });
    link.click();
    setTimeout(() => URL.revokeObjectURL(address), 10_000);
  };
  return html`
    <div class="card">
      <h3>${t('till.goods_file')}</h3>
      <p>${t('till.goods_file_lead')}</p>
      <div class="field"><label for="item-file">${t('till.goods_in')}</label>
        <input id="item-file" type="file" accept=".csv,text/csv" ref=${chooser} onChange=${() => void read()} /></div>
      <${Button} kind="quiet" disabled=${!goods.length} onClick=${write}>${t('till.goods_out')}<//>
    </div>`;
}

/** As spreadsheets in Korea save it: UTF-8, else CP949. @param {ArrayBuffer} bytes */
function textOf(bytes) {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder('euc-kr').decode(bytes);         // which browsers read as CP949
  }
}
