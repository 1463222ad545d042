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
  const take = taker(input, say, button);
  input.addEventListener('change', take);
  acceptDrops(place, input, take);
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
 * Looks through the chosen file; what is sent afterwards holds no resident number that this page can find. Another file may be
 * chosen meanwhile: the last one counts.
 * @param {HTMLInputElement} input @param {(text: string, bad?: boolean) => void} say @param {HTMLButtonElement} button
 */
function taker(input, say, button) {
  let turn = 0;
  return async () => {
    const file = input.files?.[0], mine = turn += 1;
    button.disabled = Boolean(file);
    if (!file) return;
    say(t('console.looking'));
    const found = await look(file);
    if (mine !== turn) return;
    if (!found.sent) input.value = '';
    else if (found.sent !== file) replace(input, found.sent);
    say(found.said, !found.sent);
    button.disabled = false;
  };
}

/**
 * What of a file is sent, and what is said of it: nothing of one that could not be read through, whatever it holds.
 * @param {File} file @returns {Promise<{sent: File | null, said: string}>}
 */
async function look(file) {
  try {
    const rows = await read(new Uint8Array(await file.arrayBuffer()));
    const here = t('console.dropped_here', { name: file.name }), places = rows ? numberColumns(rows) : [];
    if (!rows || !places.length) return { sent: file, said: here };
    const columns = places.map((at) => letter(at)).join(', ');
    return { sent: asCsv(file, write(without(rows, places))), said: `${here} ${t('console.dropped', { columns })}` };
  } catch (error) {
    return { sent: null, said: t(error instanceof Unread ? `console.${error.message}` : 'console.unread') };
  }
}

/** @param {File} file @param {string} text */
function asCsv(file, text) {
  const name = holdsNumber(file.name) ? 'list.csv' : `${file.name.replace(/\.\w+$/, '')}.csv`;
  return new File([`\ufeff${text}`], name, { type: 'text/csv' });
}

/** @param {HTMLInputElement} input @param {File} file */
function replace(input, file) {
  const kept = new DataTransfer();
  kept.items.add(file);
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
