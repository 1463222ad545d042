// What a till reads of a scanner that types: each keyboard's keys, one after the other, in; the text, out.
//   echo '[[["KeyQ", "a", false, false], …], …]' | node tests/js/typing.mjs

import { readFileSync } from 'node:fs';

globalThis.document = Object.assign(new EventTarget(), { activeElement: null });
globalThis.HTMLInputElement = globalThis.HTMLTextAreaElement = class {};
const { listenToKeys, textOf } = await import('../../static/js/till/typing.js');

/** Milliseconds from key to key. */
const PACE_MS = 4;

let atMs = 0;

function press([code, key, shiftKey, altGr]) {
  const event = Object.assign(new Event('keydown', { cancelable: true }), {
    code, key, shiftKey, ctrlKey: altGr, altKey: altGr, metaKey: false, repeat: false,
    getModifierState: (name) => altGr && name === 'AltGraph',
  });
  Object.defineProperty(event, 'timeStamp', { value: atMs += PACE_MS });
  document.dispatchEvent(event);
  return event.defaultPrevented;
}

let read = null, putBack = 0;
listenToKeys({ scan: (typed) => { read = textOf(typed); }, remember: () => () => { putBack += 1; } });
const said = [];
for (const keys of JSON.parse(readFileSync(0, 'utf8'))) {
  read = null;
  putBack = 0;
  const swallowed = keys.map(press);
  press(['Enter', 'Enter', false, false]);
  atMs += 10_000;
  said.push({ read, leaked: swallowed.indexOf(true), putBack });
}
console.log(JSON.stringify(said));
