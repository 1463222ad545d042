// Makes, loads and removes a key of either grade with a shelf in memory, and says what it signed.
//   node tests/js/keys.mjs

import assert from 'node:assert/strict';
import { verify } from '../../static/js/lib/curve.js';
import { createKey, loadKey, removeKey } from '../../static/js/lib/keys.js';

const kept = new Map();
const shelf = {
  add: async (name, key) => {
    if (kept.has(name)) throw new Error('taken');
    kept.set(name, structuredClone(key));
  },
  get: async (name) => kept.get(name),
  remove: async (name) => void kept.delete(name),
};
const data = new TextEncoder().encode('what a phone signs');
const answer = [];
for (const soft of [false, true]) {
  const name = soft ? 'old phone' : 'phone';
  const made = await createKey(name, shelf, soft);
  await assert.rejects(createKey(name, shelf, soft), /taken/);
  const loaded = await loadKey(name, shelf);
  const signature = await loaded.sign(data);
  assert.deepEqual(signature, await made.sign(data));
  assert.deepEqual(loaded.publicKey, made.publicKey);
  assert.equal(await verify(signature, data, made.publicKey), true);
  assert.equal(await verify(signature, data.slice(1), made.publicKey), false);
  const secrets = Object.values(kept.get(name)).filter((value) => value instanceof CryptoKey);
  assert.deepEqual(secrets.map((secret) => secret.extractable), [false]);
  answer.push({ grade: loaded.grade, public: Buffer.from(made.publicKey).toString('hex'), signature: Buffer.from(signature).toString('hex') });
  await removeKey(name, shelf);
  assert.equal(await loadKey(name, shelf), null);
}
console.log(JSON.stringify(answer));
