// What comes out on paper, and the drawer: by the printer of a till PC where one is set, else by the browser's print.

import { NoAnswer, Refused } from '../lib/api.js';
import { html } from '../lib/dom.js';
import { Button } from '../lib/ui.js';
import { t } from '../lib/words.js';
import { ask } from './program.js';
import { mayVoid } from './staff.js';
import { state, tell, useTill } from './state.js';

/**
 * A payment's receipt; the second one of it is a copy. Throws NotPrinted or NoAnswer.
 * @param {number} entry @param {boolean} again @param {import('./cart.js').Cart | null} [goods] what it was of
 */
export async function printSlip(entry, again, goods) {
  if (state.printer) await ask('print', { entry, again, goods });
  else globalThis.print();
}

/** A closing, as the server told it. Throws as printSlip. @param {object} found */
export async function printClosing(found) {
  if (state.printer) await ask('print-closing', { found });
  else globalThis.print();
}

/**
 * What a printer does by itself when something was settled: a paper of each, the drawer.
 * @param {string} id of the message @param {boolean} sale @param {import('./cart.js').Cart | null} [goods] what it was of
 */
export async function afterPaid(id, sale, goods) {
  if (state.printer?.each || (sale && state.printer?.drawer)) await quietly(ask('paid', { id, goods }));
}

/** Opens, where there is one. */
export async function drawer() {
  if (state.printer?.drawer) await quietly(ask('drawer'));
}

/** Whatever the printer does, the payment stands; so it is only told. @param {Promise<void>} work */
async function quietly(work) {
  try {
    await work;
  } catch (error) {
    if (!(error instanceof Refused || error instanceof NoAnswer)) throw error;
    tell({ key: 'printer', tone: 'amber', text: `${error.title}. ${error.detail} ${error.next}` });
  }
}

/** For who may take a payment back: the same hands as change. */
export function Drawer() {
  const { printer } = useTill();
  if (!printer?.drawer || !mayVoid()) return null;
  return html`<${Button} kind="quiet drawer" onClick=${() => void drawer()}>${t('till.pc.drawer')}<//>`;
}
