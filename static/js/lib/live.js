// Hears from the server at once: the event stream, or a long poll where something between breaks streams.
// Each new connection asks for a fresh address (its session ends after minutes) and goes on after the last event; so does
// a device that wakes, as a line that slept is dead and doesn't know it.

import { get } from "./api.js";

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 15_000;
const OPENS_MS = 12_000; // a stream says something at once; one that is held back between us and the server doesn't
const SILENT_MS = 40_000; // the server says something each 15 s
const BROKEN_AFTER = 3; // streams that never opened
const POLLING_MS = 300_000; // then a stream is tried again: a restart of the server broke them, and nothing between
const TICK_MS = 5000;
const SLEPT_MS = 15_000; // between two ticks: this device slept, or its clock was set

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
  const state = { after: wish.after ?? -1, failed: 0, answered: false, pollUntilMs: 0, pauseMs: FIRST_PAUSE_MS, wakes: new EventTarget() };
  watchSleep(state, stop.signal);
  run(wish, state, stop.signal);
  return () => stop.abort();
}

/** @param {any} wish @param {any} state @param {AbortSignal} signal */
async function run(wish, state, signal) {
  while (!signal.aborted) {
    const poll = state.failed >= BROKEN_AFTER;
    const opened = await (poll ? polled(wish, state, signal) : streamed(wish, state, signal));
    if (signal.aborted) return;
    judge(state, poll, opened);
    if (!opened) wish.line?.(false);
    else state.pauseMs = FIRST_PAUSE_MS;
    if (poll && opened) continue;
    await pause(state, signal);
    state.pauseMs = Math.min(state.pauseMs * 2, LONGEST_PAUSE_MS);
  }
}

/**
 * What is tried next. Streams that failed while nobody answered say nothing against streams: only one that fails right
 * after an answered question does. @param {any} state @param {boolean} poll @param {boolean} opened
 */
function judge(state, poll, opened) {
  if (!poll) {
    if (opened) Object.assign(state, { failed: 0, answered: false });
    else state.failed += 1;
    state.pollUntilMs = Date.now() + POLLING_MS;
  } else if (!opened || Date.now() > state.pollUntilMs) {
    Object.assign(state, { failed: 0, answered: false });
  } else if (!state.answered) {
    Object.assign(state, { failed: BROKEN_AFTER - 1, answered: true });
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
    const over = new AbortController();
    let opened = false;
    let silence = 0;
    const end = () => {
      clearTimeout(silence);
      source.close();
      over.abort();
      done(opened);
    };
    const heard = (/** @type {MessageEvent} */ message) => {
      clearTimeout(silence);
      silence = setTimeout(end, SILENT_MS);
      if (message.lastEventId) state.after = Math.max(state.after, Number(message.lastEventId));
      if (!opened) wish.line?.(true);
      opened = true;
    };
    source.onerror = end;
    source.addEventListener("alive", heard);
    for (const name of wish.events) {
      source.addEventListener(name, (/** @type {MessageEvent} */ message) => {
        heard(message);
        wish.hear(name, JSON.parse(message.data), Number(message.lastEventId));
      });
    }
    signal.addEventListener("abort", end, { signal: over.signal });
    state.wakes.addEventListener("woke", end, { signal: over.signal });
    silence = setTimeout(end, OPENS_MS);
  });
}

/** @param {any} wish @param {any} state @param {AbortSignal} signal @returns {Promise<boolean>} */
async function polled(wish, state, signal) {
  const over = new AbortController();
  const end = () => over.abort();
  signal.addEventListener("abort", end, { signal: over.signal });
  state.wakes.addEventListener("woke", end, { signal: over.signal });
  try {
    const answer = await get(`/api/events/poll?${await query(wish, state)}`, { withinMs: SILENT_MS, signal: over.signal });
    wish.line?.(true);
    for (const event of answer.events) {
      if (wish.events.includes(event.event)) wish.hear(event.event, event, event.id);
    }
    state.after = Math.max(state.after, answer.after ?? -1);
    return true;
  } catch {
    return false;
  } finally {
    over.abort();
  }
}

/**
 * Says "woke" when this device may have slept, so that its line is dead: the page was frozen or kept aside, the clock
 * jumped, or the network is another one.
 * @param {any} state @param {AbortSignal} signal
 */
function watchSleep(state, signal) {
  let tickMs = Date.now();
  const woke = () => {
    state.pauseMs = FIRST_PAUSE_MS;
    state.wakes.dispatchEvent(new Event("woke"));
  };
  const look = () => {
    const slept = Math.abs(Date.now() - tickMs) > TICK_MS + SLEPT_MS;
    tickMs = Date.now();
    if (slept) woke();
  };
  const timer = setInterval(look, TICK_MS);
  signal.addEventListener("abort", () => clearInterval(timer), { once: true });
  document.addEventListener("resume", woke, { signal });
  document.addEventListener("visibilitychange", () => document.hidden || look(), { signal });
  addEventListener("pageshow", (event) => event.persisted && woke(), { signal });
  addEventListener("online", woke, { signal });
}

/** Waits with chance in it, so that not all come back in the same moment; a device that wakes waits no longer. @param {any} state @param {AbortSignal} signal */
function pause(state, signal) {
  return new Promise((done) => {
    const over = new AbortController();
    const end = () => {
      clearTimeout(timer);
      over.abort();
      done(undefined);
    };
    const timer = setTimeout(end, state.pauseMs * (0.5 + Math.random()));
    signal.addEventListener("abort", end, { signal: over.signal });
    state.wakes.addEventListener("woke", end, { signal: over.signal });
  });
}
