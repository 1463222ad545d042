// How a tablet becomes a till: it makes two keys, claims the officer's code with them and proves both; the officer
// compares the digits on both screens and signs. The code alone pairs nothing.

import { NoAnswer, Refused, get, post } from '../lib/api.js';
import { base64url, fromHex } from '../lib/bytes.js';
import { concat } from '../lib/cbor.js';
import { Untrusted, askCity } from '../lib/city.js';
import { t } from '../lib/words.js';
import { keep, load } from './journal.js';
import { forgetKeys, makeKeys } from './signing.js';
import { change, state, tell } from './state.js';

const LABEL = 'hagc/pairing/1\0';
const DIGITS = 10n ** 12n;
const EACH_MS = 2000;

/** Twelve digits of both keys, as the officer's screen must show them. @param {Uint8Array} key @param {Uint8Array} refundKey */
export async function fingerprint(key, refundKey) {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', concat(key, refundKey)));
  const number = digest.slice(0, 5).reduce((sum, byte) => sum << 8n | BigInt(byte), 0n) % DIGITS;
  return String(number).padStart(12, '0').replace(/(\d{4})(?=\d)/g, '$1-');
}

/** Claims the code with new keys; throws Refused or NoAnswer. @param {string} code @param {string} pin */
export async function claim(code, pin) {
  const { chain_id } = await askCity();                     // pinned: who pairs and who is paired are of one city
  const { key, refundKey } = await makeKeys(pin);
  const ascii = new TextEncoder();
  const toProve = concat(ascii.encode(LABEL), fromHex(chain_id), ascii.encode(code), key.publicKey, refundKey.publicKey);
  const digits = await fingerprint(key.publicKey, refundKey.publicKey);
  const pairing = {
    code, digits, chain_id, key: base64url(key.publicKey), refund_key: base64url(refundKey.publicKey),
    proof: base64url(await key.sign(toProve)), refund_proof: base64url(await refundKey.sign(toProve)),
  };
  await keep('pairing', pairing);                           // before it is sent: the same keys again change nothing
  await send(pairing).catch(async (error) => {
    if (!(error instanceof Refused)) return;                // `wait` sends it again
    await giveUp();
    throw error;
  });
  change({ pairing });
}

/** @param {import('./state.js').Pairing} pairing */
function send({ code, key, refund_key, proof, refund_proof }) {
  return post('/api/tills/pair', { code, key, refund_key, proof, refund_proof }, { again: true });
}

/** Asks until an officer has signed, or it is over; throws what ended it. @param {AbortSignal} signal */
export async function wait(signal) {
  while (!signal.aborted && state.pairing) {
    try {
      const found = await get(`/api/tills/pair/${encodeURIComponent(state.pairing.code)}`);
      if (found.state === 'paired') return await settle(found);
      if (found.state === 'open') await send(state.pairing);
      change({ line: true });
    } catch (error) {
      if (error instanceof Refused) {
        await giveUp();
        throw error;
      }
      if (!(error instanceof NoAnswer)) throw error;
      change({ line: false });
    }
    await new Promise((done) => setTimeout(done, EACH_MS));
  }
}

export async function giveUp() {
  await keep('pairing', null);
  await forgetKeys();
  change({ pairing: null });
}

/** @param {{till: number, shop: number, shop_name: string, rights: number}} found */
async function settle({ till, shop, shop_name, rights }) {
  const { chain_id, host, known } = await askCity(state.pairing?.chain_id);
  const kept = { till, shop, shop_name, rights, chain_id, host, known };
  await keep('till', kept);
  await keep('pairing', null);
  change({ till: kept, pairing: null, screen: 'start' });
  navigator.storage?.persist?.();
}

/** Looks whether the city is still the one this till was paired in, and learns the new keys that its roots signed. */
export async function lookAtCity() {
  const till = state.till;
  if (!till) return;
  try {
    const { known } = await askCity(till.chain_id, till.known);
    const renewed = { ...till, known };
    await keep('till', renewed);
    change({ till: renewed });
  } catch (error) {
    if (error instanceof Untrusted) tell({ key: 'untrusted', tone: 'bad', text: t('till.refused.UNTRUSTED.detail') });
    else if (error instanceof Refused && error.word === 'OTHER_CHAIN') change({ trouble: error });
    else throw error;
  }
}

/** Makes this device an unpaired one. The till's number stays with the city until an officer revokes it. */
export async function unpair() {
  await forgetKeys();
  for (const name of ['till', 'pairing', 'last', 'amounts']) await keep(name, null);
  location.reload();
}

/** What was kept of pairing when the page opens. */
export async function read() {
  return { till: await load('till') ?? null, pairing: await load('pairing') ?? null };
}
