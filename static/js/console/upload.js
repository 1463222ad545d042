// 새 지급 명단: a file may be dropped on its place; columns of resident numbers are taken out before anything is sent.

import { t } from '../lib/words.js';
import { holdsNumber, letter, numberColumns, parse, read, Unread, without, write } from './table.js';

/** @param {HTMLFormElement} form */
export function prepareUpload(form) {
  const place = /** @type {HTMLElement} */ (form.querySelector('[data-drop]'));
  const input = /** @type {HTMLInputElement} */ (place.querySelector('input[type=file]'));
  const typed = /** @type {HTMLTextAreaElement} */ (form.querySelector('textarea'));
  const button = /** @type {HTMLButtonElement} */ (form.querySelector('button[type=submit]'));
  /** @param {string} text @param {boolean} [bad] */
  const say = (text, bad = false) => {
    const line = /** @type {HTMLElement} */ (place.querySelector('[data-drop-say]'));
    line.textContent = text;
    line.classList.add('told');
    line.classList.toggle('wrong', bad);
  };
  input.addEventListener('change', () => void take(input, say, button));
  acceptDrops(place, input, () => void take(input, say, button));
  typed.addEventListener('input', () => {
    if (mendTyped(typed)) say(t('console.dropped_typed'));
  });
  form.addEventListener('submit', (event) => {
    if (!input.files?.length && typed.value.split(/[\t\n,]/).some(holdsNumber)) {
      event.preventDefault();
      say(t('console.cant_drop'), true);
    }
  });
}

/** Another file, read by the server as it is. @param {HTMLFormElement} form */
export function prepareFile(form) {
  const place = /** @type {HTMLElement} */ (form.querySelector('[data-drop]'));
  const input = /** @type {HTMLInputElement} */ (place.querySelector('input[type=file]'));
  const line = /** @type {HTMLElement} */ (place.querySelector('[data-drop-say]'));
  const told = () => {
    if (input.files?.length) line.textContent = t('console.dropped_here', { name: input.files[0].name });
  };
  input.addEventListener('change', told);
  acceptDrops(place, input, told);
}

/** @param {HTMLElement} place @param {HTMLInputElement} input @param {() => void} then */
function acceptDrops(place, input, then) {
  for (const name of ['dragenter', 'dragover']) {
    place.addEventListener(name, (event) => {
      event.preventDefault();
      place.classList.add('over');
    });
  }
  for (const name of ['dragleave', 'drop']) place.addEventListener(name, () => place.classList.remove('over'));
  place.addEventListener('drop', (event) => {
    event.preventDefault();
    const files = event.dataTransfer?.files;
    if (!files?.length) return;
    input.files = files;
    then();
  });
}

/**
 * Looks through the chosen file; what is sent afterwards holds no resident number that this page can find.
 * @param {HTMLInputElement} input @param {(text: string, bad?: boolean) => void} say @param {HTMLButtonElement} button
 */
async function take(input, say, button) {
  const file = input.files?.[0];
  if (!file) return;
  button.disabled = true;
  say(t('console.looking'));
  try {
    const rows = await read(new Uint8Array(await file.arrayBuffer()));
    const places = rows ? numberColumns(rows) : [];
    if (!rows || !places.length) return say(t('console.dropped_here', { name: file.name }));
    replace(input, file, write(without(rows, places)));
    const columns = places.map((at) => letter(at)).join(', ');
    say(`${t('console.dropped_here', { name: file.name })} ${t('console.dropped', { columns })}`);
  } catch (error) {
    if (!(error instanceof Unread) || error.message === 'no archive') return say(t('console.dropped_here', { name: file.name }));
    input.value = '';
    say(t('console.cant_drop'), true);
  } finally {
    button.disabled = false;
  }
}

/** @param {HTMLInputElement} input @param {File} file @param {string} text */
function replace(input, file, text) {
  const name = holdsNumber(file.name) ? 'list.csv' : `${file.name.replace(/\.\w+$/, '')}.csv`;
  const kept = new DataTransfer();
  kept.items.add(new File([`\ufeff${text}`], name, { type: 'text/csv' }));
  input.files = kept.files;
}

/** Rows pasted out of a spreadsheet lose such columns at once. @param {HTMLTextAreaElement} typed */
function mendTyped(typed) {
  const rows = typed.value.includes('\t') ? parse(typed.value, '\t') : [];
  const places = numberColumns(rows);
  if (!places.length) return false;
  typed.value = write(without(rows, places), '\t').replaceAll('\r\n', '\n');
  return true;
}
