// What stands around every screen: the way home at the left, help at the right, and below: read aloud, large print,
// language. The same places everywhere; large print leaves the language out.

import { html, useEffect, useRef, useState } from '../lib/dom.js';
import { page } from '../lib/page.js';
import { Strip } from '../lib/ui.js';
import { language, t } from '../lib/words.js';
import { go, useWallet } from './state.js';

const LARGE = 'hagc large';

/** @param {{screen: string, title: string, children: any}} props */
export function Frame({ screen, title, children }) {
  const { line, view, takeOver } = useWallet();
  const heading = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => {
    document.title = title;
    if (screen !== 'home') heading.current?.focus();
  }, [screen, title]);
  return html`
    <header class="top">
      ${screen === 'home' ? html`<span class="mark" aria-hidden="true"></span>`
        : html`<button type="button" class="button quiet home" onClick=${() => go('home')}>${t('wallet.frame.home')}</button>`}
      <h1 tabindex="-1" ref=${heading}>${title}</h1>
      <button type="button" class="button quiet help" onClick=${() => go('help')}
        aria-current=${screen === 'help' ? 'page' : null}>${t('wallet.frame.help')}</button>
    </header>
    ${!line && html`<${Strip}>${t('wallet.frame.no_line', view ? { known_at_s: Math.floor(view.now_ms / 1000) } : {})}<//>`}
    ${takeOver && html`<p class="strip good row">${t('common.new_version')}
      <button type="button" class="button quiet" onClick=${takeOver}>${t('common.reload')}</button></p>`}
    <main id="main" tabindex="-1">${children}</main>
    <${Foot} />
  `;
}

function Foot() {
  const [large, setLarge] = useState(isLarge());
  const toggle = () => {
    enlarge(!large);
    setLarge(!large);
  };
  return html`
    <footer class="foot">
      <button type="button" class="button quiet" onClick=${readAloud}>${t('wallet.frame.listen')}</button>
      <button type="button" class="button quiet" aria-pressed=${String(large)} onClick=${toggle}>${t('wallet.frame.large')}</button>
      ${!large && page.languages.filter((each) => each !== language).map((each) => html`
        <a class="button quiet" lang=${each} href=${`${location.pathname}?lang=${each}${location.hash}`}>${t(`common.lang_${each}`)}</a>`)}
    </footer>
  `;
}

/** Large print is kept on this phone. @param {boolean} on */
function enlarge(on) {
  document.documentElement.classList.toggle('large', on);
  try {
    localStorage.setItem(LARGE, on ? '1' : '');
  } catch {
    // a private window keeps nothing
  }
}

function isLarge() {
  return document.documentElement.classList.contains('large');
}

/** Before the first drawing. */
export function rememberLarge() {
  try {
    document.documentElement.classList.toggle('large', localStorage.getItem(LARGE) === '1');
  } catch {
    // a private window keeps nothing
  }
}

/** Every line of the screen once; what only a machine reads is left out. */
async function readAloud() {
  const { say } = await import('../lib/speak.js');
  const pieces = 'h1, h2, h3, p, li, dt, dd, label, .button, strong';
  const lines = [...document.querySelectorAll(`.top h1, main :is(${pieces})`)]
    .filter((each) => !each.querySelector(pieces) && !each.closest('.silent, [hidden]'))
    .map((each) => each.textContent?.trim());
  say(lines.filter(Boolean).join('. '));
}
