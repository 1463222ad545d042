// The one policy through which an address becomes a script (a worker, a service worker): only our own addresses do.
// The headers forbid every other policy, so no string that a page handles can ever turn into code.

/** @type {{createPolicy: (name: string, rules: object) => {createScriptURL: (address: string) => any}} | undefined} */
const types = /** @type {any} */ (globalThis).trustedTypes;

const policy = types?.createPolicy("hagc", {
  createScriptURL(/** @type {string} */ address) {
    const url = new URL(address, location.origin);
    const ours = url.pathname.startsWith("/static/") || url.pathname === "/sw.js";
    if (url.origin !== location.origin || !ours) throw new TypeError(`not one of our scripts: ${url.pathname}`);
    return url.href;
  },
});

/**
 * @param {string | URL} address
 * @returns {any} what `new Worker` and `serviceWorker.register` take
 */
export function scriptUrl(address) {
  return policy ? policy.createScriptURL(String(address)) : String(address);
}
