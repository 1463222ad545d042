// A code for when neither side has a network, signed by the certified key. How many and for how much is on disk before any
// is shown, and a code that was shown counts as spent until the ledger says otherwise: this phone can't know what a shop took.

import { base64url, fromBase64url, hex, random } from '../lib/bytes.js';
import { concat } from '../lib/cbor.js';
import { nowS } from '../lib/clock.js';
import { loadKey } from '../lib/keys.js';
import { CAP, EXACT } from '../lib/kinds.js';
import { toText } from '../lib/qr.js';
import { signWithId } from '../lib/signed.js';
import { chain } from './account.js';
import { addPayment, keep } from './kept.js';
import { alone, read, standing, tell } from './offline.js';
import { state } from './state.js';

const SHOWN_S = 60;
const DEPOSIT_S = 14 * 86_400;  // how long after its certificate's end a code is deposited

/**
 * A code to show, with its certificate; what it may take counts as spent from now on, on disk before this returns. Null
 * where that much may not be paid.
 * @param {number} amountWon exactly this; 0: up to all that is left
 */
export function makeOffline(amountWon) {
  return alone(async () => {
    const { why, left_won, until_s } = await standing();
    const kept = await read();
    const { ready } = kept;
    const won = amountWon || left_won;
    const key = ready && await loadKey(ready.key);
    if (why || !key || won > left_won) return null;
    const body = {
      number: key.publicKey.slice(0, 8), mode: amountWon ? EXACT : CAP, amount_won: won, count: ready.count + 1, nonce: random(8),
      shown_until_s: Math.min(nowS() + SHOWN_S, until_s), expires_at_s: ready.until_s + DEPOSIT_S,
    };
    const { raw, id: idBytes } = await signWithId('offline-code', body, key, chain());
    const id = hex(idBytes);
    const after = { ...ready, count: body.count, codes: [...ready.codes, { id, amount_won: won, settled: false }] };
    await keep('offline', { ...kept, ready: after });
    const payment = await addPayment({
      of: id, kind: 'code', id, message: base64url(raw), alias: '', expires_at_s: body.expires_at_s, signed_at_s: nowS(),
      amount_won: won, state: 'open',
    });
    await tell();
    const text = toText(concat(raw, fromBase64url(ready.certificate)), state.city?.host ?? location.host);
    return { payment, text, amount_won: won, exact: amountWon > 0, shown_until_s: body.shown_until_s };
  });
}
