// A worded no, with the same words as the server (app/errors.py). A bug is no refusal: it throws an Error.

export class Refusal extends Error {
  /**
   * @param {string} word
   * @param {Record<string, string | number>} [facts] fill the sentence
   */
  constructor(word, facts = {}) {
    super(word);
    this.name = 'Refusal';
    this.word = word;
    this.facts = facts;
  }
}
