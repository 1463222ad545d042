// Which screen is shown, what stands above it, and the keys of a till PC.

import { html, useEffect, useState } from '../lib/dom.js';
import { stayAwake } from '../lib/wake.js';
import { t, won } from '../lib/words.js';
import { Button, Strip } from '../lib/ui.js';
import { Keypad, Start, press } from './keypad.js';
import { OfflineStrip, Taken } from './offlineview.js';
import { Paid } from './paid.js';
import { Questions } from './questions.js';
import { again, leave, scanned } from './selling.js';
import { isBadge, isOwner, locked, present, signOut } from './staff.js';
import { GREEN, change, dismiss, state, useTill } from './state.js';
import { listenToKeys, textOf } from './typing.js';
import { Waiting } from './waiting.js';

const SCREENS = { start: Start, keypad: Keypad, waiting: Waiting, paid: Paid, taken: Taken };
/** Screens that are fetched when they are first opened. */
const LATER = {
  signin: () => import('./signin.js').then(({ SignIn }) => SignIn),
  card: () => import('./cardview.js').then(({ CardPin }) => CardPin),
  team: () => import('./team.js').then(({ Team }) => Team),
  goods: () => import('./goods.js').then(({ Goods }) => Goods),
  basket: () => import('./basket.js').then(({ Basket }) => Basket),
  sales: () => import('./sales.js').then(({ Sales }) => Sales),
  close: () => import('./close.js').then(({ Close }) => Close),
  receipt: () => import('./receipt.js').then(({ Receipt }) => Receipt),
  settings: () => import('./settings.js').then(({ Settings }) => Settings),
  pair: () => import('./pair.js').then(({ Pair }) => Pair),
  trouble: () => import('./pair.js').then(({ Trouble }) => Trouble),
};

export function App() {
  const { ready, till, trouble, screen, gone } = useTill();
  useEffect(stayAwake, []);
  useEffect(() => listenToKeys({ scan: arrived, remember }), []);
  useEffect(() => {
    document.addEventListener('keydown', keys);
    document.addEventListener('paste', paste);
    return () => {
      document.removeEventListener('keydown', keys);
      document.removeEventListener('paste', paste);
    };
  }, []);
  if (!ready) return gone ? html`<${Gone} why=${gone} />` : html`<p class="note">${t('common.loading')}</p>`;
  const shown = !till ? 'pair' : trouble && screen !== 'settings' ? 'trouble' : locked() ? 'signin' : screen;
  return html`
    ${till && !GREEN.includes(/** @type {any} */ (shown)) && html`<${Top} />`}
    <${Above} />
    ${shown in SCREENS ? html`<${SCREENS[/** @type {keyof typeof SCREENS} */ (shown)]} />` : html`<${Later} key=${shown} name=${shown} />`}
  `;
}

/** @param {{name: keyof typeof LATER}} props */
function Later({ name }) {
  const [Screen, show] = useState(/** @type {any} */ (null));
  const [failed, fail] = useState(false);
  useEffect(() => {
    LATER[name]().then((found) => show(() => found), () => fail(true));
  }, []);
  if (failed) return html`<p class="note">${t('common.no_line')} <${Button} onClick=${() => location.reload()}>${t('common.reload')}<//></p>`;
  return Screen ? html`<${Screen} />` : html`<p class="note">${t('common.loading')}</p>`;
}

/** The shop and the ways to the other places. The day's sum is not for the customer who waits. */
function Top() {
  const { till, day, screen, sale, who, goods } = useTill();
  const busy = Boolean(sale) || screen === 'card' || locked();
  const places = [...goods.length ? ['basket'] : [], 'sales', ...isOwner() ? ['settings'] : []];
  return html`
    <header class="top">
      <h1>${till?.shop_name} <small>${t('till.number', { number: till?.till ?? 0 })}</small></h1>
      ${day && screen === 'keypad' && isOwner() && !locked() && html`<p class="day">${t('till.today')} <strong>${won(day.won)}</strong> <span>${t('till.sales_count', { count: day.sales })}</span></p>`}
      ${screen !== 'start' && !busy && html`
        <nav aria-label=${t('till.places')}>
          ${screen === 'keypad' ? '' : html`<${Button} kind="quiet" onClick=${() => change({ screen: 'keypad' })}>${t('till.keypad')}<//>`}
          ${places.filter((each) => each !== screen).map((each) => html`
            <${Button} key=${each} kind="quiet" onClick=${() => change({ screen: /** @type {any} */ (each) })}>${t(`till.${each}`)}<//>`)}
          ${who && present().length > 0 && html`<${Button} kind="quiet who" onClick=${() => void signOut()}>${who.name} · ${t('till.sign_out')}<//>`}
        </nav>`}
    </header>`;
}

/** A till PC's page without its program, before anything could be read. @param {{why: 'gone' | 'outside'}} props */
function Gone({ why }) {
  const [title, detail, next] = ['title', 'detail', 'next'].map((part) => t(`till.pc.${why}.${part}`));
  return html`<section class="no" role="alert"><h2>${title}</h2><p>${detail}</p><p class="next">${next}</p></section>`;
}

/** What must be known on every screen and stops nobody. */
function Above() {
  const { line, open, notices, takeOver, sale, screen, till, gone } = useTill();
  const green = GREEN.includes(screen) && !locked();        // the customer reads it: what can wait is on the next screen
  const told = screen === 'waiting' && sale?.phase === 'waiting';      // there it stands at length
  return html`
    <div class="above" aria-live="polite">
      ${gone && html`<${Strip}>${['title', 'detail', 'next'].map((part) => t(`till.pc.${gone}.${part}`)).join(' ')}<//>`}
      ${!line && !gone && !green && !told && html`<${Strip}>${t(till ? 'till.line_down' : 'common.no_line')}${sale ? '' : ` ${t('till.line_back')}`}<//>`}
      ${open > 0 && !green && (!sale || sale.phase !== 'checking') && html`<${Strip}>${t('till.open', { count: open })}<//>`}
      ${till && html`<${Questions} />`}
      ${!green && html`<${OfflineStrip} />`}
      ${notices.map(({ key, tone, text }) => html`
        <div class=${`strip notice ${tone}`} key=${key} role="status">
          <span>${text}</span>
          <${Button} kind="quiet" onClick=${() => dismiss(key)}>${t('till.seen')}<//>
        </div>`)}
      ${takeOver && ['start', 'keypad'].includes(screen) && html`
        <div class="strip notice good"><span>${t('common.new_version')}</span>
          <${Button} kind="quiet" onClick=${takeOver}>${t('common.reload')}<//></div>`}
    </div>`;
}

/** A scanner typed something. @param {import('./typing.js').Typed} typed */
function arrived(typed) {
  const text = textOf(typed);
  const pairing = /#PAIR=([0-9A-Z-]+)/i.exec(text);
  if (!state.till) return void (pairing && change({ code: pairing[1].toUpperCase() }));
  const badge = [typed.byPlace, typed.byLetter].find(isBadge);
  if (badge && !state.sale) return void signOut().then(() => change({ badge }));
  if (state.screen === 'settings') return change({ test: typed });
  if (locked()) return;
  void scanned(text);
}

/** The keypad or the green screen as it is before a scanner's first keys fall on it. */
function remember() {
  const { screen, amount_won, fresh } = state;
  return () => {
    if (screen === 'keypad' || GREEN.includes(screen)) change({ screen, amount_won, fresh });
  };
}

/** @param {ClipboardEvent} event */
function paste(event) {
  if (event.target instanceof HTMLInputElement || event.target instanceof HTMLTextAreaElement) return;
  const text = event.clipboardData?.getData('text') ?? '';
  if (text && ['keypad', 'waiting', ...GREEN].includes(state.screen) && !locked()) void scanned(text);
}

/** The keys of a till PC: digits, Enter, Backspace, Esc. @param {KeyboardEvent} event */
function keys(event) {
  const { target } = event;
  const writing = target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement;
  if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing || event.defaultPrevented || !state.till || state.trouble || locked()) return;
  if (event.key === 'Escape') return escape();
  if (writing) return;
  const digit = /^(?:Digit|Numpad)(\d)$/.exec(event.code)?.[1] ?? (/^\d$/.test(event.key) ? event.key : '');
  const onControl = target instanceof HTMLElement && target.closest('button, a, summary') !== null;
  if (GREEN.includes(state.screen) && (digit || event.key === 'Enter' && !onControl)) leave();
  if (state.screen === 'waiting' && state.sale?.phase === 'refused' && event.key === 'Enter' && !onControl) return again();
  if (state.screen === 'start' && event.key === 'Enter' && !onControl) return press('start');
  if (state.screen !== 'keypad') return;
  if (digit && !event.shiftKey) press(digit);
  else if (event.key === 'Backspace') press('back');
  else if (event.key === 'Enter' && !onControl) press('go');
}

function escape() {
  if (state.sale?.phase === 'checking') return state.sale.slow ? leave() : undefined;
  if (state.screen === 'waiting') leave(state.sale?.phase === 'refused' ? 0 : state.amount_won);
  else if (state.screen === 'keypad') press('clear');
  else if (state.screen !== 'start') leave();
}

