// The wallet opens: what this phone keeps is shown at once, then the server is asked. The first screen needs neither
// keys nor network code, so they load after it is drawn, and only where there is a wallet; the other screens load when they
// are opened. What is kept for offline is fetched last, when the line is free.

import { html, render, useEffect, useRef, useState } from '../lib/dom.js';
import { page } from '../lib/page.js';
import { Refusal } from '../lib/ui.js';
import { t } from '../lib/words.js';
import { Frame, rememberLarge } from './frame.js';
import { Home, Start } from './home.js';
import { load, payments } from './kept.js';
import { change, fault, follow, state, useWallet } from './state.js';

/** @type {Record<string, () => Promise<{ default: (props: object) => any }>>} */
const LATER = {
  code: () => import('./code.js'),
  scan: () => import('./scan.js'),
  pay: () => import('./pay.js'),
  result: () => import('./result.js'),
  history: () => import('./history.js'),
  where: () => import('./where.js'),
  help: () => import('./help.js'),
  link: () => import('./link.js'),
  slip: () => import('./slip.js'),
  stopped: () => import('./stopped.js'),
};
const WITHOUT_ACCOUNT = ['help', 'where'];
const OF_MONEY = ['home', 'history'];

function Wallet() {
  const { screen, account, stopped } = useWallet();
  const first = useRef(true);
  const listens = Boolean(account && !stopped) && screen !== 'code';        // which listens for itself
  useEffect(() => {
    if (!listens) return undefined;
    const ears = import('./hear.js').catch(() => null);         // no line, and never kept
    void ears.then((found) => found?.hear());
    return () => void ears.then((found) => found?.rest());
  }, [listens]);
  useEffect(() => {
    if (!first.current && OF_MONEY.includes(screen)) void lookNow();    // what came in or back meanwhile
    first.current = false;
  }, [screen]);
  if (!account && !WITHOUT_ACCOUNT.includes(screen)) {
    return html`<${Frame} screen="home" title=${t('wallet.title', page)}><${Start} opened=${screen === 'pay'} /><//>`;
  }
  if (stopped && !WITHOUT_ACCOUNT.includes(screen)) {
    return html`<${Frame} key="stopped" screen="home" title=${t('wallet.title', page)}><${Later} name="stopped" /><//>`;
  }
  if (screen === 'home') return html`<${Frame} screen="home" title=${t('wallet.title', page)}><${Home} /><//>`;
  return html`<${Frame} key=${screen} screen=${screen} title=${t(`wallet.${screen}.title`)}><${Later} name=${screen} /><//>`;
}

/** A screen that is fetched when it is opened. @param {{name: string}} props */
function Later({ name }) {
  const [found, setFound] = useState(/** @type {any} */ (null));
  useEffect(() => {
    LATER[name]().then(({ default: Screen }) => setFound({ Screen }), (error) => setFound({ error: fault(error) }));
  }, [name]);
  if (!found) return html`<p role="status">${t('common.loading')}</p>`;
  return found.error ? html`<${Refusal} error=${found.error} />` : html`<${found.Screen} />`;
}

async function start() {
  rememberLarge();
  const [account, view, city, stopped] = await Promise.all(['account', 'view', 'city', 'stopped'].map(load));
  const open = (await payments()).filter(({ kind, state }) => kind === 'payment' && state === 'open');
  change({ ready: true, account: account ?? null, view: view ?? null, city: city ?? null, stopped: stopped ?? null, open });
  follow();
  const place = /** @type {HTMLElement} */ (document.getElementById('wallet'));
  place.replaceChildren();
  render(html`<${Wallet} />`, place);
  performance.mark('usable');
  await afterFirstDrawing();
  document.addEventListener('visibilitychange', () => document.hidden || void lookNow());
  addEventListener('online', () => void lookNow());
  addEventListener('offline', () => change({ line: false }));
  await lookNow().finally(keep);
}

/** For the next time without a line; after all else, so that the first screen has the line for itself. */
async function keep() {
  const { keepOffline } = await import('../lib/offline.js');
  await keepOffline('/', (takeOver) => change({ takeOver }));
}

function afterFirstDrawing() {
  return new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn)));
}

async function lookNow() {
  if (!state.account) return change({ line: navigator.onLine });
  const told = import('./offline.js').then(({ tell }) => tell(), () => {});        // what is promised, before any answer comes
  const parts = Promise.all([import('./look.js'), import('./account.js')]);       // the one asks for the other: fetched at once
  const [found] = await parts.catch(() => [null]);                // no line, and never kept: stays as it is
  await found?.look();
  await told;
}

void start();
