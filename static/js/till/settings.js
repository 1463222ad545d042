// What a shop sets and tries out: camera, sound, scanner, language; and what this till is.

import { html, useEffect } from '../lib/dom.js';
import { nowS } from '../lib/clock.js';
import { page } from '../lib/page.js';
import { chime, say } from '../lib/speak.js';
import { moment, language, t } from '../lib/words.js';
import { fromText } from '../lib/qr.js';
import { inWords } from '../lib/won.js';
import { Button } from '../lib/ui.js';
import { Brought } from './brought.js';
import { Queue } from './offlinequeue.js';
import { Unpair } from './pair.js';
import { Printer } from './printer.js';
import { onPc } from './program.js';
import { Record } from './record.js';
import { ourTill } from './signing.js';
import { change, useTill } from './state.js';
import { Tokens } from './tokens.js';
import { textOf } from './typing.js';
import { turn } from './waiting.js';

export function Settings() {
  const { till, camera, open, line } = useTill();
  useEffect(() => () => change({ test: null }), []);
  const facts = [
    ['shop', till?.shop_name], ['till_number', till?.till], ['city', page.city], ['clock', moment(nowS())],
    ['line', t(line ? 'till.line_good' : 'till.line_bad')], ['waiting_for', open], ['version', page.version],
  ];
  return html`
    <section class="settings">
      <h2>${t('till.settings')}</h2>
      <div class="card"><${Scanner} /></div>
      <fieldset class="card">
        <legend>${t('till.camera')}</legend>
        ${['user', 'environment', 'off'].map((each) => html`
          <label class="choice" key=${each}>
            <input type="radio" name="camera" checked=${camera === each} onChange=${() => turn(/** @type {any} */ (each))} />
            ${t(`till.camera_is_${each}`)}
          </label>`)}
      </fieldset>
      <div class="card">
        <h3>${t('till.sound')}</h3>
        <${Button} onClick=${sound}>${t('till.sound_try')}<//>
      </div>
      ${onPc && html`<div class="card printer"><${Printer} /></div>`}
      <div class="card">
        <h3>${t('common.language')}</h3>
        <div class="row">${page.languages.map((each) => html`
          <a class=${`button ${each === language ? '' : 'quiet'}`} key=${each} href=${`/pos?lang=${each}`} lang=${each}
            aria-current=${each === language ? 'true' : undefined}>${t(`common.lang_${each}`)}</a>`)}</div>
      </div>
      <div class="card">
        <h3>${t('till.team')}</h3>
        <p>${t('till.team_lead')}</p>
        <div class="row">
          <${Button} kind="to-team" onClick=${() => change({ screen: 'team' })}>${t('till.team_open')}<//>
          <${Button} kind="quiet to-goods" onClick=${() => change({ screen: 'goods' })}>${t('till.goods_open')}<//>
        </div>
      </div>
      <div class="card"><${Queue} /></div>
      <div class="card brought"><${Brought} /></div>
      <div class="card record"><${Record} /></div>
      <div class="card programs"><${Tokens} /></div>
      <div class="card">
        <h3>${t('till.this_till')}</h3>
        <dl>${facts.map(([name, value]) => html`<div key=${name}><dt>${t(`till.is_${name}`)}</dt><dd>${value}</dd></div>`)}</dl>
        ${onPc ? html`<p>${t('till.pc.keys')}</p>` : html`<${Unpair} />`}
      </div>
    </section>`;
}

function sound() {
  chime('paid');
  setTimeout(() => say(t('till.said_paid', { words: inWords(5000, language) })), 500);
}

/** What a scanner types arrives here as it is, and whether it is understood. */
function Scanner() {
  const { test } = useTill();
  const text = test ? textOf(test) : '';
  return html`
    <h3>${t('till.scanner')}</h3>
    <p>${t('till.scanner_how')}</p>
    <output class="arrived" aria-live="polite">
      ${test ? html`
        <strong class=${understood(text) ? 'good' : 'bad'}>${t(understood(text) ? 'till.scanner_good' : 'till.scanner_bad')}</strong>
        <span>${t('till.scanner_letters', { count: text.length })}</span><code>${text}</code>
        ${!understood(text) && html`<span>${t('till.scanner_mend')}</span>`}`
    : t('till.scanner_none')}
    </output>`;
}

/** @param {string} text */
function understood(text) {
  try {
    fromText(text, [ourTill().host]);
    return true;
  } catch (error) {
    if (error.name === 'Refusal') return false;
    throw error;
  }
}
