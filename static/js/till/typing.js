// A scanner that types, over USB or Bluetooth. It is read by the places of its keys, so that no keyboard language or
// Hangul input changes what arrives; and what leaked into a field or onto the keypad before it was known is put back.

/** @typedef {{byPlace: string, byLetter: string}} Typed */

const GAP_MS = 150;             // a scanner that is slower was not seen
const BUSY_MS = 600;            // within a code: the device, not the scanner, was busy
const FAST_MS = 50;             // a key: nobody types so fast
const SURE = 6;                 // keys at that pace
const LONG = 20;                // keys in one go without a pause: no amount is so long
const ENDS = ['Enter', 'NumpadEnter', 'Tab'];
const BY_HAND = ['Backspace', 'Delete', 'Escape', 'ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown'];

/** Keys of the US layout, which scanners pretend to be: plain, and with Shift. */
const PLACES = new Map(Object.entries({
  Minus: '-_', Equal: '=+', BracketLeft: '[{', BracketRight: ']}', Backslash: '\\|', Semicolon: ';:', Quote: '\'"',
  Backquote: '`~', Comma: ',<', Period: '.>', Slash: '/?', Space: '  ', NumpadDivide: '//', NumpadMultiply: '**',
  NumpadSubtract: '--', NumpadAdd: '++', NumpadDecimal: '..',
  ...Object.fromEntries(Array.from('1!2@3#4$5%6^7&8*9(0)'.matchAll(/../g), ([both]) => [`Digit${both[0]}`, both])),
  ...Object.fromEntries(Array.from('0123456789', (digit) => [`Numpad${digit}`, digit + digit])),
  ...Object.fromEntries(Array.from('ABCDEFGHIJKLMNOPQRSTUVWXYZ', (letter) => [`Key${letter}`, letter.toLowerCase() + letter])),
}));

/**
 * @param {object} wish
 * @param {(typed: Typed) => void} wish.scan
 * @param {() => (() => void)} wish.remember called before the first key; what it gives puts the page back as it was
 * @returns {() => void} stops listening
 */
export function listenToKeys({ scan, remember }) {
  /** @type {{byPlace: string, byLetter: string, startMs: number, lastMs: number, sure: boolean, putBack: () => void} | null} */
  let run = null;
  let timer = 0;
  const end = () => {
    clearTimeout(timer);
    const ended = run;
    run = null;
    if (!ended?.sure) return false;
    ended.putBack();
    scan({ byPlace: ended.byPlace, byLetter: ended.byLetter });
    return true;
  };
  const swallow = (/** @type {Event} */ event) => {
    event.preventDefault();
    event.stopImmediatePropagation();
  };
  const key = (/** @type {KeyboardEvent} */ event) => {
    const command = (event.ctrlKey || event.altKey) && !event.getModifierState('AltGraph');      // with AltGr a scanner writes too
    if (command || event.metaKey || event.repeat) return;
    if (ENDS.includes(event.code) || event.key === 'Enter') return void (run && end() && swallow(event));
    if (BY_HAND.includes(event.code) && !run?.sure) run = null;
    const letter = letterOf(event);
    if (!letter) return;
    if (run && event.timeStamp - run.lastMs > (run.sure ? BUSY_MS : GAP_MS)) end();
    run ??= { byPlace: '', byLetter: '', startMs: event.timeStamp, lastMs: 0, sure: false, putBack: both(remember(), rememberField()) };
    run.byPlace += letter;
    run.byLetter += event.key.length === 1 ? event.key : letter;
    run.lastMs = event.timeStamp;
    const count = run.byPlace.length;
    const fast = count >= SURE && (run.lastMs - run.startMs) / (count - 1) < FAST_MS;
    if (!run.sure && (fast || count >= LONG)) {
      run.sure = true;
      run.putBack();
    }
    if (run.sure) swallow(event);
    clearTimeout(timer);
    timer = setTimeout(end, run.sure ? BUSY_MS : GAP_MS);
  };
  document.addEventListener('keydown', key, true);
  return () => document.removeEventListener('keydown', key, true);
}

/** The better of both readings: by places unless only the letters make a code. @param {Typed} typed */
export function textOf({ byPlace, byLetter }) {
  const code = /https?:\/\/\S+#\d{16,}\s*$/i;
  return !code.test(byPlace) && code.test(byLetter) ? byLetter : byPlace;
}

/** @param {KeyboardEvent} event */
function letterOf(event) {
  const place = PLACES.get(event.code);
  if (place) return place[event.shiftKey ? 1 : 0];
  return event.key.length === 1 && !event.code ? event.key : '';
}

/** @param {() => void} first @param {() => void} second */
function both(first, second) {
  return () => {
    first();
    second();
  };
}

/** The focused field as it is now. */
function rememberField() {
  const field = document.activeElement;
  if (!(field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement)) return () => {};
  const { value } = field;
  const write = () => {
    if (field.value === value) return;
    field.value = value;
    field.dispatchEvent(new Event('input', { bubbles: true }));
  };
  return () => {
    field.blur();                                           // ends what an input method is composing
    write();
    setTimeout(() => {
      write();
      field.focus();
    });
  };
}
