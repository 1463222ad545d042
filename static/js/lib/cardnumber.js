// The number of a paper card: HTTPS://HOST/C#<16 digits>, or the digits alone where a keyboard garbled the address or somebody
// typed them off the card. The same check digit as in app/people/cards.py.

import { refused } from './api.js';

const SKIN = /^\s*[A-Z][A-Z0-9+.-]*:\/\/([^/?#\s]*)(\/[^#]*)$/i;

/**
 * '' when the text is no card's. Refuses OTHER_HOST. @param {string} text @param {string} host with its port if it has one
 */
export function cardIn(text, host) {
  const found = /^(?:(.*)#)?\s*(\d[\d -]{14,22}\d)\s*$/s.exec(text);
  const digits = found?.[2].replace(/[ -]/g, '') ?? '';
  if (digits.length !== 16 || !fits(digits)) return '';
  const address = SKIN.exec(found?.[1] ?? '');
  if (address && address[2].toUpperCase() !== '/C') return '';
  if (address && address[1].toUpperCase() !== host.toUpperCase()) throw refused('OTHER_HOST', { host: address[1].slice(0, 64) });
  return digits;
}

/** Luhn's sum: a digit misread, or two that changed places, don't fit. @param {string} digits */
function fits(digits) {
  const sum = Array.from(digits).reverse().reduce((so, digit, place) => {
    const each = Number(digit) * (1 + place % 2);
    return so + Math.floor(each / 10) + each % 10;
  }, 0);
  return sum % 10 === 0;
}
