// The page's sentences: t("wallet.pay", {amount_won: 5000}). How facts are filled in: app/web/words.py, whose
// counterpart this is; tests/vectors/phrases.json holds the two together.

import { page } from "./page.js";
import { figures } from "./won.js";

/** @typedef {Record<string, number | string>} Facts */

const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");
const FAR_S = 253_402_214_400;
const FAR = { ko: "아주 먼 뒷날", en: "a day too far away to name" };
const UNITS = { ko: ["일", "시간", "분", "초"], en: [" d", " h", " min", " s"] };
const SIZES = [86_400, 3_600, 60];

export const language = String(page.language || "ko");

/**
 * The text at a place such as "wallet.pay", filled; the place itself when there is none.
 * @param {string} place @param {Facts} [facts]
 */
export function t(place, facts = {}) {
  /** @type {any} */
  let text = page.words;
  for (const part of place.split(".")) text = text?.[part];
  return typeof text === "string" ? fill(text, facts) : place;
}

/**
 * @param {string} text @param {Facts} facts @param {string} [tongue] @param {string} [zone]
 */
export function fill(text, facts, tongue = language, zone = page.zone) {
  return text
    .replace(/\[([^[\]]*)\]/g, (_, part) => {
      const names = [...part.matchAll(/\{(\w+)\}/g)].map((found) => found[1]);
      return names.every((name) => known(name, facts)) ? part : "";
    })
    .replace(/\{(\w+)\}/g, (hole, name) => (name in facts ? fact(name, facts[name], tongue, zone) : hole));
}

/** Whether a fact can be said: a field without a name for people's ears can't. @param {string} name @param {Facts} facts */
function known(name, facts) {
  return name in facts && (name !== "field" || facts[name] in (page.words?.fields ?? {}));
}

/** @param {string} name @param {number | string} value @param {string} tongue @param {string} zone */
function fact(name, value, tongue, zone) {
  if (name === "field") return page.words?.fields?.[value] ?? String(value);
  if (typeof value !== "number") return value;
  if (name.endsWith("_won")) return figures(value, tongue);
  if (name.endsWith("_at_s")) return moment(value, true, tongue, zone);
  if (name.endsWith("_day_s")) return moment(value, false, tongue, zone);
  return name.endsWith("_s") ? span(value, tongue) : String(value);
}

/**
 * A point in time as the city's clocks show it.
 * @param {number} atS Unix seconds @param {boolean} [withTime] @param {string} [tongue] @param {string} [zone]
 */
export function moment(atS, withTime = true, tongue = language, zone = page.zone) {
  if (atS >= FAR_S) return tongue === "ko" ? FAR.ko : FAR.en;
  const format = new Intl.DateTimeFormat("en-GB", {
    timeZone: zone, year: "numeric", month: "numeric", day: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23",
  });
  const at = Object.fromEntries(format.formatToParts(atS * 1000).map(({ type, value }) => [type, value]));
  const [month, day] = [Number(at.month), Number(at.day)];
  const date = tongue === "ko" ? `${at.year}년 ${month}월 ${day}일` : `${day} ${MONTHS[month - 1]} ${at.year}`;
  return withTime ? `${date} ${at.hour}:${at.minute}` : date;
}

/** A length of time in its largest unit, rounded up. @param {number} seconds @param {string} [tongue] */
export function span(seconds, tongue = language) {
  const units = tongue === "ko" ? UNITS.ko : UNITS.en;
  const place = SIZES.findIndex((size) => seconds >= size);
  return place < 0 ? `${Math.max(seconds, 0)}${units[3]}` : `${Math.ceil(seconds / SIZES[place])}${units[place]}`;
}

/** An amount for people's eyes. @param {number} amountWon */
export function won(amountWon) {
  return figures(amountWon, language);
}
