// "I paid by mistake": what a payer asks within ten minutes, shown above every screen until somebody answers.

import { NoAnswer, Refused, get, post } from '../lib/api.js';
import { html, useState } from '../lib/dom.js';
import { chime, say } from '../lib/speak.js';
import { t, won } from '../lib/words.js';
import { Button } from '../lib/ui.js';
import { doubt } from './line.js';
import { clock } from './outcomes.js';
import { takeBack } from './refunds.js';
import { asTill } from './signing.js';
import { mayVoid, tellFailed } from './staff.js';
import { change, state, useTill } from './state.js';

/** @typedef {{entry: number, amount_won: number, at_s: number, asked_at_s: number}} Question */

/** What is asked and not answered. A new question rings. */
export async function refreshQuestions() {
  try {
    learn((await asTill((session) => get('/api/till/questions', { session }))).questions);
  } catch (error) {
    if (error instanceof NoAnswer) return void doubt();
    if (!(error instanceof Refused)) throw error;
  }
}

/** @param {Question[]} questions */
function learn(questions) {
  const known = new Set(state.questions.map(({ entry }) => entry));
  const rings = questions.some(({ entry }) => !known.has(entry));
  change({ questions });
  if (!rings) return;
  chime('returned');
  setTimeout(() => say(t('till.said_question')), 500);
}

/** Above the screen, in nobody's way. */
export function Questions() {
  const { questions } = useTill();
  return questions.map((each) => html`<${Asked} key=${each.entry} question=${each} />`);
}

/** @param {{question: Question}} props */
function Asked({ question }) {
  const [busy, work] = useState(false);
  const does = (/** @type {() => Promise<void>} */ answer) => {
    if (busy) return;
    work(true);
    void answer().catch(tellFailed).then(refreshQuestions).finally(() => work(false));
  };
  const { entry, amount_won, at_s } = question;
  return html`
    <section class="strip question" role="alert">
      <div class="asked-back"><strong>${t('till.question', { amount_won, at: clock(at_s) })}</strong>
        <span>${t('till.question_more', { entry })}</span></div>
      <div class="row">
        ${mayVoid()
    ? html`<${Button} disabled=${busy} onClick=${() => does(() => takeBack({ entry, amount_won }))}>${t('till.question_yes', { amount_won: won(amount_won) })}<//>`
    : html`<${Button} disabled=${busy || Boolean(state.sale)} onClick=${() => change({ screen: 'sales', chosen: entry })}>${t('till.question_owner')}<//>`}
        <${Button} kind="quiet" disabled=${busy} onClick=${() => does(() => refuse(entry))}>${t('till.question_no')}<//>
      </div>
    </section>`;
}

/** @param {number} entry */
async function refuse(entry) {
  await asTill((session) => post('/api/till/questions', { entry, cashier: state.who?.number ?? 0 }, { session }));
}
