// This phone's account: its key, its stock of one-time names (aliases), and whatever is signed with them.

import { Refused, post, refused } from '../lib/api.js';
import { base64url, fromHex, random } from '../lib/bytes.js';
import { nowS } from '../lib/clock.js';
import { createKey, loadKey, removeKey } from '../lib/keys.js';
import { sign as signed, signWithId } from '../lib/signed.js';
import { dropPayment, keep, load, payments } from './kept.js';
import { change, state } from './state.js';

const KEY = 'wallet';
const LIFE_S = 540;             // of what the server takes for ten minutes: a minute for the way
const REFILL_BELOW = 10, REFILL_BY = 20;

/** @type {{text: string, untilS: number} | null} */
let shown = null;

/**
 * Makes the key and opens the account. What is sent is kept first: a lost answer and a second try open one account.
 * @returns {Promise<void>}
 */
export function open() {
  return alone(async () => {
    const there = await load('account');
    if (there) return change({ account: there });
    const key = await loadKey(KEY) ?? await createKey(KEY);
    const answer = await post('/api/accounts', { message: await opening(key) }, { again: true })
      .catch(async (error) => {
        if (!(error instanceof Refused) || error.word !== 'EXPIRED') throw error;
        await keep('opening', null);                    // it never arrived while it held
        return post('/api/accounts', { message: await opening(key) }, { again: true });
      });
    const account = { account: answer.account, aliases: answer.aliases, last: answer.aliases[0] };
    await keep('account', account);
    change({ account });
    navigator.storage?.persist?.();
  });
}

/** @param {import('../lib/keys.js').Key} key */
async function opening(key) {
  const kept = await load('opening');
  if (kept) return kept;
  const body = { key: key.publicKey, grade: key.grade, nonce: random(8), expires_at_s: nowS() + LIFE_S };
  const message = base64url(await signed('account-open', body, key, chain()));
  await keep('opening', message);
  return message;
}

/** Forgets this wallet: only when its city is no longer there, or its key has ended. The account stays, and the counter can give it back. */
export async function forget() {
  await removeKey(KEY);
  for (const name of ['account', 'opening', 'view', 'city', 'directory', 'offline', 'stopped', 'devices known']) await keep(name, null);
  for (const payment of await payments()) await dropPayment(payment.of);
  location.assign('/');
}

/** The chain this wallet was opened on. It is pinned: another one is another city. */
export function chain() {
  if (!state.city) throw refused('OTHER_CHAIN');
  return fromHex(state.city.chain_id);
}

/** The name to sign with next; when the stock is empty, the last one again. */
export function nextAlias() {
  if (!state.account) throw refused('UNKNOWN_KEY');
  return state.account.aliases[0] ?? state.account.last;
}

/**
 * A message of this account, signed. Seconds of life count from now.
 * @param {string} kind @param {Record<string, any>} fields besides alias, nonce and end
 * @param {number} expiresAtS @returns {Promise<{raw: Uint8Array, id: Uint8Array, alias: string}>}
 */
export async function sign(kind, fields, expiresAtS) {
  const key = await loadKey(KEY);
  if (!key) throw refused('UNKNOWN_KEY');
  const alias = nextAlias();
  const who = kind === 'session' ? 'signer' : 'alias';
  const body = { ...fields, [who]: fromHex(alias), nonce: random(8), expires_at_s: expiresAtS };
  return { ...await signWithId(kind, body, key, chain()), alias };
}

/** Proof of this account for reading, base64url. */
export async function session() {
  if (!shown || shown.untilS < nowS() + 60 || shown.untilS > nowS() + LIFE_S + 10) {
    const untilS = nowS() + LIFE_S;
    const { raw } = await sign('session', {}, untilS);
    shown = { text: base64url(raw), untilS };
  }
  return shown.text;
}

/**
 * Asks as this account. A refused time means that the phone's clock was set: its answer told the right one.
 * @template T @param {(session: string) => Promise<T>} ask @returns {Promise<T>}
 */
export async function asAccount(ask) {
  try {
    return await ask(await session());
  } catch (error) {
    if (!(error instanceof Refused) || !['EXPIRED', 'TOO_FAR_AHEAD'].includes(error.word)) throw error;
    shown = null;
    return ask(await session());
  }
}

/** A settled message used its alias up. @param {string} alias */
export function useUp(alias) {
  return restock((aliases) => aliases.filter((each) => each !== alias));
}

/** Shown, and nobody knows whether it was taken: the others come first. @param {string} alias */
export function putBack(alias) {
  return restock((aliases) => (aliases.includes(alias) ? [...aliases.filter((each) => each !== alias), alias] : aliases));
}

/** Asks for new aliases when the stock is low. Until the office has linked it, a wallet uses its last one again. */
export async function refill() {
  if (!state.account || !state.view?.linked || state.account.aliases.length >= REFILL_BELOW) return;
  const { raw } = await sign('alias-batch', { count: REFILL_BY }, nowS() + LIFE_S);
  const answer = await post('/api/aliases', { message: base64url(raw) }, { again: true }).catch((error) => {
    if (error instanceof Refused && ['NO_RIGHT', 'TOO_MANY'].includes(error.word)) return null;     // at another look
    throw error;
  });
  if (!answer) return;
  const { aliases } = answer;
  await restock((old) => [...new Set([...old, ...aliases])]);
}

/** @param {(aliases: string[]) => string[]} renew */
function restock(renew) {
  return alone(async () => {
    const old = await load('account') ?? state.account;
    if (!old) return;
    const aliases = renew(old.aliases);
    const account = { ...old, aliases, last: aliases[0] ?? old.aliases[0] ?? old.last };
    await keep('account', account);
    change({ account });
  });
}

/** One at a time, in all windows of this phone. @param {() => Promise<void>} work */
function alone(work) {
  return navigator.locks ? navigator.locks.request('hagc wallet', work) : work();
}
