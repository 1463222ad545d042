// The till's page: reads what was kept, draws, and starts what runs for as long as it is open.

import { NoAnswer, Refused } from '../lib/api.js';
import { html, render } from '../lib/dom.js';
import { listen } from '../lib/live.js';
import { keepOffline } from '../lib/offline.js';
import { unlock } from '../lib/speak.js';
import { App } from './app.js';
import { refreshAsked, watchAsked } from './asked.js';
import { refresh } from './day.js';
import { load, prepare, tidy } from './journal.js';
import { doubt } from './line.js';
import { count, hear, watch } from './outcomes.js';
import { countOffline } from './offline.js';
import { watchOffline } from './offlinesync.js';
import { lookAtCity, read } from './pairing.js';
import { join } from './program.js';
import { refreshQuestions } from './questions.js';
import { resume } from './selling.js';
import { asTill, session } from './signing.js';
import { readStaff, refreshStaff } from './staff.js';
import { change, state } from './state.js';

const EACH_MS = 50_000;         // a cashier or a till that was revoked is gone within a minute, whatever was missed

unlock();
const main = /** @type {HTMLElement} */ (document.getElementById('main'));
main.replaceChildren();
render(html`<${App} />`, main);
void start();

async function start() {
  addEventListener('hashchange', () => change({ code: broughtCode() }));
  await join();
  await prepare();
  change({
    ...await read(), ...await readStaff(), code: broughtCode(), last: await load('last') ?? null, amounts: await load('amounts') ?? [],
    camera: await load('camera') ?? 'user', goods: await load('goods') ?? [],
  });
  await resume();
  change({ ready: true });
  keepOffline('/pos', (takeOver) => change({ takeOver }));
  addEventListener('online', () => void doubt());
  addEventListener('offline', () => void doubt());
  await tidy();
  await count();
  await countOffline();
  void watch();
  void watchOffline();
  await paired();
  await look();
  watchAsked();
  listen({ session: () => asTill(session), events: ['sale', 'refund', 'question', 'staff', 'checkout'], hear: heard, line });
  setInterval(() => void (state.till && state.line && refreshStaff()), EACH_MS);
}

/** The pairing code behind the # of the console's link; it leaves the address at once. */
function broughtCode() {
  const code = new URLSearchParams(location.hash.slice(1)).get('pair') ?? '';
  if (code) history.replaceState(null, '', location.pathname);
  return code || state.code;
}

/** Resolves when this device is a till: at once, or when an officer has signed. */
function paired() {
  return new Promise((done) => {
    const look = () => (state.till ? done(undefined) : setTimeout(look, 500));
    look();
  });
}

/** Is the city still the same, and what was sold today? */
async function look() {
  try {
    await lookAtCity();
    await refresh();
  } catch (error) {
    if (!(error instanceof NoAnswer || error instanceof Refused)) throw error;
    void doubt();
  }
}

/** @param {string} name @param {any} event */
function heard(name, event) {
  if (name === 'question') void refreshQuestions();
  else if (name === 'staff') void refreshStaff();
  else if (name === 'checkout') void refreshAsked();
  else void hear(name, event);
  if (name === 'refund' && state.questions.length) void refreshQuestions();      // in whatever way it was answered
}

/** @param {boolean} connected */
function line(connected) {
  if (connected && !state.line) void look();
  // What rang while nobody listened; and a stream that won't open may be the end of this till.
  if (connected) void Promise.all([refreshStaff(), refreshQuestions(), refreshAsked()]);
  else void refresh();
  void doubt();
}
