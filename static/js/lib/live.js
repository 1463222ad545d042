// Hears from the server at once: the event stream, or a long poll where something between breaks streams.
// Each new connection asks for a fresh address (its session ends after minutes) and goes on after the last event.

import { get } from "./api.js";

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 15_000;
const SILENT_MS = 40_000; // the server says something each 15 s
const BROKEN_AFTER = 3; // streams that never opened

/**
 * @param {object} wish
 * @param {() => Promise<string>} wish.session a fresh signed session, base64url
 * @param {string[]} wish.events names of events
 * @param {(name: string, event: any, id: number) => void} wish.hear
 * @param {(connected: boolean) => void} [wish.line] the line came or went
 * @param {number} [wish.after] the last event already known
 * @returns {() => void} stops listening
 */
export function listen(wish) {
  const stop = new AbortController();
  const state = { after: wish.after ?? -1, failed: 0, pauseMs: FIRST_PAUSE_MS };
  run(wish, state, stop.signal);
  return () => stop.abort();
}

/** @param {any} wish @param {any} state @param {AbortSignal} signal */
async function run(wish, state, signal) {
  while (!signal.aborted) {
    const poll = state.failed >= BROKEN_AFTER;
    const opened = await (poll ? polled(wish, state, signal) : streamed(wish, state, signal));
    if (signal.aborted) return;
    if (opened) {
      state.pauseMs = FIRST_PAUSE_MS;
      state.failed = poll ? state.failed : 0;
      if (poll) continue;
    } else {
      state.failed += 1;
      wish.line?.(false);
    }
    await pause(state.pauseMs * (0.5 + Math.random()), signal);
    state.pauseMs = Math.min(state.pauseMs * 2, LONGEST_PAUSE_MS);
  }
}

/** @param {any} wish @param {any} state */
async function query(wish, state) {
  const said = new URLSearchParams({ session: await wish.session() });
  if (state.after >= 0) said.set("after", String(state.after));
  return said;
}

/**
 * One stream until it ends. True when it had opened.
 * @param {any} wish @param {any} state @param {AbortSignal} signal @returns {Promise<boolean>}
 */
async function streamed(wish, state, signal) {
  let source;
  try {
    source = new EventSource(`/api/events?${await query(wish, state)}`);
  } catch {
    return false;
  }
  return new Promise((done) => {
    let opened = false;
    let silence = 0;
    const end = () => {
      clearTimeout(silence);
      source.close();
      done(opened);
    };
    const heard = () => {
      clearTimeout(silence);
      silence = setTimeout(end, SILENT_MS);
    };
    source.onopen = () => {
      opened = true;
      heard();
      wish.line?.(true);
    };
    source.onerror = end;
    source.addEventListener("alive", heard);
    for (const name of wish.events) {
      source.addEventListener(name, (/** @type {MessageEvent} */ message) => {
        heard();
        if (message.lastEventId) state.after = Math.max(state.after, Number(message.lastEventId)); // a ring has no number
        wish.hear(name, JSON.parse(message.data), Number(message.lastEventId));
      });
    }
    signal.addEventListener("abort", end, { once: true });
    silence = setTimeout(end, SILENT_MS);
  });
}

/** @param {any} wish @param {any} state @param {AbortSignal} signal @returns {Promise<boolean>} */
async function polled(wish, state, signal) {
  try {
    const answer = await get(`/api/events/poll?${await query(wish, state)}`, { withinMs: SILENT_MS, signal });
    wish.line?.(true);
    for (const event of answer.events) {
      if (event.id !== null) state.after = Math.max(state.after, event.id);
      if (wish.events.includes(event.event)) wish.hear(event.event, event, event.id);
    }
    return true;
  } catch {
    return false;
  }
}

/** @param {number} ms @param {AbortSignal} signal */
function pause(ms, signal) {
  return new Promise((done) => {
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", () => (clearTimeout(timer), done(undefined)), { once: true });
  });
}
