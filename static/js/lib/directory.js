// The signed directory: the city's shops and hosts, and what may be paid and taken without a network. Believed only when
// a key that the roots certified signed exactly these bytes; good until its signature ends.

import { NoAnswer, get } from './api.js';
import { fromBase64url, fromHex, hex } from './bytes.js';
import { parse, verify } from './cose.js';
import { NOTICES, standing } from './trust.js';

/** @typedef {import('./policy.js').Period} Period */
/**
 * @typedef {object} Offline figures of the city's policy, as dated periods in the order of their entries
 * @property {Period[]} payer_won @property {Period[]} till_won @property {Period[]} day_won @property {Period[]} life_s
 */
/** @typedef {{hosts: string[], shops: any[], offline?: Offline, at_s: number, until_s: number}} Directory */

/**
 * What the server tells now; null when the city did not sign it. Throws NoAnswer, Refused.
 * @param {import('./trust.js').Known[]} known @param {Uint8Array} chain @param {number} nowS @returns {Promise<Directory | null>}
 */
export async function askDirectory(known, chain, nowS) {
  const bytes = await fetched();
  const { message } = await get('/api/directory/signature');
  return proven(bytes, fromBase64url(message), known, chain, nowS);
}

/**
 * @param {Uint8Array} bytes the listing @param {Uint8Array} message directory
 * @param {import('./trust.js').Known[]} known @param {Uint8Array} chain @param {number} nowS @returns {Promise<Directory | null>}
 */
export async function proven(bytes, message, known, chain, nowS) {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', /** @type {BufferSource} */ (bytes)));
  try {
    const signed = parse(message);
    const body = /** @type {Record<string, any>} */ (signed.body);
    const key = standing(known, NOTICES, nowS).find((each) => each.number === body.operational);
    if (!key || signed.kind !== 'directory' || hex(body.digest) !== hex(digest) || nowS > body.expires_at_s) return null;
    await verify(signed, fromHex(key.key), chain);
    return { ...JSON.parse(new TextDecoder().decode(bytes)), at_s: body.at_s, until_s: body.expires_at_s };
  } catch (error) {
    if (error.name !== 'Refusal') throw error;
    return null;
  }
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
