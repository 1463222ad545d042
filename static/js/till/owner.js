// What only the shop's owner asks: requests that the refund key signs, once the PIN has unlocked it. app/web/owner.py says how.

import { base64url, hex } from '../lib/bytes.js';
import { concat } from '../lib/cbor.js';
import { nowS } from '../lib/clock.js';
import { chain, ourTill } from './signing.js';

const LABEL = 'hagc/owner/1\0';
const ORDER_S = 300;

/** How lib/api.js proves each question of the owner's. @param {import('./signing.js').OwnersKey} key @returns {import('../lib/api.js').Prove} */
export function asOwner(key) {
  const utf8 = new TextEncoder();
  return async (what, body) => {
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', utf8.encode(body)));
    const said = utf8.encode(JSON.stringify({ till: ourTill().till, what, body: hex(digest), expires_at_s: nowS() + ORDER_S }));
    return `HAGC-Owner ${base64url(said)}.${base64url(await key.sign(concat(utf8.encode(LABEL), chain(), said)))}`;
  };
}
