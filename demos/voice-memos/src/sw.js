// The service worker: keeps the app's own files of one version, answers for its pages with the network gone, and takes
// in what another app shares with this one. It knows nothing of memos (they live in the package's store), answers for
// nothing outside this app's folder, and never takes over a page by itself: a newer version waits until it is told.

/* global VERSION, FILES -- filled in by build.mjs: what makes this version, and each of its files with its digest */
const here = new URL('./', self.location.href)
const PREFIX = `voice-memos ${here.pathname} ` // one host may have this app in two folders, and caches are the host's
const CACHE = PREFIX + VERSION
const SHARED_CACHE = `shared-files ${here.pathname}` // read and emptied by src/app/incoming_files.ts
const MAX_SHARED_FILES = 16

const at = (path) => new URL(path, here).href
const kept = new Map(Object.entries(FILES).map(([path, digest]) => [at(path), digest]))

/** Other ways to ask for the two pages. */
const SHELLS = new Map([[at('index.html'), at('./')], [at('share/index.html'), at('share/')]])

self.addEventListener('install', (event) => event.waitUntil(keepFiles()))
self.addEventListener('activate', (event) => event.waitUntil(dropOldCaches().then(() => self.clients.claim())))
self.addEventListener('message', (event) => {
  if (event.data === 'use-new-version') event.waitUntil(self.skipWaiting())
})

self.addEventListener('fetch', (event) => {
  const { request } = event
  const url = new URL(request.url)
  url.search = ''
  url.hash = ''
  if (request.method === 'POST' && url.href === at('share-target')) return event.respondWith(takeShared(request))
  if (request.method !== 'GET') return undefined
  if (url.href === at('share')) return event.respondWith(Response.redirect(at('share/') + new URL(request.url).search))
  const address = SHELLS.get(url.href) ?? url.href
  return kept.has(address) ? event.respondWith(answer(request, address)) : undefined
})

/**
 * Asks the server, not the browser's own cache, for every file. Digests keep a host that is in the middle of an upload
 * from leaving half of one version beside half of another: the install fails, and the browser tries again later.
 */
async function keepFiles() {
  const cache = await caches.open(CACHE)
  await cache.addAll([...kept].map(([address, digest]) =>
    new Request(address, { cache: 'no-cache', referrerPolicy: 'no-referrer', ...(digest ? { integrity: `sha256-${digest}` } : {}) })))
}

async function dropOldCaches() {
  const names = await caches.keys()
  await Promise.all(names.filter((name) => name.startsWith(PREFIX) && name !== CACHE).map((name) => caches.delete(name)))
}

/** What is kept, always, so that a page and its scripts are of one version; the network where a browser has dropped it. */
async function answer(request, address) {
  const found = await caches.match(address, { cacheName: CACHE, ignoreVary: true })
  return found ?? fetch(request)
}

/**
 * Another app shared files with this one. They wait in a cache for the page, which is then opened. What cannot be kept
 * is not: the page finds nothing and says so.
 */
async function takeShared(request) {
  try {
    const form = await request.formData()
    const files = form.getAll('audio').filter((file) => file instanceof File).slice(0, MAX_SHARED_FILES)
    const cache = await caches.open(SHARED_CACHE)
    for (const file of files) {
      const headers = { 'content-type': file.type || 'application/octet-stream', 'x-name': encodeURIComponent(file.name) }
      await cache.put(at(`share-target/${crypto.randomUUID()}`), new Response(file, { headers }))
    }
  } catch { /* no room, or not a form */ }
  return Response.redirect(at('./#from-share'), 303)
}
