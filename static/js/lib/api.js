// Asks the server. Either an answer, or Refused: the server's worded no, or NoAnswer: nobody knows what happened,
// so money must not be taken for paid or for unpaid (GET /api/outcomes/… tells).

import { learn } from "./clock.js";
import { language, t } from "./words.js";

const WITHIN_MS = 10_000;
const TRIES = 3;
const PAUSE_MS = 400;

/** Words with which the server said no, and not to what it was asked: it may be asked again. */
export const NO_VERDICT = ["INTERNAL", "BUSY", "HALTED", "TOO_MANY"];

/** A no of the server, in its words. */
export class Refused extends Error {
  /** @param {Record<string, any>} problem as RFC 9457 has it, with our word, number, final, facts and next */
  constructor(problem) {
    super(problem.title);
    this.word = /** @type {string} */ (problem.word);
    this.number = /** @type {number} */ (problem.number);
    this.status = /** @type {number} */ (problem.status);
    this.final = /** @type {boolean} */ (problem.final);
    this.facts = /** @type {Record<string, number | string>} */ (problem.facts ?? {});
    this.title = /** @type {string} */ (problem.title);
    this.detail = /** @type {string} */ (problem.detail);
    this.next = /** @type {string} */ (problem.next ?? "");
  }
}

/** No line, too slow, or something between us and the server answered in its place. */
export class NoAnswer extends Error {
  constructor() {
    super("no answer");
    this.title = t("common.no_line");
    this.detail = t("common.no_line_detail");
    this.next = t("common.no_line_next");
  }
}

/** A refusal that this page found out by itself. @param {string} word @param {Record<string, number | string>} [facts] */
export function refused(word, facts = {}) {
  const [title, detail, next] = ["title", "detail", "next"].map((part) => t(`refusals.${word}.${part}`, facts));
  return new Refused({ word, facts, title, detail, next, final: true, number: 0, status: 0 });
}

/**
 * @typedef {(what: string, body: string) => Promise<string>} Prove to a question (method, path and query; what is sent with it)
 * the whole of the header that proves who asks
 * @typedef {object} Ways
 * @property {string} [session] a signed session message, base64url
 * @property {Prove} [prove] in its place
 * @property {number} [withinMs]
 * @property {boolean} [again] a POST that may be sent again: its message settles once, whoever sends it how often
 * @property {number} [tries] how often to ask, where somebody waits at a counter
 * @property {AbortSignal} [signal]
 */

/** @param {string} path @param {Ways} [ways] @returns {Promise<any>} */
export function get(path, ways = {}) {
  return patiently(() => once("GET", path, undefined, ways), ways.tries ?? TRIES);
}

/** @param {string} path @param {object} body @param {Ways} [ways] @returns {Promise<any>} */
export function post(path, body, ways = {}) {
  return patiently(() => once("POST", path, JSON.stringify(body), ways), ways.again ? ways.tries ?? TRIES : 1);
}

/** @param {string} path @param {Ways} [ways] @returns {Promise<any>} */
export function remove(path, ways = {}) {
  return patiently(() => once("DELETE", path, undefined, ways), TRIES);
}

/** @param {() => Promise<any>} ask @param {number} tries */
async function patiently(ask, tries) {
  for (let left = tries - 1; ; left -= 1) {
    try {
      return await ask();
    } catch (error) {
      const hopeful = error instanceof NoAnswer || (error instanceof Refused && error.word === "BUSY");
      if (!hopeful || left <= 0) throw error;
    }
    await new Promise((done) => setTimeout(done, PAUSE_MS * (tries - left) * (0.5 + Math.random())));
  }
}

/** @param {string} method @param {string} path @param {string | undefined} body @param {Ways} ways */
async function once(method, path, body, ways) {
  /** @type {Record<string, string>} */
  const headers = { "Accept-Language": language };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (ways.session) headers.Authorization = `HAGC ${ways.session}`;
  if (ways.prove) headers.Authorization = await ways.prove(`${method} ${path}`, body ?? "");
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), ways.withinMs ?? WITHIN_MS);
  ways.signal?.addEventListener("abort", () => stop.abort(), { once: true });
  const sentMs = Date.now();
  /** @type {Response} */ let answer;
  /** @type {any} */ let content;
  try {
    answer = await fetch(path, { method, body, headers, signal: stop.signal, credentials: "same-origin", cache: "no-store" });
    content = await answer.json();
  } catch (error) {
    if (ways.signal?.aborted) throw error;
    throw new NoAnswer();
  } finally {
    clearTimeout(timer);
  }
  // Each answer of ours tells the time. What lacks it was said by something in between, a Wi-Fi's sign-in page perhaps.
  if (!Number.isSafeInteger(content?.now_ms)) throw new NoAnswer();
  learn(content.now_ms, sentMs, Date.now());
  if (answer.ok) return content;
  throw typeof content.word === "string" && Number.isSafeInteger(content.number) ? new Refused(content) : new NoAnswer();
}
