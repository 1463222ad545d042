// Which receipt printer a till PC has: shown, tried out, chosen. The program keeps one only after it has taken a trial.

import { NoAnswer, Refused } from '../lib/api.js';
import { html, useEffect, useState } from '../lib/dom.js';
import { Button, Refusal } from '../lib/ui.js';
import { t } from '../lib/words.js';
import { Drawer } from './paper.js';
import { ask } from './program.js';
import { change, useTill } from './state.js';

/** @typedef {{place: string, name: string}} Found */
/** @typedef {(what: () => Promise<void>) => Promise<void>} Try */

const NETWORK = 'network:', OTHER = 'other';
const WIDTHS = [80, 58];

export function Printer() {
  const { printer } = useTill();
  const [choosing, choose] = useState(false);
  const [said, say] = useState('');
  const [problem, blame] = useState(/** @type {any} */ (null));
  const [busy, work] = useState(false);
  const attempt = async (/** @type {() => Promise<void>} */ what) => {
    work(true);
    say('');
    blame(null);
    try {
      await what();
      say(t('till.pc.printed'));
    } catch (error) {
      if (!(error instanceof Refused || error instanceof NoAnswer)) throw error;
      blame(error);
    }
    work(false);
  };
  return html`
    <h3>${t('till.pc.printer')}</h3>
    ${printer ? html`
      <p>${t('till.pc.printer_is', { place: printer.place, width: printer.width_mm })}</p>
      <p>${t(printer.each ? 'till.pc.each' : 'till.pc.each_not')} ${printer.drawer && t('till.pc.drawer_each')}</p>`
    : html`<p>${t('till.pc.printer_none')}</p>`}
    ${choosing ? html`<${Choice} attempt=${attempt} busy=${busy} done=${() => choose(false)} />` : html`
      <div class="row">
        ${printer && html`<${Button} disabled=${busy} onClick=${() => void attempt(() => ask('print-trial'))}>${t('till.pc.printer_try')}<//>`}
        <${Button} kind=${printer ? 'quiet' : ''} disabled=${busy} onClick=${() => choose(true)}>${t(printer ? 'till.pc.printer_change' : 'till.pc.printer_choose')}<//>
        <${Drawer} />
      </div>`}
    <p role="status">${said}</p>
    ${problem && html`<${Refusal} error=${problem} />`}`;
}

/** @param {{attempt: Try, busy: boolean, done: () => void}} props */
function Choice({ attempt, busy, done }) {
  const { printer } = useTill();
  const [found, show] = useState(/** @type {Found[] | null} */ (null));
  const [place, put] = useState(printer?.place.startsWith(NETWORK) || !printer ? NETWORK : printer.place);
  const [written, write] = useState(printer?.place.replace(NETWORK, '') ?? '');
  const [how, set] = useState({ width_mm: 80, way: 'text', cut: true, drawer: false, each: false, ...printer });
  useEffect(() => void ask('printers').then(show, () => show([])), []);
  if (!found) return html`<p>${t('till.pc.printer_looking')}</p>`;
  const known = found.map((one) => one.place);
  const chosen = place === NETWORK || known.includes(place) ? place : OTHER;
  const whole = chosen === NETWORK ? NETWORK + written.trim() : chosen === OTHER ? written.trim() : place;
  const send = (/** @type {Event} */ event) => {
    event.preventDefault();
    if (busy || !whole || whole === NETWORK) return;
    void attempt(async () => {
      const { printer: kept } = await ask('set-printer', { ...how, place: whole });
      change({ printer: kept });
      done();
    });
  };
  const check = (/** @type {'cut' | 'drawer' | 'each'} */ name) => html`
    <label class="choice"><input type="checkbox" checked=${how[name]} onChange=${(event) => set({ ...how, [name]: event.target.checked })} /> ${t(`till.pc.printer_${name}`)}</label>`;
  return html`
    <form onSubmit=${send}>
      <div class="field"><label for="printer-which">${t('till.pc.printer_which')}</label>
        <select id="printer-which" value=${chosen} onChange=${(event) => put(event.target.value)}>
          ${found.map((one) => html`<option key=${one.place} value=${one.place} selected=${one.place === chosen}>${one.name ? `${one.name} (${one.place})` : one.place}</option>`)}
          <option value=${NETWORK} selected=${chosen === NETWORK}>${t('till.pc.printer_network')}</option>
          <option value=${OTHER} selected=${chosen === OTHER}>${t('till.pc.printer_other')}</option>
        </select></div>
      ${[NETWORK, OTHER].includes(chosen) && html`
        <div class="field"><label for="printer-place">${t(chosen === NETWORK ? 'till.pc.printer_address' : 'till.pc.printer_place')}</label>
          <p class="hint" id="printer-hint">${t(chosen === NETWORK ? 'till.pc.printer_address_hint' : 'till.pc.printer_place_hint')}</p>
          <input id="printer-place" autocomplete="off" spellcheck=${false} aria-describedby="printer-hint" value=${written} onInput=${(event) => write(event.target.value)} /></div>`}
      <fieldset><legend>${t('till.pc.printer_width')}</legend>
        ${WIDTHS.map((each) => html`<label class="choice" key=${each}><input type="radio" name="printer-width" checked=${how.width_mm === each}
          onChange=${() => set({ ...how, width_mm: each })} /> ${each} mm</label>`)}</fieldset>
      <label class="choice"><input type="checkbox" checked=${how.way === 'picture'} onChange=${(event) => set({ ...how, way: event.target.checked ? 'picture' : 'text' })} /> ${t('till.pc.printer_picture')}</label>
      ${check('cut')}${check('each')}${check('drawer')}
      <div class="row">
        <button class="button" disabled=${busy || !whole || whole === NETWORK}>${t(busy ? 'till.pc.printer_trying' : 'till.pc.printer_set')}</button>
        <${Button} kind="quiet" disabled=${busy} onClick=${done}>${t('common.cancel')}<//>
      </div>
    </form>`;
}
