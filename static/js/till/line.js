// Whether the server is there. When somebody got no answer it is asked each few seconds until it answers again.

import { NoAnswer, get } from '../lib/api.js';
import { change, state } from './state.js';

const EACH_MS = 3000;

let asking = false;

/** Somebody got no answer. Says so only when the server doesn't answer a plain question either. */
export async function doubt() {
  if (asking) return;
  asking = true;
  try {
    if (!navigator.onLine) change({ line: false });
    while (!await answers(2)) {
      change({ line: false });
      await new Promise((done) => setTimeout(done, EACH_MS));
    }
    if (!state.line) change({ line: true });
  } finally {
    asking = false;
  }
}

/** Somebody waits for it: is it there now? */
export async function isBack() {
  const back = await answers(1);
  if (back) change({ line: true });
  return back;
}

/** @param {number} tries */
async function answers(tries) {
  try {
    return (await get('/health', { withinMs: 4000, tries })).alive === true;
  } catch (error) {
    if (error instanceof NoAnswer) return false;
    return true;                                            // a worded no is an answer
  }
}
