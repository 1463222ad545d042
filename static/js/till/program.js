// The till PC's program (`python -m pos serve`), where this page is served by one: it holds the keys, the journal and the
// printer. It is asked at this page's own address; everything else there is the city, to which the program passes it on.

import { NoAnswer, Refused, refused } from '../lib/api.js';
import { learn } from '../lib/clock.js';
import { page } from '../lib/page.js';
import { language, t } from '../lib/words.js';
import { Full } from './full.js';
import { change, state } from './state.js';

/** Whether a program stands behind this page; else it is a tablet's, and the browser holds all of that. */
export const onPc = Boolean(page.program);

const WITHIN_MS = 20_000;       // a printer may think for long
const TRIES = 3, PAUSE_MS = 300, EACH_MS = 1000;
const ONCE = ['issue', 'deposit', 'in-place', 'unlock', 'print', 'print-closing', 'print-balance', 'print-trial', 'set-printer', 'paid', 'drawer'];

/** The program doesn't answer: nothing is signed, written or printed now. */
export class NoProgram extends NoAnswer {
  /** @param {'gone' | 'outside'} why */
  constructor(why) {
    super();
    this.why = why;
    for (const part of /** @type {const} */ (['title', 'detail', 'next'])) this[part] = t(`till.pc.${why}.${part}`);
  }
}

/** The printer, or what belongs to it, is not there; the payment stands. */
export class NotPrinted extends Refused {
  /** @param {string} why */
  constructor(why) {
    const [title, detail, next] = ['title', 'detail', 'next'].map((part) => t(`till.pc.not_printed.${part}`, { why }));
    super({ word: 'NOT_HERE', title, detail, next, final: false, number: 0, status: 0 });
  }
}

/**
 * What the program answers. Throws Refused in this page's words, Full, NotPrinted, NoProgram, or NoAnswer where the program
 * itself needed the city.
 * @param {string} name @param {object} [content] @returns {Promise<any>}
 */
export async function ask(name, content = {}) {
  for (let left = ONCE.includes(name) ? 1 : TRIES; ; left -= 1) {
    try {
      return read(await once(name, content));
    } catch (error) {
      if (!(error instanceof NoProgram) || left <= 1) throw error;
    }
    await new Promise((done) => setTimeout(done, PAUSE_MS));
  }
}

/** @param {string} name @param {object} content @returns {Promise<any>} */
async function once(name, content) {
  const sentMs = Date.now();
  /** @type {Response} */ let answer;
  /** @type {any} */ let said;
  try {
    answer = await fetch(`/till/${name}`, {
      method: 'POST', body: JSON.stringify({ language, ...content }), headers: { 'Content-Type': 'application/json' },
      signal: AbortSignal.timeout(WITHIN_MS), cache: 'no-store',
    });
    said = answer.status === 403 ? {} : await answer.json();
  } catch {
    throw lost('gone');
  }
  if (answer.status === 403) throw lost('outside');
  learn(said.now_ms, sentMs, Date.now());
  return said;
}

/** @param {any} said */
function read(said) {
  const { word, facts, why } = said;
  if (!word) return said.answer;
  if (word === 'NO_LINE') throw new NoAnswer();
  if (word === 'FULL') throw new Full();
  if (word === 'NOT_HERE') throw new NotPrinted(why);
  if (word === 'WRONG') throw new Error(`the program was asked wrongly: ${why}`);
  throw refused(word, facts);
}

/** @param {'gone' | 'outside'} why */
function lost(why) {
  if (!state.gone) {
    change({ gone: why });
    void look();
  }
  return new NoProgram(why);
}

/** Until it answers again. */
async function look() {
  for (;;) {
    await new Promise((done) => setTimeout(done, EACH_MS));
    try {
      const { printer } = read(await once('here', {}));
      return change({ gone: '', printer });
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error;
      if (error instanceof NoProgram && error.why !== state.gone) change({ gone: error.why });
    }
  }
}

/** Resolves when the program answers; at once on a tablet. */
export async function join() {
  while (onPc) {
    try {
      return change({ printer: (await ask('here')).printer });
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error;
    }
    await new Promise((done) => setTimeout(done, EACH_MS));
  }
}
