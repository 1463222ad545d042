// Messages as text for QR codes, HTTPS://HOST/P#digits, and their picture. The same as app/message/qr.py.

import qrcode from '../../vendor/qrcode.js';
import { Refusal } from './refusal.js';

const GROUP_BYTES = 7, GROUP_DIGITS = 17;
const LAST_DIGITS = [0, 3, 5, 8, 10, 13, 15];           // by the number of bytes
const QUIET_ZONE = 4;                                   // modules, ISO/IEC 18004 §9.1
const LONGEST_TEXT = 10_240;
const SKIN = /^[ \t\r\n]*([A-Z][A-Z0-9+.-]*):\/\/([^/?# \t\r\n]*)([^#]*)/i;
const ASCII_SKIN = /^[0-9A-Z $%*+\-./:]+#[0-9]+$/;
const RECEIPT_SKIN = /^([0-9A-Z$%*+\-.:/]+\/R\/)([0-9]+)$/;   // on paper: no script reads it, so it has no #

/** @param {Uint8Array} raw @param {string} host with its port if it has one */
export function toText(raw, host) {
  return `HTTPS://${host.toUpperCase()}/P#${toDigits(raw)}`;
}

/**
 * The message in a scanned or typed text; bare digits are read too. Refuses TOO_LONG, OTHER_HOST, UNREADABLE.
 * @param {string} text @param {string[]} hosts
 */
export function fromText(text, hosts) {
  if (text.length > LONGEST_TEXT) throw new Refusal('TOO_LONG', { length: text.length, longest: LONGEST_TEXT });
  const mark = text.lastIndexOf('#');
  const address = SKIN.exec(mark < 0 ? text : text.slice(0, mark));
  if (address) {
    const [, scheme, host, path] = address;
    const known = /^[!-~]+$/.test(host) && hosts.some((each) => each.toUpperCase() === host.toUpperCase());
    if (scheme.toUpperCase() !== 'HTTPS' || !known) throw new Refusal('OTHER_HOST', { host: host.slice(0, 64) });
    if (path.toUpperCase() !== '/P') throw new Refusal('UNREADABLE');
  }
  return fromDigits(text.slice(mark + 1).replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, ''));
}

/** Groups of 7 bytes, big-endian, as 17 digits; the last group shorter. @param {Uint8Array} raw */
export function toDigits(raw) {
  let digits = '';
  for (let at = 0; at < raw.length; at += GROUP_BYTES) {
    const group = raw.subarray(at, at + GROUP_BYTES);
    const value = group.reduce((sum, byte) => sum << 8n | BigInt(byte), 0n);
    digits += String(value).padStart(LAST_DIGITS[group.length] ?? GROUP_DIGITS, '0');
  }
  return digits;
}

/** The only bytes that `toDigits` writes so; else UNREADABLE. @param {string} digits */
export function fromDigits(digits) {
  const last = LAST_DIGITS.indexOf(digits.length % GROUP_DIGITS);
  if (!/^[0-9]+$/.test(digits) || last < 0) throw new Refusal('UNREADABLE');
  const raw = [];
  for (let at = 0; at < digits.length; at += GROUP_DIGITS) {
    const group = digits.slice(at, at + GROUP_DIGITS);
    const count = group.length === GROUP_DIGITS ? GROUP_BYTES : last;
    const value = BigInt(group);
    if (value >> BigInt(8 * count)) throw new Refusal('UNREADABLE');
    for (let byte = count - 1; byte >= 0; byte--) raw.push(Number(value >> BigInt(8 * byte) & 255n));
  }
  return Uint8Array.from(raw);
}

/**
 * The smallest code at level M: version, side with the quiet zone, and the dark modules as an SVG path.
 * @param {string} text
 */
export function picture(text) {
  const code = qrcode(0, 'M');
  for (const [part, mode] of segments(text)) code.addData(part, mode);
  code.make();
  const count = code.getModuleCount();
  let path = '';
  for (let y = 0; y < count; y++) {
    for (let x = 0; x < count; x++) {
      const start = x;
      while (x < count && code.isDark(y, x)) x++;
      if (x > start) path += `M${QUIET_ZONE + start} ${QUIET_ZONE + y}h${x - start}v1h-${x - start}z`;
    }
  }
  return { version: (count - 17) / 4, side: count + 2 * QUIET_ZONE, path };
}

/** An SVG element, black on white in every theme. @param {string} text @param {string} label read aloud */
export function svgElement(text, label) {
  const { side, path } = picture(text);
  const svg = element('svg', { viewBox: `0 0 ${side} ${side}`, role: 'img', 'aria-label': label, 'shape-rendering': 'crispEdges' });
  svg.append(element('path', { fill: '#fff', d: `M0 0h${side}v${side}H0z` }), element('path', { fill: '#000', d: path }));
  return svg;
}

/** @param {string} text @returns {[string, 'Alphanumeric' | 'Byte' | 'Numeric'][]} */
function segments(text) {
  const paper = RECEIPT_SKIN.exec(text);
  if (paper) return [[paper[1], 'Alphanumeric'], [paper[2], 'Numeric']];
  if (!ASCII_SKIN.test(text)) return [[text, 'Byte']];
  const mark = text.lastIndexOf('#');
  return [[text.slice(0, mark), 'Alphanumeric'], ['#', 'Byte'], [text.slice(mark + 1), 'Numeric']];
}

/** @param {string} name @param {Record<string, string>} attributes */
function element(name, attributes) {
  const made = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, value);
  return made;
}
