// A phone's code where neither side has a network, judged by the till alone: the certificate under a receipt key that the
// roots certified, the code under the certificate's key, its times and its sums. As strict as the server, or stricter.
// The same rules stand in pos/offline.py.

import { fromHex, hex } from '../lib/bytes.js';
import { sameBytes } from '../lib/cbor.js';
import { parse, verify } from '../lib/cose.js';
import { EXACT } from '../lib/kinds.js';
import { Refusal } from '../lib/refusal.js';
import { RECEIPTS, standing } from '../lib/trust.js';

/**
 * @typedef {object} Shown a code with its certificate, both proven
 * @property {Uint8Array} raw the code's bytes @property {Uint8Array} certificate its bytes
 * @property {string} id hex, of the code
 * @property {string} number hex, of the certified key
 * @property {number} mode @property {number} amount_won @property {number} count @property {number} shown_until_s
 * @property {number} expires_at_s
 * @property {number} cap_won @property {number} from_s @property {number} until_s of the certificate
 */
/** @typedef {{spent_won: number, counts: Record<string, string>}} Taken what this till took of one certificate: its sum, and each count's code */

const HEAD = 8, END = 66;       // of a message around a payload of 24 to 255 bytes (FORMATS.md §2)
const DEPOSIT_S = 14 * 86_400;  // how long after its certificate's end a code is deposited
const SHOWN_S = 60;             // a code is on the screen for so long
const CLOCKS_S = 60;            // by so much two clocks may differ that a server set last

/** Whether bytes hold two messages, one behind the other. @param {Uint8Array} raw */
export function isBoth(raw) {
  return raw[6] === 0x58 && raw.length > lengthOf(raw);
}

/** @param {Uint8Array} raw */
function lengthOf(raw) {
  return HEAD + raw[7] + END;
}

/**
 * Form and signatures. Refuses as `parse` and `verify`; WRONG_PURPOSE, UNKNOWN_KEY (no receipt key that stands certified; a
 * certificate for another key), BAD_FIELD.
 * @param {Uint8Array} raw code and certificate @param {import('../lib/trust.js').Known[]} known @param {Uint8Array} chain
 * @param {number} nowS @returns {Promise<Shown>}
 */
export async function open(raw, known, chain, nowS) {
  const certificate = parse(raw.slice(lengthOf(raw))), code = parse(raw.slice(0, lengthOf(raw)));
  if (code.kind !== 'offline-code' || certificate.kind !== 'certificate') throw new Refusal('WRONG_PURPOSE');
  const certified = /** @type {Record<string, any>} */ (certificate.body), asked = /** @type {Record<string, any>} */ (code.body);
  const key = standing(known, RECEIPTS, nowS).find(({ number }) => number === certified.operational)?.key;
  if (!key || !sameBytes(asked.number, certified.key.slice(0, 8))) throw new Refusal('UNKNOWN_KEY');
  await verify(certificate, fromHex(key), chain);
  const id = hex(await verify(code, certified.key, chain));
  if (asked.expires_at_s !== certified.until_s + DEPOSIT_S) throw new Refusal('BAD_FIELD', { field: 'expires_at_s' });
  const { mode, amount_won, count, shown_until_s, expires_at_s } = asked;
  const { cap_won, from_s, until_s } = certified;
  return {
    raw: code.raw, certificate: certificate.raw, id, number: hex(asked.number), mode, amount_won, count, shown_until_s,
    expires_at_s, cap_won, from_s, until_s,
  };
}

/**
 * Whether it pays this amount here and now. Refuses TOO_FAR_AHEAD, EXPIRED, CODE_USED (this count was taken here before),
 * AMOUNT_DIFFERS, OVER_CAP.
 * @param {Shown} shown @param {number} amountWon @param {number} nowS @param {Taken} taken
 */
export function judge(shown, amountWon, nowS, taken) {
  if (nowS < shown.from_s || shown.shown_until_s > nowS + SHOWN_S + CLOCKS_S) throw new Refusal('TOO_FAR_AHEAD');
  if (nowS > shown.shown_until_s || nowS >= shown.until_s) throw new Refusal('EXPIRED');
  if (taken.counts[shown.count]) throw new Refusal('CODE_USED');
  if (shown.mode === EXACT && shown.amount_won !== amountWon) throw new Refusal('AMOUNT_DIFFERS', { asked_won: shown.amount_won });
  const capWon = Math.min(shown.amount_won, shown.cap_won - taken.spent_won);
  if (amountWon > capWon) throw new Refusal('OVER_CAP', { cap_won: Math.max(0, capWon) });
}

/**
 * When it was taken, for the deposit: by the till's clock, and never outside what code and certificate allow. A second of
 * the past, because the server's clock may stand behind ours.
 * @param {Shown} shown @param {number} nowS
 */
export function takenAt({ from_s, shown_until_s, until_s }, nowS) {
  return Math.max(from_s, Math.min(nowS - 1, shown_until_s, until_s - 1));
}
