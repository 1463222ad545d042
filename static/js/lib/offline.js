// Lets the page open without a line (static/sw.js) and tells when a new version waits.

import { page } from "./page.js";
import { scriptUrl } from "./trusted.js";

const LOOK_EACH_MS = 3_600_000;

/**
 * @param {string} scope where the page starts: "/" or "/pos"
 * @param {(takeOver: () => void) => void} [onNew] a new version waits; `takeOver` reloads the page with it
 */
export async function keepOffline(scope, onNew = () => {}) {
  if (!("serviceWorker" in navigator)) return;
  try {
    const registration = await navigator.serviceWorker.register(scriptUrl(`/sw.js?page=${page.page}`), { scope });
    watch(registration, onNew);
    setInterval(() => registration.update().catch(() => {}), LOOK_EACH_MS);
  } catch {
    // no line, or a certificate that was only clicked away: the page works, but opens only with a line
  }
}

/** @param {ServiceWorkerRegistration} registration @param {(takeOver: () => void) => void} onNew */
function watch(registration, onNew) {
  const tell = () => {
    const waiting = registration.waiting;
    if (!waiting || !navigator.serviceWorker.controller) return;
    onNew(() => {
      navigator.serviceWorker.addEventListener("controllerchange", () => location.reload(), { once: true });
      waiting.postMessage("take over");
    });
  };
  tell();
  registration.addEventListener("updatefound", () => registration.installing?.addEventListener("statechange", tell));
}
