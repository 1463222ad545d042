// What only the owner does, behind the refund PIN: who may stand at the tills, and how all tills of the shop do today.

import { NoAnswer, Refused } from '../lib/api.js';
import { html, useEffect, useRef, useState } from '../lib/dom.js';
import { svgElement } from '../lib/qr.js';
import { t, won } from '../lib/words.js';
import { Button, Refusal } from '../lib/ui.js';
import { Gate } from './gate.js';
import { when } from './giveback.js';
import { inWords } from './signin.js';
import { ourTill } from './signing.js';
import { changeCashier, makeBadge, nameOf, present, refreshStaff, shopNow, signInOwner } from './staff.js';
import { change, useTill } from './state.js';

/** @typedef {import('./staff.js').Cashier} Cashier */
/** @typedef {import('./staff.js').OwnersKey} OwnersKey */
/** @typedef {(work: Promise<any>) => Promise<boolean>} Try true when it was done; else the screen says why not */

const PIN = /^\d{4,8}$/;

export function Team() {
  const [key, open] = useState(/** @type {OwnersKey | null} */ (null));
  const [problem, say] = useState(/** @type {any} */ (null));
  const [busy, work] = useState(false);
  const attempt = (/** @type {Promise<any>} */ doing) => {
    say(null);
    work(true);
    return doing.then(() => true, (error) => {
      if (!(error instanceof Refused || error instanceof NoAnswer)) throw error;
      say(inWords(error));
      if (error instanceof Refused && error.word === 'FORM_EXPIRED') void refreshStaff();
      return false;
    }).finally(() => work(false));
  };
  return html`
    <section class="team" aria-busy=${busy}>
      <h2>${t('till.team')}</h2>
      ${problem && html`<${Refusal} error=${problem} />`}
      ${key ? html`<${People} ownersKey=${key} attempt=${attempt} busy=${busy} /><${Shop} ownersKey=${key} attempt=${attempt} />`
    : html`<${Gate} lead=${t('till.team_gate')} open=${t('till.team_open')} busy=${busy}
      come=${(/** @type {string} */ pin) => attempt(refreshStaff().then(() => signInOwner(pin)).then(open))} />`}
    </section>`;
}

/** @param {{ownersKey: OwnersKey, attempt: Try, busy: boolean}} props */
function People({ ownersKey, attempt, busy }) {
  useTill();
  const [edited, edit] = useState(/** @type {number | null} */ (null));           // 0: a new one
  const [badge, show] = useState(/** @type {{name: string, text: string} | null} */ (null));
  if (badge) return html`<${Badge} badge=${badge} done=${() => show(null)} />`;
  const makeNew = (/** @type {Cashier} */ one) => void attempt(makeBadge(ownersKey, one.number).then((text) => show({ name: one.name, text })));
  return html`
    <div class="card">
      <h3>${t('till.cashiers')}</h3>
      ${!present().length && html`<p>${t('till.cashiers_none')}</p>`}
      <ul class="cashiers">${present().map((one) => html`
        <li key=${one.number}>
          <strong>${one.name}</strong>
          <span class="small">${t(one.may_void ? 'till.may_void_yes' : 'till.may_void_no')}</span>
          <span class="row">
            <${Button} kind="quiet" disabled=${busy} onClick=${() => edit(one.number)}>${t('till.edit')}<span class="unseen"> ${one.name}</span><//>
            <${Button} kind="quiet" disabled=${busy} onClick=${() => makeNew(one)}>${t('till.badge_new')}<span class="unseen"> ${one.name}</span><//>
          </span>
          ${edited === one.number && html`<${Form} one=${one} ownersKey=${ownersKey} attempt=${attempt} busy=${busy} done=${() => edit(null)} />`}
        </li>`)}
      </ul>
      ${edited === 0 ? html`<${Form} one=${null} ownersKey=${ownersKey} attempt=${attempt} busy=${busy} done=${() => edit(null)} />`
    : html`<${Button} disabled=${busy} onClick=${() => edit(0)}>${t('till.cashier_add')}<//>`}
    </div>`;
}

/** A new cashier, or what changes of one. @param {{one: Cashier | null, ownersKey: OwnersKey, attempt: Try, busy: boolean, done: () => void}} props */
function Form({ one, ownersKey, attempt, busy, done }) {
  const [name, rename] = useState(one?.name ?? '');
  const [pin, write] = useState('');
  const [mayVoid, allow] = useState(one?.may_void ?? false);
  const [sure, ask] = useState(false);
  const fits = Boolean(name.trim()) && (PIN.test(pin) || Boolean(one && !pin));
  const number = one?.number ?? 0;
  const save = async (/** @type {Event} */ event) => {
    event.preventDefault();
    if (fits && !busy && await attempt(changeCashier(ownersKey, number, { name: name.trim(), may_void: mayVoid, pin: pin || undefined }))) done();
  };
  const leave = async () => {
    if (await attempt(changeCashier(ownersKey, number, { present: false }))) done();
  };
  const field = (/** @type {string} */ id) => `cashier-${number}-${id}`;
  return html`
    <form class="cashier" onSubmit=${(event) => void save(event)}>
      <div class="field">
        <label for=${field('name')}>${t('till.cashier_name')}</label>
        <input id=${field('name')} maxlength="20" autocomplete="off" value=${name} onInput=${(event) => rename(event.target.value)} />
      </div>
      <div class="field">
        <label for=${field('pin')}>${t(one ? 'till.cashier_pin_new' : 'till.cashier_pin')}</label>
        <p class="hint" id=${field('hint')}>${t(one ? 'till.cashier_pin_keep' : 'till.pin_shape')}</p>
        <input id=${field('pin')} inputmode="numeric" maxlength="8" autocomplete="off" aria-describedby=${field('hint')} value=${pin}
          onInput=${(event) => write(event.target.value.replace(/\D/g, ''))} />
      </div>
      <label class="choice"><input type="checkbox" checked=${mayVoid} onChange=${(event) => allow(event.target.checked)} /> ${t('till.may_void')}</label>
      <div class="row">
        <button class="button" disabled=${busy || !fits}>${t(busy ? 'till.saving' : 'till.save')}</button>
        <${Button} kind="quiet" disabled=${busy} onClick=${done}>${t('common.cancel')}<//>
        ${one && (sure ? html`<${Button} kind="danger" disabled=${busy} onClick=${() => void leave()}>${t('till.cashier_leaves_do', { name: one.name })}<//>`
    : html`<${Button} kind="quiet" disabled=${busy} onClick=${() => ask(true)}>${t('till.cashier_leaves')}<//>`)}
      </div>
    </form>`;
}

/** A cashier's QR: shown once, to be printed or photographed. @param {{badge: {name: string, text: string}, done: () => void}} props */
function Badge({ badge, done }) {
  const place = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => place.current?.replaceChildren(svgElement(badge.text, t('till.badge_label', { name: badge.name }))), [badge.text]);
  return html`
    <div class="card badge">
      <h3>${badge.name} <small>${ourTill().shop_name}</small></h3>
      <div class="qr" ref=${place}></div>
      <p>${t('till.badge_lead')}</p>
      <p class="text">${badge.text}</p>
      <div class="row">
        <${Button} onClick=${() => print()}>${t('till.print')}<//>
        <${Button} kind="quiet" onClick=${done}>${t('common.close')}<//>
      </div>
    </div>`;
}

/** All tills of the shop, and who took what at which. @param {{ownersKey: OwnersKey, attempt: Try}} props */
function Shop({ ownersKey, attempt }) {
  const { till } = useTill();
  const [found, show] = useState(/** @type {any} */ (null));
  const read = () => void attempt(shopNow(ownersKey).then(show));
  useEffect(read, []);
  if (!found) return html`<p>${t('common.loading')}</p>`;
  return html`
    <div class="card">
      <h3>${t('till.all_tills')}</h3>
      <p>${t('till.today')} <strong>${won(found.day_total_won)}</strong> · ${t('till.sales_count', { count: found.day_sales })}</p>
      <table>
        <caption class="unseen">${t('till.all_tills')}</caption>
        <thead><tr><th scope="col">${t('till.is_till_number')}</th><th scope="col">${t('till.count')}</th><th scope="col" class="won">${t('till.today')}</th></tr></thead>
        <tbody>${found.tills.map((/** @type {any} */ each) => html`
          <tr key=${each.till}><td>${each.till}${each.till === till?.till ? ` (${t('till.here')})` : ''}${each.in_use ? '' : ` (${t('till.not_in_use')})`}</td>
            <td>${each.day_sales}</td><td class="won">${won(each.day_total_won)}</td></tr>`)}
        </tbody>
      </table>
      <${Button} kind="quiet" onClick=${read}>${t('till.look_again')}<//>
    </div>
    <div class="card">
      <h3>${t('till.all_sales')}</h3>
      ${!found.sales.length && html`<p>${t('till.none')}</p>`}
      <ul class="all-sales">${found.sales.slice(0, 100).map((/** @type {any} */ line) => html`
        <li key=${line.entry}><span>${when(line.at_s)} · ${t('till.number', { number: line.till })} · ${nameOf(line.cashier)}</span>
          <strong>${line.of ? '−' : ''}${won(line.amount_won)}</strong></li>`)}
      </ul>
    </div>
    <${Button} kind="quiet" onClick=${() => change({ screen: 'settings' })}>${t('common.back')}<//>`;
}
