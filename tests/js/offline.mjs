// Says with which word the tablet refuses each code of a phone without a network, or null where it takes it.
//   echo '{"known": […], "chain": hex, "cases": [{"raw": hex, "amount_won": 1, "now_s": 1, "taken": {…}}]}' | node tests/js/offline.mjs

import { readFileSync } from 'node:fs';
import { isBoth, judge, open } from '../../static/js/till/offlinecheck.js';

const bytes = (hex) => Uint8Array.from(Buffer.from(hex, 'hex'));
const { known, chain, cases } = JSON.parse(readFileSync(0, 'utf8'));

async function word({ raw, amount_won, now_s, taken }) {
  if (!isBoth(bytes(raw))) return 'ONE';
  try {
    judge(await open(bytes(raw), known, bytes(chain), now_s), amount_won, now_s, taken);
    return null;
  } catch (error) {
    if (error.name === 'Refusal') return error.word;
    throw error;
  }
}

const words = [];
for (const each of cases) words.push(await word(each));
console.log(JSON.stringify(words));
