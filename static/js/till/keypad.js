// The start of the day, and the keypad: an amount, and then nothing more to choose.

import { html, useState } from '../lib/dom.js';
import { say } from '../lib/speak.js';
import { inWords } from '../lib/won.js';
import { language, t, won } from '../lib/words.js';
import { sizeOf } from './figures.js';
import { clock } from './outcomes.js';
import { Drawer } from './paper.js';
import { begin } from './selling.js';
import { change, state, useTill } from './state.js';

const MOST_WON = 100_000_000;
const QUICK = [1000, 5000, 10_000, 50_000];
const PAD = ['7', '8', '9', '4', '5', '6', '1', '2', '3', '00', '0', 'back'];

/** One key of the keypad, of the screen or of a keyboard. @param {string} key a digit, 00, +1000, back, clear, go, start */
export function press(key) {
  if (key === 'start') return void open();
  if (key === 'go') return void (state.amount_won && begin(state.amount_won));
  const was = state.fresh && key !== 'back' ? 0 : state.amount_won;
  const typed = key === 'clear' ? 0 : key === 'back' ? Math.floor(was / 10)
    : key.startsWith('+') ? was + Number(key) : Number(`${was}${key}`);
  if (typed <= MOST_WON) change({ amount_won: typed, fresh: false });
}

/** One touch for the day: sound may play from now on, and the camera asks for its leave. */
async function open() {
  say(t('till.said_start'));
  change({ screen: state.sale ? 'waiting' : 'keypad' });
  if (state.camera === 'off' || !navigator.mediaDevices) return;
  try {
    const stream = await navigator.mediaDevices.getUserMedia({ video: true });
    for (const track of stream.getTracks()) track.stop();
  } catch {
    // no camera, or not allowed: the next screen says so, and the scanner works without one
  }
}

export function Start() {
  const { till } = useTill();
  return html`
    <section class="start">
      <p class="shop">${till?.shop_name}</p>
      <button type="button" class="button" onClick=${() => press('start')}>${t('till.start')}</button>
      <p>${t('till.start_why')}</p>
    </section>`;
}

export function Keypad() {
  const { amount_won, amounts, last, line } = useTill();
  return html`
    <section class="desk">
      <div class="sum">
        <h2 class="unseen">${t('till.amount')}</h2>
        <output class=${sizeOf(amount_won)} aria-label=${t('till.amount')}>${amount_won ? won(amount_won) : html`<span class="none">${won(0)}</span>`}</output>
        <p class="said" aria-hidden="true">${amount_won ? inWords(amount_won, language) : t('till.type')}</p>
      </div>
      <div class="pad">
        <div class="quick">
          ${QUICK.map((each) => html`<${Key} key=${each} label=${t('till.add', { amount_won: each })} onPress=${() => press(`+${each}`)}>${t(`till.quick_${each}`)}<//>`)}
        </div>
        <div class="keypad">
          ${PAD.map((key) => html`<${Key} key=${key} label=${key === 'back' ? t('till.back') : key} onPress=${() => press(key)}>${key === 'back' ? '⌫' : key}<//>`)}
          <${Key} kind="clear" onPress=${() => press('clear')}>${t('till.clear')}<//>
          <${Key} kind="go" disabled=${!amount_won} onPress=${() => press('go')}>${t(line ? 'till.take' : 'till.take_later')}<//>
        </div>
      </div>
      <div class="side">
        ${amounts.length > 0 && html`
          <h3>${t('till.amounts')}</h3>
          <div class="quick">${amounts.slice(0, 4).map((each) => html`
            <${Key} key=${each} onPress=${() => void begin(each)}>${won(each)}<//>`)}
          </div>`}
        ${last && html`
          <button type="button" class="button last" onClick=${() => change({ paid: last, again: true, screen: 'paid' })}>
            <span>${t('till.last')}</span> <strong>${won(last.amount_won)}</strong> <span>${clock(last.at_s)} ✓</span>
          </button>`}
        <${Drawer} />
      </div>
    </section>`;
}

/** A key that does not take the focus from where it is, so that Enter on the keyboard goes on meaning "take". */
function Key({ onPress, children, label, kind = '', disabled = false }) {
  const [down, hold] = useState(false);
  return html`
    <button type="button" class=${`button ${kind} ${down ? 'down' : ''}`} aria-label=${label} disabled=${disabled}
      onMouseDown=${(/** @type {Event} */ event) => event.preventDefault()} onPointerDown=${() => hold(true)}
      onPointerUp=${() => hold(false)} onPointerLeave=${() => hold(false)} onClick=${onPress}>${children}</button>`;
}
