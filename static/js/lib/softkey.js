// The `soft` key of an old browser, which has no Ed25519: this script can read its seed, which lies sealed by a
// non-extractable AES key. Loads only there.

import { getPublicKeyAsync, signAsync } from '../../vendor/noble-ed25519.js';

/** @returns {Promise<{publicKey: Uint8Array, seal: CryptoKey, iv: Uint8Array, sealed: ArrayBuffer}>} */
export async function make() {
  const seed = crypto.getRandomValues(new Uint8Array(32));
  const publicKey = await getPublicKeyAsync(seed);
  const seal = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, seal, seed);
  seed.fill(0);
  return { publicKey, seal, iv, sealed };
}

/** @param {any} kept @param {Uint8Array} data */
export async function sign({ seal, iv, sealed }, data) {
  const seed = new Uint8Array(await crypto.subtle.decrypt({ name: 'AES-GCM', iv }, seal, sealed));
  try {
    return await signAsync(data, seed);
  } finally {
    seed.fill(0);
  }
}
