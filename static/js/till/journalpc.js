// A till PC's own record, in its program: what this page asks of it. The program checks each receipt and each signed no once
// more before it writes, and writes by itself whatever it signs.

import { Refused } from '../lib/api.js';
import { ask } from './program.js';
import { Unproven } from './unproven.js';

/** @typedef {import('./journal.js').Sent} Sent */
/** @typedef {import('./journal.js').Closed} Closed */

/** @param {string} name @returns {Promise<any>} */
export function load(name) {
  return ask('load', { name });
}

/** @param {string} name @param {any} value @returns {Promise<any>} */
export function keep(name, value) {
  return ask('keep', { name, value: value ?? null });
}

/** False when it was closed so before. Throws Unproven. @param {Closed} closed @returns {Promise<boolean>} */
export function close({ id, how, receipt, refusal, shown }) {
  return proven(how === 'settled' ? ask('settle', { id, receipt, shown: Boolean(shown) }) : ask('refuse', { id, refusal }));
}

/** @param {Promise<boolean>} answer */
function proven(answer) {
  return answer.catch((error) => {
    throw error instanceof Refused && error.word === 'UNPROVEN' ? new Unproven('by the program') : error;
  });
}

/** @param {string} id @param {string} word @returns {Promise<boolean>} */
export function note(id, word) {
  return ask('note', { id, word });
}

/** @param {string} id @returns {Promise<boolean>} */
export function confirm(id) {
  return ask('confirm', { id });
}

/** @param {string} id hex, or its beginning @returns {Promise<Sent | undefined>} */
export async function sentOf(id) {
  return await ask('sent', { id }) ?? undefined;
}

/** @param {string} id @returns {Promise<{sent: Sent, entry: number, at_s: number, amount_won: number, receipt: string} | null>} */
export function settledBy(id) {
  return ask('settled', { id });
}

/**
 * @param {string} sale
 * @returns {Promise<{sent: Sent, done?: {entry: number, at_s: number, amount_won: number, receipt: string}}[]>} the newest first
 */
export function ofSale(sale) {
  return ask('of-sale', { sale });
}

/**
 * @param {number} sinceS
 * @returns {Promise<{sent: Sent, done?: {entry: number, at_s: number, amount_won: number, receipt: string}}[]>} the newest first
 */
export function signedSince(sinceS) {
  return ask('signed-since', { since_s: sinceS });
}

/** @param {string} id @returns {Promise<string | undefined>} */
export async function refusedBy(id) {
  return await ask('refused-by', { id }) ?? undefined;
}

/** @param {string} id @returns {Promise<string | undefined>} */
export async function endOf(id) {
  return await ask('end', { id }) ?? undefined;
}

/** @returns {Promise<Sent[]>} */
export function open() {
  return ask('waiting', { how: 'open' });
}

/** @returns {Promise<Sent[]>} */
export function unsigned() {
  return ask('waiting', { how: 'said' });
}

/** @returns {Promise<Sent[]>} */
export function unasked() {
  return ask('waiting', { how: 'unasked' });
}

/** @returns {Promise<Sent[]>} */
export function lost() {
  return ask('waiting', { how: 'lost' });
}

/** @param {boolean} [text] else only whether it hangs together @returns {Promise<{text: string, count: number, broken: number}>} */
export function all(text = false) {
  return ask('rows', { text });
}

/** The program's file has room for years. */
export async function tidy() {}

export async function prepare() {}
