// Lists worked by keyboard: up and down through the rows, Enter opens (the row's link has the focus), x ticks,
// / searches, ? helps.
// Keys that are letters can be switched off (WCAG 2.1.4): who speaks to the computer would press them by every word.

const OFF = 'console-letters-off';

/** Listens to the whole page; there is nothing to learn where there is no list. */
export function workLists() {
  const button = /** @type {HTMLButtonElement | null} */ (document.querySelector('[data-keys]'));
  const help = /** @type {HTMLDialogElement | null} */ (document.querySelector('[data-keys-help]'));
  if (!button || !help) return;
  button.hidden = false;
  button.addEventListener('click', () => help.showModal());
  const letters = /** @type {HTMLInputElement} */ (help.querySelector('[data-letters]'));
  letters.checked = !localStorage.getItem(OFF);
  letters.addEventListener('change', () => (letters.checked ? localStorage.removeItem(OFF) : localStorage.setItem(OFF, '1')));
  document.addEventListener('keydown', (event) => {
    if (help.open || event.ctrlKey || event.metaKey || event.altKey || event.isComposing || types(event.target)) return;
    if (pressed(event, letters.checked, help)) event.preventDefault();
  });
}

/** What a key does; whether it did something. @param {KeyboardEvent} event @param {boolean} letters @param {HTMLDialogElement} help */
function pressed(event, letters, help) {
  const at = row();
  // By its place on the keyboard, so that it works while Hangul is typed.
  if (letters && !event.shiftKey) {
    if (event.code === 'KeyJ') return go(at + 1);
    if (event.code === 'KeyK') return go(at < 0 ? 0 : at - 1);
    if (event.code === 'KeyN') return follow('a[rel="next"]');
    if (event.code === 'KeyX') return tick(at);
    if (event.key === '/') return search();
  }
  if (letters && event.key === '?') {
    help.showModal();
    return true;
  }
  if (at < 0) return false;       // the arrows scroll the page until somebody is in a list
  if (event.key === 'ArrowDown') return go(at + 1);
  if (event.key === 'ArrowUp') return go(at - 1);
  if (event.key === 'Home') return go(0);
  return event.key === 'End' && go(links().length - 1);
}

/** Each row's own link, in order. @returns {HTMLElement[]} */
function links() {
  const rows = [...document.querySelectorAll('table[data-list] tbody tr')];
  return /** @type {HTMLElement[]} */ (rows.map((each) => each.querySelector('th a') ?? each.querySelector('a')).filter(Boolean));
}

/** The number of the row that has the focus; -1: none. */
function row() {
  const here = document.activeElement?.closest('table[data-list] tbody tr');
  return here ? links().findIndex((link) => here.contains(link)) : -1;
}

/** Ticks the row or takes the tick away, where rows have one. @param {number} at */
function tick(at) {
  const box = /** @type {HTMLInputElement | null | undefined} */ (links()[at]?.closest('tr')?.querySelector('input[type="checkbox"]'));
  box?.click();
  return Boolean(box);
}

/** @param {number} wanted */
function go(wanted) {
  const all = links();
  const link = all[Math.max(0, Math.min(wanted, all.length - 1))];
  link?.focus();
  link?.scrollIntoView({ block: 'nearest' });
  return Boolean(link);
}

function search() {
  const field = /** @type {HTMLInputElement | null} */ (document.querySelector('form.filters :is(input[type="search"], select)'));
  field?.focus();
  if (field instanceof HTMLInputElement) field.select();
  return Boolean(field);
}

/** @param {string} which */
function follow(which) {
  const link = /** @type {HTMLAnchorElement | null} */ (document.querySelector(which));
  link?.click();
  return Boolean(link);
}

/** Whether keys belong to what has the focus. @param {EventTarget | null} target */
function types(target) {
  return target instanceof HTMLElement && Boolean(target.closest('input:not([type="checkbox"], [type="radio"]), select, textarea, [contenteditable]'));
}
