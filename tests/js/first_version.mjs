// Writes a store as the first version left it in IndexedDB: Emscripten's IDBFS (3.1.69) over small immutable files. For pages
// and workers; written from the format in docs/storage.md, with no code of the package.
const WINDOW = 256 * 1024
const FILE_MODE = 0o100666
const VERSION = 21

const done = (request) => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result)
  request.onerror = () => reject(request.error)
})

/** The files of some blobs: {path, offset, bytes}, none longer than 256 KiB. */
function filesOf(mount, blobs) {
  const files = []
  for (const [blob, content] of blobs) {
    for (let offset = 0; offset < content.length; offset += WINDOW) {
      const bytes = content.slice(offset, offset + WINDOW)
      const name = [blob, offset, bytes.length, files.length + 1].map((number) => number.toString(16)).join('.')
      files.push({ path: `${mount}/${name}`, bytes })
    }
  }
  return files
}

/**
 * @param {string} mount `/samara/<name>/v1`
 * @param {Iterable<[number, Uint8Array]>} blobs
 * @param {{path: string, bytes: Uint8Array}[]} more files of which the name says all
 */
export async function writeFirstVersion(mount, blobs, more = []) {
  const request = indexedDB.open(mount, VERSION)
  request.onupgradeneeded = () => request.result.createObjectStore('FILE_DATA').createIndex('timestamp', 'timestamp', { unique: false })
  const db = await done(request)
  const transaction = db.transaction('FILE_DATA', 'readwrite')
  let time = 1_700_000_000_000
  for (const { path, bytes } of [...filesOf(mount, blobs), ...more]) {
    transaction.objectStore('FILE_DATA').put({ timestamp: new Date(time++), mode: FILE_MODE, contents: bytes }, path)
  }
  await new Promise((resolve, reject) => {
    transaction.oncomplete = resolve
    transaction.onabort = () => reject(transaction.error)
  })
  db.close()
}

/** The names of the databases there are; where a browser does not tell, undefined. */
export const databases = async () => (await indexedDB.databases?.())?.map(({ name }) => name)
