// Whole won, as figures and as words. The same tables hold app/money/amount.py: tests/vectors/won_words.json.

const DIGITS = ["", "일", "이", "삼", "사", "오", "육", "칠", "팔", "구"];
const TENS = ["", "십", "백", "천"];
const MYRIADS = ["", "만", "억", "조"];
const ONES =
  "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split(
    " ",
  );
const TIES = "zero ten twenty thirty forty fifty sixty seventy eighty ninety".split(" ");
const THOUSANDS = ["", " thousand", " million", " billion", " trillion", " quadrillion"];

/** figures(12500) = "12,500원" @param {number} amountWon @param {string} [language] */
export function figures(amountWon, language = "ko") {
  const grouped = String(amountWon).replace(/\B(?=(\d{3})+$)/g, ",");
  return language === "ko" ? `${grouped}원` : `${grouped} won`;
}

/** inWords(5000) = "오천 원" @param {number} amountWon @param {string} [language] */
export function inWords(amountWon, language = "ko") {
  return language === "ko" ? `${korean(amountWon)} 원` : `${english(amountWon)} won`;
}

/** @param {number} amountWon */
function korean(amountWon) {
  if (amountWon === 0) return "영";
  const said = groups(amountWon, 10_000).map(([place, value]) => koreanGroup(value) + MYRIADS[place]);
  if (said[0] === "일만") said[0] = "만";
  return said.join(" ");
}

/** @param {number} value 1..9999 */
function koreanGroup(value) {
  return groups(value, 10)
    .map(([place, digit]) => (digit === 1 && place ? "" : DIGITS[digit]) + TENS[place])
    .join("");
}

/** @param {number} amountWon */
function english(amountWon) {
  if (amountWon === 0) return ONES[0];
  return groups(amountWon, 1000)
    .map(([place, value]) => englishGroup(value) + THOUSANDS[place])
    .join(" ");
}

/** @param {number} value 1..999 */
function englishGroup(value) {
  const hundreds = Math.floor(value / 100);
  const rest = value % 100;
  const said = hundreds ? [`${ONES[hundreds]} hundred`] : [];
  if (rest && rest < 20) said.push(ONES[rest]);
  else if (rest) said.push(TIES[Math.floor(rest / 10)] + (rest % 10 ? `-${ONES[rest % 10]}` : ""));
  return said.join(" ");
}

/**
 * [place, value] of the groups that aren't zero, highest first.
 * @param {number} number @param {number} base @returns {[number, number][]}
 */
function groups(number, base) {
  /** @type {[number, number][]} */
  const found = [];
  for (let place = 0, left = number; left > 0; place += 1, left = Math.floor(left / base)) {
    if (left % base) found.unshift([place, left % base]);
  }
  return found;
}
