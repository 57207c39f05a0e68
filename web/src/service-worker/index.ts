// Keeps what Maru's page is made of, so that it opens without a network. What people say is not
// here: the page itself keeps that, for each user apart.

/** Filled in by the build: every file that the page may need, and a name for all of them. */
declare const SHELL: readonly string[];
declare const VERSION: string;

const worker = self as unknown as ServiceWorkerGlobalScope;
const PREFIX = "maru-shell-";
const CACHE = PREFIX + VERSION;

/** How long the network may take to answer for a page that is here already. */
const PATIENCE_MS = 4_000;

worker.addEventListener("install", (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(SHELL.map((path) => new Request(path, { cache: "no-cache" })))));
});

worker.addEventListener("activate", (event) => {
  event.waitUntil(removeOthers().then(() => worker.clients.claim()));
});

worker.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== worker.location.origin) return;
  if (request.mode === "navigate") {
    if (isPage(url.pathname)) event.respondWith(page(request));
  } else if (SHELL.includes(url.pathname)) {
    event.respondWith(caches.match(url.pathname, { cacheName: CACHE }).then((kept) => kept ?? fetch(request)));
  }
});

worker.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const { path }: { path?: unknown } = event.notification.data ?? {};
  if (typeof path === "string") event.waitUntil(show(path));
});

/** Addresses of the API are none of the page's, whatever the browser calls them. */
function isPage(path: string): boolean {
  return !/^\/(?:api|\.well-known|healthz|metrics)(?:\/|$)/.test(path);
}

/** The newest page if the network has it soon; else the one that was kept. */
async function page(request: Request): Promise<Response> {
  const kept = await caches.match("/", { cacheName: CACHE });
  if (kept === undefined) return fetch(request);
  try {
    const answer = await fetch(request, { signal: AbortSignal.timeout(PATIENCE_MS) });
    return answer.ok || answer.type === "opaqueredirect" ? answer : kept;
  } catch {
    return kept;
  }
}

async function removeOthers(): Promise<void> {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith(PREFIX) && name !== CACHE).map((name) => caches.delete(name)));
}

/** Goes to a path in a page that is open, or in a new one. */
async function show(path: string): Promise<void> {
  const pages = await worker.clients.matchAll({ type: "window" });
  const one = pages.find(({ focused }) => focused) ?? pages[0];
  if (one === undefined) {
    await worker.clients.openWindow(path);
    return;
  }
  await one.focus();
  one.postMessage({ path });
}
