// What the list of sales shows after each of these: the server's answers and this till's own record are given here, and come
// when this script lets them.
//   echo '["hGoBAgME…"]' | node tests/js/daylist.mjs

import { readFileSync } from 'node:fs';

globalThis.document = Object.assign(new EventTarget(), { getElementById: () => null });
globalThis.HTMLTemplateElement = class {};
Object.defineProperty(globalThis, 'navigator', { value: { onLine: true } });
globalThis.fetch = () => new Promise(() => {});             // nothing else is answered
const { NoAnswer, Refused } = await import('../../static/js/lib/api.js');
const { lineOf } = await import('../../static/js/till/ownday.js');
const { NOTHING, reader } = await import('../../static/js/till/daylist.js');
const { state } = await import('../../static/js/till/state.js');

const OWN = { sales: [{ entry: 0 }], won: 0, count: 0, at_s: 0 };
const page = (from, to, more = true) => ({ sales: Array.from({ length: from - to + 1 }, (_, at) => ({ entry: from - at })), more });
const rest = () => new Promise((done) => setTimeout(done));

/** A list, its questions in their order, each with what answers it, and what it shows at last. */
function opened({ own = async () => OWN } = {}) {
  state.line = true;
  let shown = NOTHING;
  const asked = [];
  const ask = (before) => new Promise((answer, fail) => asked.push({ before, answer, fail }));
  const reading = reader((next) => { shown = next(shown); }, ask, own);
  return { reading, asked, saw: () => ({
    entries: shown.own ? 'own' : shown.lines?.map(({ entry }) => entry) ?? null, more: shown.more, problem: shown.problem?.constructor.name ?? null,
    asked: asked.map(({ before }) => before ?? null),
  }) };
}

const cases = {
  async 'no line'() {
    const { reading, saw } = opened();
    state.line = false;
    void reading.read();
    await rest();
    return saw();
  },
  async 'no line and no program'() {
    const { reading, saw } = opened({ own: () => Promise.reject(new NoAnswer()) });
    state.line = false;
    void reading.read();
    await rest();
    return saw();
  },
  async 'no answer'() {
    const { reading, asked, saw } = opened();
    void reading.read();
    asked[0].fail(new NoAnswer());
    await rest();
    return saw();
  },
  async 'a late failure'() {
    const { reading, asked, saw } = opened();
    void reading.read();
    void reading.read();
    asked[1].answer(page(3, 1, false));
    await rest();
    asked[0].fail(new NoAnswer());
    await rest();
    return saw();
  },
  async 'a late answer'() {
    const { reading, asked, saw } = opened();
    void reading.read();
    state.line = false;
    void reading.read();
    await rest();
    asked[0].answer(page(3, 1, false));
    await rest();
    return saw();
  },
  async 'stopped'() {
    const { reading, asked, saw } = opened();
    void reading.read();
    asked[0].answer(page(3, 1, false));
    await rest();
    void reading.read();
    reading.stop();
    asked[1].fail(new NoAnswer());
    await rest();
    return saw();
  },
  async 'pages'() {
    const { reading, asked, saw } = opened();
    void reading.read();
    asked[0].answer(page(9, 7));
    await rest();
    void reading.readOn(7);
    asked[1].answer(page(6, 4));
    await rest();
    state.line = false;
    void reading.read();                                    // the line breaks, and comes back
    await rest();
    state.line = true;
    void reading.read();
    asked[2].answer(page(10, 8));
    await rest();
    return saw();
  },
  async 'a page twice'() {
    const { reading, asked, saw } = opened();
    void reading.read();
    asked[0].answer(page(9, 7));
    await rest();
    void reading.readOn(7);
    void reading.readOn(7);
    asked[1].answer(page(6, 4));
    asked[2].answer(page(6, 4));
    await rest();
    return saw();
  },
  async 'more than a page came'() {
    const { reading, asked, saw } = opened();
    void reading.read();
    asked[0].answer(page(3, 1, false));
    await rest();
    void reading.read();
    asked[1].answer(page(9, 7));
    await rest();
    return saw();
  },
  async 'refused'() {
    const { reading, asked, saw } = opened();
    void reading.read();
    asked[0].fail(new Refused({ title: 'no' }));
    await rest();
    return saw();
  },
};

/** A line of its own record for each message on standard input (JSON: base64url). */
const lines = JSON.parse(readFileSync(0, 'utf8')).map((message) => lineOf({ id: 'ab', kind: 'charge', message, amount_won: 1, expires_at_s: 3, signed_at_s: 2 }));
const answer = { lines };
for (const [name, act] of Object.entries(cases)) answer[name] = await act();
console.log(JSON.stringify(answer));
process.exit();                                             // a doubted line would be asked after for ever
