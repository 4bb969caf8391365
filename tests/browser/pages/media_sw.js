// An app's service worker that gives media what is stored, with nothing else of its own.
importScripts('/js/dist/media.js')
self.addEventListener('install', () => self.skipWaiting())
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()))
