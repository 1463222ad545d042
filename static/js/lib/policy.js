// The city's dated figures: each holds from a moment until another, a later entry lies over an earlier one, and where none
// holds the figure is 0: switched off. So a device without a network follows the dates by itself (app/money/policy.py).

/** @typedef {[number, number, number]} Period from, until (Unix seconds), figure */

/** What holds at a moment: of the periods that hold the last; 0 where none does. @param {Period[]} periods @param {number} nowS */
export function figure(periods, nowS) {
  return periods.findLast(([fromS, untilS]) => fromS <= nowS && nowS < untilS)?.[2] ?? 0;
}

/** When the next one begins or ends; Infinity where none does any more. @param {Period[]} periods @param {number} nowS */
export function nextChange(periods, nowS) {
  return Math.min(...periods.flatMap(([fromS, untilS]) => [fromS, untilS]).filter((atS) => atS > nowS));
}

/** When it is switched off next; Infinity where nothing says so. @param {Period[]} periods @param {number} nowS */
export function offFrom(periods, nowS) {
  let atS = nowS;
  while (Number.isFinite(atS) && figure(periods, atS) > 0) atS = nextChange(periods, atS);
  return atS;
}
