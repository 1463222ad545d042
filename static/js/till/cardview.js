// The PIN of a paper card, typed by its holder with the screen turned to them: large keys, hidden digits. When they ask, what is
// left on it comes out on paper: this screen says no more than that.

import { html, useEffect, useState } from '../lib/dom.js';
import { nowS } from '../lib/clock.js';
import { t, won } from '../lib/words.js';
import { Button } from '../lib/ui.js';
import { balanceOf, payByCard, putAway } from './card.js';
import { Figures } from './figures.js';
import { renew } from './selling.js';
import { useTill } from './state.js';

const DIGITS = 6;
const PAD = ['1', '2', '3', '4', '5', '6', '7', '8', '9', 'clear', '0', 'back'];
const WARN_DAYS = 14, SOON_DAYS = 3;    // as pos/receipt.py

export function CardPin() {
  const { card } = useTill();
  return card?.look ? html`<${OfPhone} />` : html`<${Pin} />`;
}

/** A phone needs no PIN: what it shows is its owner's wish. */
function OfPhone() {
  const { card, sale } = useTill();
  const [seen, see] = useState(/** @type {import('./card.js').Balance | boolean} */ (false));
  useEffect(() => void balanceOf('').then(see), []);
  if (seen) return html`<${Left} seen=${seen} last="" done=${putAway} />`;
  return html`
    <section class="card-left">
      ${card?.problem ? html`<${Problem} problem=${card.problem} waitS=${0} /><${Button} onClick=${putAway}>${t('common.close')}<//>`
    : html`<p role="status">${t('till.checking')}</p>`}
      ${sale && html`<${Figures} won=${sale.amount_won} />`}
    </section>`;
}

function Pin() {
  const { card, sale, printer } = useTill();
  const [pin, write] = useState('');
  const [seen, see] = useState(/** @type {import('./card.js').Balance | boolean} */ (false));
  const [slip, wish] = useState(false);
  const [busy, work] = useState(false);
  const [now, tick] = useState(nowS());
  useEffect(() => {
    const timer = setInterval(() => {
      tick(nowS());
      void renew();
    }, 1000);
    return () => clearInterval(timer);
  }, []);
  useEffect(() => {
    if (card?.problem) write('');       // not at the first drawing: a quick first digit may be there before
  }, [card?.problem]);
  const waitS = Math.max(0, (card?.waits_until_s ?? 0) - now);
  const ready = pin.length === DIGITS && !busy && !waitS;
  const pay = () => void (ready && sale && payByCard(pin, slip));
  const look = async () => {
    if (!ready) return;
    work(true);
    see(await balanceOf(pin).finally(() => work(false)));
    write('');
  };
  const press = (/** @type {string} */ key) => {
    if (key === 'clear') write('');
    else if (key === 'back') write((was) => was.slice(0, -1));
    else write((was) => (was + key).slice(0, DIGITS));
  };
  useKeys(press, () => (sale ? pay() : void look()));
  if (!card) return null;
  if (seen) return html`<${Left} seen=${seen} last=${card.number.slice(-4)} done=${() => (sale ? see(false) : putAway())} />`;
  return html`
    <section class="card-pin">
      <div class="sum">
        <h2>${t('till.card.title')}</h2>
        ${sale && html`<${Figures} won=${sale.amount_won} />`}
        <p class="turn">${t('till.card.turn')}</p>
        <p class="small">${t('till.card.which', { last: card.number.slice(-4) })}</p>
        <${Problem} problem=${card.problem} waitS=${waitS} />
      </div>
      <div class="pad">
        <p class="dots" role="status" aria-label=${t('till.card.typed', { count: pin.length })}>${Array.from({ length: DIGITS }, (_, at) => html`<span key=${at} class=${at < pin.length ? 'full' : ''}></span>`)}</p>
        <div class="keypad">${PAD.map((key) => html`
          <button type="button" key=${key} class=${`button ${key === 'clear' ? 'clear' : ''}`} aria-label=${key === 'back' ? t('till.back') : key === 'clear' ? t('till.card.clear') : key}
            onMouseDown=${(/** @type {Event} */ event) => event.preventDefault()} onClick=${() => press(key)}>${key === 'back' ? '⌫' : key === 'clear' ? t('till.clear') : key}</button>`)}
        </div>
        ${sale && printer && html`<label class="choice"><input type="checkbox" checked=${slip} onChange=${() => wish(!slip)} /> ${t('till.card.after')}</label>`}
        <div class="row">
          ${sale && html`<${Button} kind="grow" disabled=${!ready} onClick=${pay}>${t('till.card.pay', { amount_won: sale.amount_won })}<//>`}
          <${Button} kind=${sale ? 'quiet' : 'grow'} disabled=${!ready} onClick=${() => void look()}>${t(busy ? 'till.checking' : 'till.card.look')}<//>
          <${Button} kind="quiet" onClick=${putAway}>${t('common.cancel')}<//>
        </div>
      </div>
    </section>`;
}

/** @param {{problem: import('./state.js').Problem | null, waitS: number}} props */
function Problem({ problem, waitS }) {
  if (!problem) return null;
  return html`
    <div class="refusal" role="alert">
      <h3>${problem.title}</h3>
      <p>${waitS ? t('till.card.wait', { wait_s: waitS }) : problem.detail}</p>
      <p class="next">${problem.next}</p>
    </div>`;
}

/** @param {{seen: import('./card.js').Balance | true, last: string, done: () => void}} props seen: what the browser is to print; true: it is printed */
function Left({ seen, last, done }) {
  const [printed, end] = useState(seen === true);
  const print = () => {
    globalThis.print();
    end(true);
  };
  return html`
    <section class="card-left papers">
      <div class="unprinted" role="status">
        <h2>${t(printed ? 'till.card.printed' : 'till.card.turn_print')}</h2>
        <p>${t(printed ? 'till.card.printed_detail' : 'till.card.turn_print_detail')}</p>
        <div class="row">
          ${!printed && html`<${Button} onClick=${print}>${t('paper.print')}<//>`}
          <${Button} kind=${printed ? '' : 'quiet'} onClick=${done}>${t('common.close')}<//>
        </div>
      </div>
      ${seen !== true && html`<${Paper} seen=${seen} last=${last} />`}
    </section>`;
}

/** Seen on paper alone. @param {{seen: import('./card.js').Balance, last: string}} props */
function Paper({ seen, last }) {
  const firstDays = seen.ends[0]?.left_days ?? Infinity;
  return html`
    <article class="slip only-printed" aria-hidden="true">
      <h3>${t('paper.left.title')}</h3>
      <p>${last ? t('paper.left.of', { last }) : t('paper.left.phone')}</p>
      <p class="sum"><span>${t('paper.left.all')}</span><strong>${won(seen.balance_won)}</strong></p>
      ${seen.limit && html`<p class="sum"><span>${t('paper.left.limit')}</span><strong>${won(seen.limit.left_won)}</strong></p>
        ${seen.limit.again_at_s && html`<p class="small">${t('paper.left.again', { again_at_s: seen.limit.again_at_s, limit_won: seen.limit.limit_won })}</p>`}`}
      <dl><div><dt>${t('paper.left.here')}</dt><dd>${won(seen.spendable_here_won)}</dd></div></dl>
      ${firstDays <= WARN_DAYS && html`<p class="copy">${t(firstDays <= SOON_DAYS ? 'paper.left.days' : 'paper.left.soon')}</p>`}
      <dl>${seen.ends.map((end) => html`<div key=${end.day}><dt>${until(end)}</dt><dd>${won(end.amount_won)}</dd></div>`)}</dl>
      <p class="small">${t('paper.left.yours')}</p>
    </article>`;
}

/** @param {import('./card.js').End} end */
function until({ day, left_days: days }) {
  if (!days) return t('paper.left.today');
  return t(days <= WARN_DAYS ? 'paper.left.ends_in' : 'paper.left.ends', { day, days });
}

/** A keyboard's digits, Backspace, Enter and Esc. @param {(key: string) => void} press @param {() => void} go */
function useKeys(press, go) {
  useEffect(() => {
    const keys = (/** @type {KeyboardEvent} */ event) => {
      if (event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented) return;
      const digit = /^(?:Digit|Numpad)(\d)$/.exec(event.code)?.[1];
      const onControl = event.target instanceof HTMLElement && event.target.closest('button, a') !== null;
      if (digit && !event.shiftKey) press(digit);
      else if (event.key === 'Backspace') press('back');
      else if (event.key === 'Escape') putAway();
      else if (event.key === 'Enter' && !onControl) go();
      else return;
      event.preventDefault();
    };
    document.addEventListener('keydown', keys, true);
    return () => document.removeEventListener('keydown', keys, true);
  });
}
