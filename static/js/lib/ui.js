// The few pieces that every page shows alike.

import { html, useEffect, useRef } from "./dom.js";
import { inWords } from "./won.js";
import { language, t, won } from "./words.js";

/** An amount: large figures, and the words under them. @param {{won: number, words?: boolean}} props */
export function Amount({ won: amountWon, words = false }) {
  return html`<p class="amount"><strong>${won(amountWon)}</strong>${words && html`<span>${inWords(amountWon, language)}</span>`}</p>`;
}

/**
 * What was refused, why, and what to do now; for Refused and NoAnswer alike. Takes the focus, so it is read out.
 * @param {{error: {title: string, detail: string, next: string, number?: number}, children?: any}} props
 */
export function Refusal({ error, children }) {
  const place = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => place.current?.focus(), [error]);
  return html`
    <section class="refusal" role="alert" tabindex="-1" ref=${place}>
      <h2>${error.title}</h2>
      <p>${error.detail}</p>
      <p class="next">${error.next}</p>
      ${children}
      ${error.number ? html`<p class="small">${t("common.refusal_number", { number: error.number })}</p>` : null}
    </section>
  `;
}

/** A strip for what goes on without stopping anybody, such as a missing line. @param {{children: any, tone?: string}} props */
export function Strip({ children, tone = "amber" }) {
  return html`<p class=${`strip ${tone}`} role="status">${children}</p>`;
}

/** @param {{onClick: () => void, children: any, kind?: string, disabled?: boolean}} props */
export function Button({ onClick, children, kind = "", disabled = false }) {
  return html`<button type="button" class=${`button ${kind}`} disabled=${disabled} onClick=${onClick}>${children}</button>`;
}
