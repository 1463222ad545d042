// Has the city certify a fresh key of this phone, with a network, for the time without one. All that this takes loads only
// when a certificate is due (offline.js).

import { Refused, post } from '../lib/api.js';
import { base64url, fromBase64url, fromHex, hex, random } from '../lib/bytes.js';
import { sameBytes } from '../lib/cbor.js';
import { nowS } from '../lib/clock.js';
import { parse, verify } from '../lib/cose.js';
import { createKey, loadKey, removeKey } from '../lib/keys.js';
import { RECEIPTS, standing as standingKeys } from '../lib/trust.js';
import { chain, sign } from './account.js';
import { keep } from './kept.js';
import { stillOut } from './offline.js';
import { state } from './state.js';

/** @typedef {import('./offline.js').Kept} Kept */
/** @typedef {import('./offline.js').Ready} Ready */

const LIFE_S = 540;             // of what the server takes for ten minutes: a minute for the way
const FULL_S = 1800;

/** One message for one key, kept before it is sent: sent again after a lost answer it gives the same certificate. @param {Kept} kept */
export async function certify(kept) {
  const asked = kept.asked ?? await ask();
  await keep('offline', { ...kept, asked });
  try {
    const ready = await proven(asked.key, await post('/api/certificates', { message: asked.message }, { again: true }));
    if (ready) ready.codes = stillOut(kept.ready);          // the money of those isn't free because the key is another
    await keep('offline', { ...kept, asked: null, ready: ready ?? kept.ready, full_until_s: 0 });
    if (ready && kept.ready) await removeKey(kept.ready.key);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    await removeKey(asked.key);
    const stops = ['OFFLINE_BARRED', 'ACCOUNT_FROZEN'].includes(error.word);
    const fullUntilS = error.word === 'OFFLINE_DAY_FULL' ? nowS() + FULL_S : 0;
    await keep('offline', { ...kept, asked: null, why: stops ? error.word : '', full_until_s: fullUntilS });
  }
}

async function ask() {
  const key = `offline ${hex(random(8))}`;
  const { publicKey } = await createKey(key);
  const { raw } = await sign('offline-key', { key: publicKey }, nowS() + LIFE_S);
  return { key, message: base64url(raw) };
}

/** The certificate, if the city signed it for this key; else nothing. @param {string} name @param {any} answer @returns {Promise<Ready | null>} */
async function proven(name, { certificate }) {
  try {
    const parsed = parse(fromBase64url(certificate));
    const body = /** @type {Record<string, any>} */ (parsed.body);
    const signer = standingKeys(state.city?.known ?? [], RECEIPTS, nowS()).find(({ number }) => number === body.operational);
    const key = await loadKey(name);
    if (parsed.kind !== 'certificate' || !signer || !key || !sameBytes(body.key, key.publicKey)) return null;
    await verify(parsed, fromHex(signer.key), chain());
    return { key: name, certificate, cap_won: body.cap_won, from_s: body.from_s, until_s: body.until_s, count: 0, codes: [] };
  } catch (error) {
    if (error.name !== 'Refusal') throw error;
    return null;
  }
}
