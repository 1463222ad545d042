// What this till signs: sessions, requests and charges with its own key; refunds with a second key that lies sealed
// under the owner's PIN, so that a cashier can take and never send. A tablet's keys lie in its browser, a till PC's in its
// program, which signs here nothing that it has not written down.

import { Refused, refused } from '../lib/api.js';
import { base64url, fromBase64url, fromHex, hex, random } from '../lib/bytes.js';
import { nowS } from '../lib/clock.js';
import { messageId, parse, sign as signed } from '../lib/cose.js';
import { createKey, loadKey, removeKey } from '../lib/keys.js';
import { keep, load } from './journal.js';
import { write } from './journaltablet.js';
import { ask, onPc } from './program.js';
import { state } from './state.js';

const KEY = 'till', REFUND_KEY = 'till refund';
const SESSION_S = 540;          // of what the server takes for ten minutes: a minute for the way
const ROUNDS = 600_000;         // of PBKDF2
const FREE_TRIES = 5, FIRST_WAIT_S = 60;

/** @type {{text: string, untilS: number} | null} */
let shown = null;

/** The two keys of a new till. @param {string} pin */
export async function makeKeys(pin) {
  await forgetKeys();
  return { key: await createKey(KEY), refundKey: await createKey(REFUND_KEY, await sealedBy(pin), true) };
}

export async function forgetKeys() {
  shown = null;
  await removeKey(KEY);
  await keep(REFUND_KEY, undefined);
  await keep('tries', undefined);
}

/** @typedef {{sign(data: Uint8Array): Promise<Uint8Array>, owner?: string}} OwnersKey owner: how a till PC's program knows it */

/** The refund key, for one refund. SIGN_IN_WRONG, TOO_MANY. @param {string} pin @returns {Promise<OwnersKey>} */
export async function unlock(pin) {
  if (onPc) return unlockedThere(await ask('unlock', { pin }));
  const { wrong = 0, waitUntilS = 0 } = await load('tries') ?? {};
  if (waitUntilS > nowS()) throw refused('TOO_MANY', { wait_s: waitUntilS - nowS() });
  const waitS = wrong + 1 < FREE_TRIES ? 0 : FIRST_WAIT_S * 2 ** (wrong + 1 - FREE_TRIES);
  await keep('tries', { wrong: wrong + 1, waitUntilS: waitS && nowS() + waitS });   // counted before it is tried
  const key = await loadKey(REFUND_KEY, await sealedBy(pin));
  if (!key) throw refused('SIGN_IN_WRONG');
  await keep('tries', undefined);
  return key;
}

/** @param {string} owner @returns {OwnersKey} */
function unlockedThere(owner) {
  return { owner, sign: async (data) => fromBase64url(await ask('owner', { owner, data: base64url(data) })) };
}

/**
 * A shelf for the refund key: what keys.js has sealed for this device is sealed once more under the PIN.
 * @param {string} pin @returns {Promise<import('../lib/keys.js').Shelf>}
 */
async function sealedBy(pin) {
  const digits = await crypto.subtle.importKey('raw', new TextEncoder().encode(pin), 'PBKDF2', false, ['deriveKey']);
  const from = (salt) => crypto.subtle.deriveKey(
    { name: 'PBKDF2', hash: 'SHA-256', salt, iterations: ROUNDS }, digits, { name: 'AES-GCM', length: 256 }, false,
    ['encrypt', 'decrypt'],
  );
  return {
    async add(name, kept) {
      const salt = random(16), pinIv = random(12);
      const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv: pinIv }, await from(salt), /** @type {any} */ (kept).sealed);
      await keep(name, { ...kept, sealed, salt, pinIv });
    },
    async get(name) {
      const kept = await load(name);
      if (!kept) return null;
      try {
        const seal = { name: 'AES-GCM', iv: kept.pinIv };
        return { ...kept, sealed: await crypto.subtle.decrypt(seal, await from(kept.salt), kept.sealed) };
      } catch {
        return null;                                            // another PIN
      }
    },
    remove: (name) => keep(name, undefined),
  };
}

/** @returns {import('./state.js').Till} */
export function ourTill() {
  if (!state.till) throw refused('UNKNOWN_TILL');
  return state.till;
}

export function chain() {
  return fromHex(ourTill().chain_id);
}

/**
 * A message of this till, signed and in its journal. Throws Full.
 * @param {'request' | 'charge' | 'refund' | 'void' | 'deposit'} kind @param {Record<string, any>} fields besides till, shop, nonce and end
 * @param {number} expiresAtS @param {Partial<import('./journal.js').Sent>} about what the journal has besides
 * @param {OwnersKey} [key] the refund key; else the till's own
 * @returns {Promise<import('./journal.js').Sent>}
 */
export async function issue(kind, fields, expiresAtS, about, key) {
  if (!onPc) return write({ ...await signHere(kind, fields, expiresAtS, key), ...about });
  const { entry, amount_won = about.amount_won, reference, cashier = state.who?.number ?? 0 } = fields;
  return ask('issue', {
    kind, entry, amount_won, reference: new TextDecoder().decode(reference), cashier, until_s: expiresAtS, sale: about.sale,
    payer: about.payer, owner: key?.owner,
  });
}

/** @param {Parameters<typeof issue>[0]} kind @param {Record<string, any>} fields @param {number} expiresAtS @param {OwnersKey} [key] */
async function signHere(kind, fields, expiresAtS, key) {
  const { till, shop } = ourTill();
  const raw = await signed(kind, { till, shop, cashier: state.who?.number ?? 0, ...fields, nonce: random(8), expires_at_s: expiresAtS }, key ?? await tillKey(), chain());
  return {
    id: hex(await messageId(kind, parse(raw).payload, chain())), kind, message: base64url(raw),
    amount_won: fields.amount_won, expires_at_s: expiresAtS, signed_at_s: nowS(),
  };
}

async function tillKey() {
  const key = await loadKey(KEY);
  if (!key) throw refused('UNKNOWN_KEY');
  return key;
}

/** Proof of this till for reading, base64url. */
export async function session() {
  if (!shown || shown.untilS < nowS() + 60 || shown.untilS > nowS() + SESSION_S + 10) shown = await newSession();
  return shown.text;
}

async function newSession() {
  if (onPc) {
    const { session: text, until_s } = await ask('session');
    return { text, untilS: until_s };
  }
  const untilS = nowS() + SESSION_S;
  const body = { signer: ourTill().till, nonce: random(8), expires_at_s: untilS };
  return { text: base64url(await signed('session', body, await tillKey(), chain())), untilS };
}

/**
 * Asks as this till. A refused time means that the device's clock was set: its answer told the right one.
 * @template T @param {(session: string) => Promise<T>} ask @returns {Promise<T>}
 */
export async function asTill(ask) {
  try {
    return await ask(await session());
  } catch (error) {
    if (!(error instanceof Refused) || !['EXPIRED', 'TOO_FAR_AHEAD'].includes(error.word)) throw error;
    shown = null;
    return ask(await session());
  }
}
