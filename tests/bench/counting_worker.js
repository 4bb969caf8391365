// Stands before the package's worker (lib/tap.mjs does the same): counts the bytes that are given to each kind of store for journals
// (blobs 1 … 15), and tells them to who asks on a BroadcastChannel.
import { startReal } from '../browser/pages/real_worker.js'

let journalBytes = 0

/** The blob that a store's name or key speaks of: `<blob hex>.…` in OPFS and IDBFS, [blob, row] in rows. */
function blobOf(name) {
  if (Array.isArray(name)) return Number(name[0])
  const base = String(name).slice(String(name).lastIndexOf('/') + 1)
  return /^[0-9a-f]+\./.test(base) ? parseInt(base, 16) : 0
}
const count = (name, bytes) => {
  const blob = blobOf(name)
  if (blob >= 1 && blob <= 15) journalBytes += bytes
}

const { createSyncAccessHandle } = FileSystemFileHandle.prototype
FileSystemFileHandle.prototype.createSyncAccessHandle = async function (...options) {
  const handle = await createSyncAccessHandle.apply(this, options)
  const write = handle.write.bind(handle)
  handle.write = (bytes, at) => {
    count(this.name, bytes.byteLength)
    return write(bytes, at)
  }
  return handle
}
const { put } = IDBObjectStore.prototype
IDBObjectStore.prototype.put = function (value, key) {
  const bytes = [value, ...Object.values(value ?? {})].find((part) => part?.byteLength !== undefined)?.byteLength ?? 0
  count(key ?? Object.values(value ?? {}).find(Array.isArray) ?? '', bytes)
  return put.call(this, value, ...(key === undefined ? [] : [key]))
}
const channel = new BroadcastChannel('samara bench counts')
channel.onmessage = ({ data }) => { if (data === 'ask') channel.postMessage({ journalBytes }) }

await startReal()
