// What the server wrote into this page (app/web/shell.py): language, city, chain, words. Read once.

/**
 * @typedef {object} PageFacts
 * @property {string} page name of the page: wallet, till, console
 * @property {string} language two letters
 * @property {string[]} languages all that can be chosen
 * @property {string} static beginning of the addresses of all files of this version
 * @property {string} version
 * @property {string} zone the city's time zone
 * @property {string} city
 * @property {string} currency
 * @property {string} host as it stands in every QR, in lower case
 * @property {boolean} [program] a till PC's program serves this page (pos/localhost.py)
 * @property {Record<string, any>} words sections of sentences
 */

/** @returns {PageFacts & Record<string, any>} */
function read() {
  const template = document.getElementById("page");
  return JSON.parse(template instanceof HTMLTemplateElement ? (template.content.textContent ?? "{}") : "{}");
}

export const page = read();
