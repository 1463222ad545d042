// Says aloud what is on the screen, and rings: "오천 원 결제가 완료되었습니다". Browsers stay silent until somebody
// has touched the page, so `unlock` runs at the first touch.

import { language } from "./words.js";

const VOICES = { ko: "ko-KR", en: "en-US", vi: "vi-VN", zh: "zh-CN" };
/** [frequency in Hz, start in s, length in s] @type {Record<string, [number, number, number][]>} */
const CHIMES = {
  paid: [[880, 0, 0.18], [1174.66, 0.14, 0.18], [1760, 0.28, 0.45]],
  returned: [[1174.66, 0, 0.2], [880, 0.18, 0.35]],
  refused: [[311.13, 0, 0.22], [233.08, 0.24, 0.4]],
};

/** @type {AudioContext | null} */
let audio = null;

/** Call once when the page opens. */
export function unlock() {
  addEventListener("pointerdown", wakeAudio, { once: true });
  addEventListener("keydown", wakeAudio, { once: true });
}

function wakeAudio() {
  audio ??= new AudioContext();
  audio.resume();
}

/** @param {string} text */
export function say(text) {
  if (!("speechSynthesis" in globalThis)) return;
  speechSynthesis.cancel();
  const words = new SpeechSynthesisUtterance(text);
  words.lang = VOICES[/** @type {keyof typeof VOICES} */ (language)] ?? language;
  words.rate = 0.95;
  speechSynthesis.speak(words);
}

export function hush() {
  if ("speechSynthesis" in globalThis) speechSynthesis.cancel();
}

/** @param {"paid" | "returned" | "refused"} name */
export function chime(name) {
  if (!audio || audio.state !== "running") return;
  for (const [frequency, startS, lengthS] of CHIMES[name]) {
    const tone = new OscillatorNode(audio, { frequency, type: "triangle" });
    const loudness = new GainNode(audio, { gain: 0 });
    const at = audio.currentTime + startS;
    loudness.gain.setValueAtTime(0, at);
    loudness.gain.linearRampToValueAtTime(0.5, at + 0.01);
    loudness.gain.exponentialRampToValueAtTime(0.001, at + lengthS);
    tone.connect(loudness).connect(audio.destination);
    tone.start(at);
    tone.stop(at + lengthS);
  }
}
