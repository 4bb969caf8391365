// Owns: reading stores that were written where this browser's best kind was not to be had yet, so that they can be moved
// (worker/moving.ts): those of the first version, which are IDBFS's (read here without its file system, one file at a time),
// and IndexedDB rows. Only stores that exist are opened; nothing is ever changed in them, only all of it deleted in the end.
import { deleteDatabase, mountOf, rowsOf } from '../shared/places'
import { end } from './extents'
import { IdbStore } from './idb'
import type { StoreKind } from '../shared/messages'

const FILE_DATA = 'FILE_DATA'
const PART_BYTES = 1024 * 1024

/** Bytes at an offset of a blob. Parts that overlap come in the order in which they were written. */
export interface Part { offset: number; bytes: Uint8Array }
export interface Older {
  readonly kind: StoreKind
  readonly blobs: ReadonlyMap<number, number>
  parts(blob: number): AsyncIterable<Part>
  close(): Promise<void>
  /** Closes it too. */
  destroy(): Promise<void>
}

const done = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })

/** Opens a database, if there is one. */
async function existing(name: string): Promise<IDBDatabase | undefined> {
  if (!globalThis.indexedDB) return undefined
  const request = indexedDB.open(name)
  let isNew = false
  request.onupgradeneeded = () => {
    isNew = true
    request.transaction!.abort()
  }
  return done(request).catch((error) => {
    if (!isNew) throw error
    return undefined
  })
}

/** The store of the first version: files `<blob>.<offset>.<length>.<sequence>` by their paths (store/idbfs.ts). */
export async function firstVersion(name: string): Promise<Older | undefined> {
  const mount = mountOf(name)
  const db = await existing(mount)
  const files = new Map<number, { path: string; offset: number; length: number; sequence: number }[]>()
  const store = () => db!.transaction(FILE_DATA).objectStore(FILE_DATA)
  for (const path of db?.objectStoreNames.contains(FILE_DATA) ? await done(store().getAllKeys()) : []) {
    const file = `${path}`.slice(mount.length + 1)
    const numbers = file.split('.').map((part) => parseInt(part, 16))
    const [blob = 0, offset = 0, length = 0, sequence = 0] = numbers
    if (file !== numbers.map((number) => number.toString(16)).join('.') || numbers.length !== 4) continue
    files.set(blob, [...(files.get(blob) ?? []), { path: `${path}`, offset, length, sequence }])
  }
  const close = async () => db?.close()
  if (!files.size) return void close()
  for (const list of files.values()) list.sort((a, b) => a.sequence - b.sequence)
  return {
    kind: 'idbfs',
    blobs: new Map([...files].map(([blob, list]) => [blob, Math.max(...list.map(end))])),
    async *parts(blob) {
      for (const { path, offset, length } of files.get(blob) ?? []) {
        const bytes: Uint8Array | undefined = (await done(store().get(path)))?.contents
        if (bytes?.length === length) yield { offset, bytes } // another file is not as its name says
      }
    },
    close,
    async destroy() {
      await close()
      await deleteDatabase(mount)
    },
  }
}

export async function rows(name: string): Promise<Older | undefined> {
  const db = await existing(rowsOf(name))
  if (!db) return undefined
  db.close()
  const store = new IdbStore(rowsOf(name))
  const blobs = new Map((await store.open()).map(({ blob, bytes }) => [blob, bytes ?? 0]))
  const close = () => store.close()
  if (!blobs.size) return void (await close())
  return {
    kind: 'idb',
    blobs,
    async *parts(blob) {
      const size = blobs.get(blob) ?? 0
      for (let offset = 0; offset < size; offset += PART_BYTES) {
        yield { offset, bytes: await store.read(blob, offset, Math.min(PART_BYTES, size - offset)) }
      }
    },
    close,
    async destroy() {
      await close()
      await deleteDatabase(rowsOf(name))
    },
  }
}
