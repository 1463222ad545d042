// Says of each message on standard input (JSON: hex strings) with which word the phone refuses its form, or null.
//   echo '["8443"]' | node tests/js/judge.mjs       With --table: the table of kinds instead.

import { readFileSync } from 'node:fs';
import { parse } from '../../static/js/lib/cose.js';
import { BY_NAME } from '../../static/js/lib/kinds.js';

function word(hex) {
  try {
    parse(Uint8Array.from(Buffer.from(hex, 'hex')));
    return null;
  } catch (error) {
    if (error.name === 'Refusal') return error.word;
    throw error;
  }
}

const answer = process.argv.includes('--table') ? [...BY_NAME.values()] : JSON.parse(readFileSync(0, 'utf8')).map(word);
console.log(JSON.stringify(answer));
