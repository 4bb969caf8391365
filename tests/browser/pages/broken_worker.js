// Stands before the package's worker in a page that replaced `Worker` (lib/broken.mjs): there what the browser has to store with
// is missing or refuses. `without`: opfs (there is none), opfs-refused, idb.
import { startReal } from './real_worker.js'

const { without } = Object.fromEntries(new URL(location).searchParams)
const refuse = async () => { throw new DOMException('refused', 'SecurityError') }
const BREAK = {
  opfs: () => Object.defineProperty(StorageManager.prototype, 'getDirectory', { value: undefined }),
  'opfs-refused': () => Object.defineProperty(StorageManager.prototype, 'getDirectory', { value: refuse }),
  idb: () => Object.defineProperty(self, 'indexedDB', { value: undefined }),
}
for (const what of without.split(',')) BREAK[what]()
await startReal()
