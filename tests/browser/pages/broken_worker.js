// Stands before the package's worker in a page that replaced `Worker` (lib/broken.mjs): there what the browser has to store with
// is missing or refuses. `without`: opfs (there is none), opfs-refused, idb. What the page says meanwhile waits for the real worker.
const early = []
const hold = (event) => early.push(event)
addEventListener('message', hold)
const { real, without } = Object.fromEntries(new URL(location).searchParams)
const refuse = async () => { throw new DOMException('refused', 'SecurityError') }
const BREAK = {
  opfs: () => Object.defineProperty(StorageManager.prototype, 'getDirectory', { value: undefined }),
  'opfs-refused': () => Object.defineProperty(StorageManager.prototype, 'getDirectory', { value: refuse }),
  idb: () => Object.defineProperty(self, 'indexedDB', { value: undefined }),
}
for (const what of without.split(',')) BREAK[what]()
await import(real)
removeEventListener('message', hold)
for (const event of early) self.onmessage(event)
