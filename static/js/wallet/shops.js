// The city's list of shops: names come from here, never from a QR. Signed by the city, kept for offline, renewed daily.

import { NoAnswer, get } from '../lib/api.js';
import { fromBase64url, fromHex, hex } from '../lib/bytes.js';
import { nowS } from '../lib/clock.js';
import { parse, verify } from '../lib/cose.js';
import { NOTICES, standing } from '../lib/trust.js';
import { chain } from './account.js';
import { keep, load } from './kept.js';
import { state } from './state.js';

/** @typedef {{shop: number, name: string, district: string, category: number, sort: number}} Shop */
/** @typedef {{hosts: string[], shops: Shop[], at_s: number}} Directory */

const GOOD_FOR_S = 86_400;

/** What is kept; null before the first time. @returns {Promise<Directory | null>} */
export async function directory() {
  return await load('directory') ?? null;
}

/** The shop's name as the list has it; nothing when it is not on it. @param {number} shop */
export async function nameOf(shop) {
  return (await directory())?.shops.find((each) => each.shop === shop)?.name ?? '';
}

/** Fetches the list when it is older than a day, or at once. @param {boolean} [now] @returns {Promise<Directory | null>} */
export async function renew(now = false) {
  const old = await directory();
  if (old && !now && nowS() - old.at_s < GOOD_FOR_S) return old;
  const bytes = await fetched();
  const { message } = await get('/api/directory/signature');
  const atS = await signedAt(parse(fromBase64url(message)), bytes);
  if (!atS) return old;
  const renewed = { ...JSON.parse(new TextDecoder().decode(bytes)), at_s: atS };
  await keep('directory', renewed);
  return renewed;
}

/** The exact bytes that were signed; the browser asks whether they changed. */
async function fetched() {
  try {
    const answer = await fetch('/api/directory', { cache: 'no-cache' });
    if (!answer.ok) throw new NoAnswer();
    return new Uint8Array(await answer.arrayBuffer());
  } catch {
    throw new NoAnswer();
  }
}

/**
 * When the city signed exactly these bytes; null when it did not.
 * @param {import('../lib/cose.js').Parsed} signature @param {Uint8Array} bytes
 */
async function signedAt(signature, bytes) {
  const body = /** @type {Record<string, any>} */ (signature.body);
  const key = standing(state.city?.known ?? [], NOTICES, nowS()).find((each) => each.number === body.operational);
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', /** @type {BufferSource} */ (bytes)));
  if (!key || signature.kind !== 'directory' || hex(body.digest) !== hex(digest) || nowS() > body.expires_at_s) return null;
  try {
    await verify(signature, fromHex(key.key), chain());
    return body.at_s;
  } catch (error) {
    if (error.name !== 'Refusal') throw error;
    return null;
  }
}
