// Asks how the account stands and keeps the answer for offline. Runs when the wallet opens, comes back to the front,
// gets its line back, has paid, or shows a screen of money; never on a timer.

import { NoAnswer, Refused, get } from '../lib/api.js';
import { askCity } from '../lib/city.js';
import { nowS } from '../lib/clock.js';
import { keep, payments } from './kept.js';
import { change, isUnfetched, state } from './state.js';

/** @type {Promise<void> | null} */
let looking = null;

/** One look at a time; who asks meanwhile gets the same. */
export function look() {
  looking ??= once().finally(() => { looking = null; });
  return looking;
}

async function once() {
  try {
    await knowCity();
    if (state.account) await lookAtAccount();
    change({ line: true, refusal: null });
  } catch (error) {
    if (error instanceof NoAnswer || isUnfetched(error)) change({ line: false });
    else if (error instanceof Refused && error.facts.stopped_at_s) await stop(error.facts);
    else if (error instanceof Refused) change({ line: true, refusal: error });
    else throw error;
  }
}

/**
 * This phone's key has ended. What it knew of the account goes: whoever holds it now need not see that, with a line or
 * without; what its owner must know stays until they empty the phone.
 * @param {Record<string, number | string>} facts
 */
async function stop({ stopped_at_s, replaced }) {
  const account = state.view?.account ?? state.stopped?.account ?? state.account?.account ?? '';
  const stopped = { at_s: Number(stopped_at_s), replaced: Boolean(replaced), account };
  for (const [name, value] of Object.entries({ stopped, view: null, offline: null })) await keep(name, value);
  change({ line: true, refusal: null, stopped, view: null, offline: null, open: [], news: [], paid: null, scanned: '' });
}

/** What a wallet alone needs loads only here. */
async function lookAtAccount() {
  const { asAccount, refill } = await import('./account.js');
  const view = await asAccount((session) => get('/api/wallet', { session }));
  await keep('view', view);
  change({ view, line: true, refusal: null });
  await refill();
  await tidy();
}

/** The city's keys, as far as its roots signed them, and its cap; its chain is pinned with the account. */
export async function knowCity() {
  const old = state.account ? state.city : null;
  const city = { ...await askCity(old?.chain_id, old?.known), asked_at_s: nowS() };
  await keep('city', city);
  change({ city });
}

/** What can wait until the screen is drawn. */
async function tidy() {
  if ((await payments()).some((payment) => payment.state === 'open')) {
    const { askAfterOpen } = await import('./payments.js');
    await askAfterOpen();
  }
  const { renew } = await import('./shops.js');
  await renew();
  const { prepare } = await import('./offline.js');
  await prepare();
}

/** Older entries of the history. @param {number} before entry number */
export async function older(before) {
  const { asAccount } = await import('./account.js');
  return asAccount((session) => get(`/api/wallet?before=${before}`, { session }));
}
