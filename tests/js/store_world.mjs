// The worker that runs the cases of store_conformance.mjs over a store of the browser it is in. Its URL says where the bundle
// of the stores is, where idbfs.js is, and under which path the server answers that all site data be cleared. A message {kind} asks for the names of the cases, {kind, name} runs one, {text, argument} runs a
// function over `world`.
import { databases, writeFirstVersion } from './first_version.mjs'
import { capacity, cases } from './store_conformance.mjs'

const { modules, idbfs, clear } = Object.fromEntries(new URL(self.location).searchParams)
const stores = await import(modules)

const HAS = {
  memory: ['capacity'],
  idbfs: ['capacity', 'durable', 'fences', 'fill', 'clear'],
  idb: ['room', 'durable', 'fences', 'fill', 'clear'],
  opfs: ['room', 'durable', 'fences', 'fill', 'clear', 'hold'],
}
const MAKE = {
  memory: () => new stores.MemoryStore(capacity),
  idbfs: (place) => new stores.IdbfsStore(stores.createFiles(), stores.mountOf(place), capacity),
  idb: (place) => new stores.IdbStore(stores.rowsOf(place)),
  opfs: (place) => new stores.OpfsStore(stores.folderOf(place)),
}

/** Every sync access handle that was made here: those of an owner that dies are closed. */
const handles = []
const { createSyncAccessHandle } = FileSystemFileHandle.prototype
FileSystemFileHandle.prototype.createSyncAccessHandle = async function (...options) {
  const handle = await createSyncAccessHandle.apply(this, options)
  handles.push(handle)
  return handle
}

function patched(object, members) {
  const before = Object.fromEntries(Object.keys(members).map((name) => [name, object[name]]))
  for (const [name, make] of Object.entries(members)) object[name] = make(before[name])
  return () => Object.assign(object, before)
}

/** As Chromium and Firefox behave when a quota is used up (tests/browser/specs/running_out.spec.mjs meets the real ones). */
const FILL = {
  opfs() {
    let turn = 0
    return patched(FileSystemSyncAccessHandle.prototype, {
      write: (write) => function (bytes, { at }) {
        const grows = at + bytes.length > this.getSize()
        if (!grows) return write.call(this, bytes, { at })
        if (++turn % 2) throw new DOMException('no room', 'QuotaExceededError')
        write.call(this, bytes.subarray(0, bytes.length / 2), { at })
        return 2 ** 32 - 8
      },
      truncate: (truncate) => function (bytes) {
        if (bytes <= this.getSize()) truncate.call(this, bytes)
      },
    })
  },
  idb() {
    const put = () => function () {
      const { transaction } = this
      Object.defineProperty(transaction, 'error', { value: new DOMException('no room', 'QuotaExceededError'), configurable: true })
      queueMicrotask(() => { try { transaction.abort() } catch { /* it has ended */ } })
      return {}
    }
    const undo = [patched(IDBObjectStore.prototype, { put: () => put() }), patched(navigator.storage, { estimate: () => async () => ({ quota: 1, usage: 1 }) })]
    return () => undo.forEach((f) => f())
  },
  idbfs: () => patched(IDBObjectStore.prototype, { put: () => () => { throw new DOMException('no room', 'QuotaExceededError') } }),
}

async function hold() {
  const held = []
  for await (const file of (await blobsFolder(place)).values()) held.push(await createSyncAccessHandle.call(file))
  return async () => held.forEach((handle) => handle.close())
}

async function blobsFolder(name) {
  let folder = await navigator.storage.getDirectory()
  for (const part of [...stores.folderOf(name), 'blobs']) folder = await folder.getDirectoryHandle(part)
  return folder
}

async function open(kind, name, { stolen = false } = {}) {
  const store = MAKE[kind](name)
  const lost = []
  store.onlost = (why) => lost.push(why)
  return { store, lost, listing: await store.open({ stolen }) }
}

/** As worker.ts does. */
async function openStore(name, options = {}) {
  const lost = []
  return { lost, ...(await stores.openStore({ store: 'auto', stolen: false, storeBytes: undefined, ...options, name }, (why) => lost.push(why), idbfs)) }
}

const die = async () => handles.splice(0).forEach((handle) => handle.close())
const clearAll = () => fetch(clear, { cache: 'no-store' })

let place = ''

async function run(kind, name) {
  place = `${kind} ${name} ${Math.random()}` // a store of its own
  const isDurable = HAS[kind].includes('durable')
  const world = { open: (options) => open(kind, place, options), abandon: isDurable ? die : undefined, hold, fill: FILL[kind], clear: clearAll }
  try {
    await cases.find((one) => one.name === name).run(world)
    return ''
  } catch (error) {
    return String(error?.stack ?? error)
  } finally {
    await die()
  }
}

/** What IndexedDB holds of an IDBFS store. */
async function idbfsRows(name) {
  const done = (request) => new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
  const db = await done(indexedDB.open(stores.mountOf(name)))
  const files = db.transaction('FILE_DATA').objectStore('FILE_DATA')
  const [paths, rows] = await Promise.all([done(files.getAllKeys()), done(files.getAll())])
  db.close()
  return paths.map((path, i) => ({ path, bytes: rows[i].contents.buffer.byteLength }))
}

/** What functions that are run here have to do with. `all`: everything that the bundle exports. */
self.world = { all: stores, open, openStore, writeFirstVersion, databases, die, idbfsRows, fill: FILL, blobsFolder, clear: clearAll, handles, patched }

const wanted = (kind) => cases.filter(({ needs }) => needs.every((need) => HAS[kind].includes(need))).map(({ name }) => name)
const call = (text, argument) => (0, eval)(`(${text})`)(argument)

self.onmessage = async ({ data: { kind, name, text, argument } }) => {
  try {
    self.postMessage(text ? await call(text, argument) : name ? await run(kind, name) : wanted(kind))
  } catch (error) {
    self.postMessage({ error: String(error?.stack ?? error) })
  }
}
self.postMessage('ready')
