// Opens a page without a line: the shell from the cache, the API from the network.
// The server puts `const SHELL = {page, version, opens, files}` in front (app/web/shell.py); version = hash of all files.
/* global SHELL */

const CACHE = `${SHELL.page} ${SHELL.version}`;

self.addEventListener("install", (event) => event.waitUntil(fill()));
self.addEventListener("activate", (event) => event.waitUntil(takeOver()));
self.addEventListener("fetch", (event) => {
  const answer = route(event.request);
  if (answer) event.respondWith(answer);
});
// A page says when it can bear a new version: never in the middle of a sale.
self.addEventListener("message", (event) => {
  if (event.data === "take over") self.skipWaiting();
});

async function fill() {
  const cache = await caches.open(CACHE);
  const documents = [...new Set(Object.values(SHELL.opens))];
  await cache.addAll([...SHELL.files, ...documents.map((path) => new Request(path, { cache: "reload" }))]);
}

async function takeOver() {
  const old = (await caches.keys()).filter((name) => name.startsWith(`${SHELL.page} `) && name !== CACHE);
  await Promise.all(old.map((name) => caches.delete(name)));
  await self.clients.claim();
}

/** The answer to a request, or nothing: then the browser asks the network as if we were not here. */
function route(request) {
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return undefined;
  if (url.pathname.startsWith("/static/")) return kept(request, request);
  const opened = request.mode === "navigate" && SHELL.opens[url.pathname];
  if (!opened) return undefined;
  // Another language was chosen: the server says it, and from then on the cache.
  return url.searchParams.has("lang") ? fresh(request, opened) : kept(request, opened);
}

async function kept(request, key) {
  const cache = await caches.open(CACHE);
  return (await cache.match(key, { ignoreVary: true })) ?? fetched(cache, request, key);
}

async function fresh(request, key) {
  const cache = await caches.open(CACHE);
  try {
    return await fetched(cache, request, key);
  } catch {
    return (await cache.match(key, { ignoreVary: true })) ?? Response.error();
  }
}

async function fetched(cache, request, key) {
  const answer = await fetch(request);
  if (answer.ok && !answer.redirected) await cache.put(key, answer.clone());
  return answer;
}
