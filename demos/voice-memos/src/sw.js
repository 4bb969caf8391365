// The service worker: keeps the app's own files so that it opens with the network gone. It knows nothing of memos
// (they live in the package's store) and answers for nothing outside this app's folder.
// VERSION and FILES are filled in by build.mjs.
const VERSION = '__VERSION__'
const FILES = ['__FILES__']
const PREFIX = 'voice-memos '
const CACHE = PREFIX + VERSION
const PATIENCE_MS = 3000 // a network that is there but dead must not keep the app from opening

const addresses = new Set(FILES.map((file) => new URL(file, self.location.href).href))

self.addEventListener('install', (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll([...addresses])).then(() => self.skipWaiting()))
})

self.addEventListener('activate', (event) => {
  event.waitUntil(dropOldCaches().then(() => self.clients.claim()))
})

self.addEventListener('fetch', (event) => {
  const url = new URL(event.request.url)
  url.search = ''
  url.hash = ''
  if (event.request.method === 'GET' && addresses.has(url.href)) event.respondWith(answer(event.request, url.href))
})

async function dropOldCaches() {
  const names = await caches.keys()
  await Promise.all(names.filter((name) => name.startsWith(PREFIX) && name !== CACHE).map((name) => caches.delete(name)))
}

/** The network first, so that a page and its scripts are of one version; what is kept where it does not answer. */
async function answer(request, address) {
  try {
    const signal = AbortSignal.timeout(PATIENCE_MS)
    const response = await fetch(request, { signal })
    if (response.ok) return response
  } catch { /* offline, or too slow: what is kept answers */ }
  const kept = await caches.match(address, { cacheName: CACHE })
  return kept ?? Response.error()
}
