// Which screen is open. Every screen has an address, so that the phone's own back button works; a code that the stock
// camera opened is /P#digits and leaves the address as soon as another screen is chosen.

import { change, state } from './state.js';

export const SCREENS = ['home', 'code', 'scan', 'pay', 'result', 'history', 'where', 'help', 'link'];

/** @param {string} screen @param {Partial<import('./state.js').State>} [part] */
export function go(screen, part = {}) {
  history.pushState(null, '', screen === 'home' ? '/' : `/#/${screen}`);
  change({ ...part, screen });
  scrollTo(0, 0);
}

/** Follows the address, now and whenever the person goes back. */
export function follow() {
  const read = () => change(here());
  addEventListener('popstate', read);
  read();
}

function here() {
  const mark = decodeURIComponent(location.hash);
  if (location.pathname.toUpperCase() === '/P') return { screen: 'pay', scanned: mark };
  const screen = mark.replace('#/', '');
  if (!SCREENS.includes(screen)) return { screen: 'home' };
  // What these two were about is gone after a reload.
  const lost = (screen === 'pay' && !state.scanned) || (screen === 'result' && !state.paid);
  return { screen: lost ? 'home' : screen };
}
