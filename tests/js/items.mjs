// The till's list of goods as a file, and what comes back out of that file.
//   echo '[{"name": "…", "price_won": 1, "category": "…"}]' | node tests/js/items.mjs

import { readFileSync } from 'node:fs';
import { fromCsv, toCsv } from '../../static/js/till/cart.js';

const csv = toCsv(JSON.parse(readFileSync(0, 'utf8')));
console.log(JSON.stringify({ csv, again: fromCsv(csv) }));
