// Keeps the page for flight mode: one cache a version, filled whole or not at
// all. What is not part of the page goes to the network, and is never kept
// here: the verifier's lists have a place of their own.
"use strict";

const VERSION = "{{version}}";
const FILES = {{files}};
const CACHE = `yizheng-scan-${VERSION}`;

addEventListener("install", (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(FILES.map((file) => new Request(file, { cache: "no-cache" })))));
});

addEventListener("activate", (event) => {
  event.waitUntil(
    (async () => {
      for (const name of await caches.keys()) if (name.startsWith("yizheng-scan-") && name !== CACHE) await caches.delete(name);
      await clients.claim();
    })(),
  );
});

addEventListener("message", ({ data }) => data === "take over" && skipWaiting());

addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin) return;
  const file = pathname === "/scan/" ? "/scan" : pathname;
  if (!FILES.includes(file)) return;
  event.respondWith(caches.open(CACHE).then(async (cache) => (await cache.match(file)) ?? fetch(request)));
});
