// The server's time. A phone's clock may be wrong by ten minutes and a code lives for one, so what is signed takes
// its time from here. Every answer of the API carries now_ms; the last known difference is kept for offline.

const KEPT = "hagc clock";
const GOOD_FOR_MS = 60_000; // then a slower sample is better than an old one

/** @type {{offsetMs: number, roundMs: number, atMs: number} | null} */
let best = null;

/**
 * @param {number} serverMs what an answer said
 * @param {number} sentMs @param {number} receivedMs Date.now() before and after
 */
export function learn(serverMs, sentMs, receivedMs) {
  const sample = { offsetMs: serverMs - (sentMs + receivedMs) / 2, roundMs: receivedMs - sentMs, atMs: receivedMs };
  if (sample.roundMs < 0) return; // the phone's clock was set meanwhile
  const old = !best || Math.abs(receivedMs - best.atMs) > GOOD_FOR_MS;
  const moved = best && Math.abs(sample.offsetMs - best.offsetMs) > best.roundMs + sample.roundMs + 1000;
  if (!old && !moved && best && sample.roundMs > best.roundMs) return;
  best = sample;
  try {
    localStorage.setItem(KEPT, String(Math.round(sample.offsetMs)));
  } catch {
    // a private window keeps nothing
  }
}

/** Milliseconds since 1970 by the server's clock, as well as we know it. */
export function nowMs() {
  return Math.round(Date.now() + offsetMs());
}

/** Unix seconds by the server's clock. */
export function nowS() {
  return Math.floor(nowMs() / 1000);
}

/** "told" by the server since this page opened, "kept" from an earlier visit, or "own": the device's clock alone. */
export function source() {
  if (best) return "told";
  return keptMs() === null ? "own" : "kept";
}

function offsetMs() {
  return best?.offsetMs ?? keptMs() ?? 0;
}

function keptMs() {
  try {
    const kept = localStorage.getItem(KEPT);
    return kept === null || Number.isNaN(Number(kept)) ? null : Number(kept);
  } catch {
    return null;
  }
}
