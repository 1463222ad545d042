// "잘못 냈어요": for ten minutes the payer asks the shop to take a payment back, and hears what it answers. Only the shop
// can give money back; the number of the payment is what both sides call it by.

import { NoAnswer, Refused, get, post } from '../lib/api.js';
import { nowS } from '../lib/clock.js';
import { html, useEffect, useRef, useState } from '../lib/dom.js';
import { listen } from '../lib/live.js';
import { Refusal } from '../lib/ui.js';
import { t } from '../lib/words.js';
import { asAccount, session } from './account.js';
import { look } from './look.js';
import { useWallet } from './state.js';

/** @typedef {'' | 'asked' | 'refused' | 'returned'} Answer */

const MISTAKE_S = 600;
const EACH_MS = 5000;

/** @param {{paid: {at_s?: number, entry?: number}}} props */
export function Mistake({ paid }) {
  const [left, setLeft] = useState(true);
  const [open, setOpen] = useState(false);
  useEffect(() => {
    const recent = () => setLeft(nowS() - (paid.at_s ?? 0) < MISTAKE_S);
    recent();
    const timer = setInterval(recent, EACH_MS);
    return () => clearInterval(timer);
  }, [paid.at_s]);
  if (!paid.entry) return null;
  if (open) return html`<${Asking} entry=${paid.entry} left=${left} />`;
  if (!left) return null;
  return html`<p><button type="button" class="button quiet wide" onClick=${() => setOpen(true)}>${t('wallet.result.mistake')}</button></p>`;
}

/** @param {{entry: number, left: boolean}} props */
function Asking({ entry, left }) {
  const { view } = useWallet();
  const title = useRef(/** @type {HTMLElement | null} */ (null));
  const [answer, learn] = useState(/** @type {Answer} */ (''));
  const [problem, say] = useState(/** @type {any} */ (null));
  const [busy, work] = useState(false);
  const told = (/** @type {Promise<{state: Answer}>} */ asked) => asked.then(({ state }) => learn(state), (error) => {
    if (!(error instanceof Refused || error instanceof NoAnswer)) throw error;
    say(error);
  });
  const hear = () => {
    void look();
    void told(asAccount((proof) => get(`/api/mistakes/${entry}`, { session: proof })));
  };
  useEffect(() => {
    title.current?.focus({ preventScroll: true });
    title.current?.scrollIntoView();
    hear();
    return listen({ session: () => asAccount(session), events: ['refund', 'answer'], hear, line: (there) => there && hear() });
  }, [entry]);
  const ask = () => {
    if (busy) return;
    work(true);
    say(null);
    void told(asAccount((proof) => post('/api/mistakes', { entry }, { session: proof, again: true }))).finally(() => work(false));
  };
  const refundedWon = view?.history.find((each) => each.entry === entry)?.refunded_won ?? 0;
  return html`
    <section class="card" role="status">
      <h2 tabindex="-1" ref=${title}>${t('wallet.result.mistake')}</h2>
      <p>${refundedWon ? html`<strong>${t('wallet.history.refunded', { refunded_won: refundedWon })}</strong>` : t(`wallet.mistake.${answer || 'before'}`)}</p>
      ${problem && !refundedWon && html`<${Refusal} error=${problem} />`}
      ${!answer && !refundedWon && left && html`
        <p><button type="button" class="button wide" disabled=${busy} onClick=${ask}>${t(busy ? 'wallet.mistake.asking' : 'wallet.mistake.ask')}</button></p>`}
      <p class="amount"><span>${t('wallet.result.number')}</span><strong>${entry}</strong></p>
    </section>
  `;
}
