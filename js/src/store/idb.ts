// Owns: blobs as rows of an IndexedDB database (rows.ts), for browsers without OPFS. What is written waits in memory, is put
// into rows in the background when it becomes much, and wholly by a flush. Writes that come when too much waits are held.
// Content may be put with relaxed durability: the journal, which alone speaks of it, is put strictly, and later.
import { addWrite, covers, highestEnd, paint, paintOver, type Extent } from './extents'
import { Rows } from './rows'
import { StoreError, StoreStatus, type Listing, type Marks, type Store } from './store'

const PUT_BYTES = 4 * 1024 * 1024 // waiting: a put begins
const WAITING_BYTES = 8 * 1024 * 1024 // waiting: writes are held
const FILE_BYTES = 4 * 1024 * 1024 // of one read of a file
const CONTENT_FIRST = 16 // below are journals, whose ends are rewritten with every flush
const rowBytes = (blob: number): number => (blob < CONTENT_FIRST ? 16 * 1024 : 256 * 1024)

interface Blob {
  bytes: number
  /** Of the rows in the database none is of this blob: they are of one that was deleted. */
  fresh: boolean
  /** Written and not durable, in this order: being put; waiting; held. */
  putting: Extent[]
  waiting: Extent[]
  held: Extent[]
}
interface Held { id: number; blob: Blob; end: number; resolve(): void; reject(error: unknown): void }

export class IdbStore implements Store {
  readonly kind = 'idb'
  readonly #rows: Rows
  readonly #blobs = new Map<number, Blob>()
  readonly #changed = new Set<number>()
  #doomed = new Set<number>()
  #waitingBytes = 0
  #held: Held[] = []
  #running: Promise<void> | undefined
  #queued: Promise<void> | undefined

  constructor(name: string) {
    this.#rows = new Rows(name)
  }

  set onlost(f: Store['onlost']) {
    this.#rows.onlost = f
  }
  get existed(): boolean {
    return this.#rows.existed
  }
  /** How a move into this store says where it is. */
  get marks(): Marks {
    return this.#rows
  }

  async open(): Promise<Listing[]> {
    await this.#rows.take()
    const [ids, sizes] = await this.#rows.read(({ sizes }) => [sizes.getAllKeys(), sizes.getAll()] as const)
    ids.result.forEach((id, i) => this.#blobs.set(id as number, { ...newBlob(), bytes: sizes.result[i] as number, fresh: false }))
    return [...this.#blobs].map(([blob, { bytes }]) => ({ blob, bytes }))
  }

  /** Nothing can be set aside in IndexedDB: what the browser believes is left decides. */
  async reserve(id: number, bytes: number): Promise<void> {
    const more = bytes - (this.#blobs.get(id)?.bytes ?? 0)
    if (more > 0) {
      const { quota = Infinity, usage = 0 } = (await navigator.storage?.estimate?.()) ?? {}
      if (more > quota - usage) throw new StoreError(StoreStatus.full)
    }
    this.#grow(id, this.#make(id), bytes)
  }

  read(id: number, offset: number, bytes: number): Uint8Array | Promise<Uint8Array> {
    const blob = this.#known(id)
    const kept = [...blob.putting, ...blob.waiting, ...blob.held]
    if (offset + bytes > Math.max(blob.bytes, highestEnd(kept))) throw new StoreError(StoreStatus.lost)
    if (covers(kept, offset, offset + bytes)) return paint(kept, offset, bytes)
    const out = new Uint8Array(bytes)
    return this.#readRows(id, blob.fresh, offset, out).then(() => {
      paintOver(out, offset, kept)
      return out
    })
  }

  async file(id: number, offset: number, bytes: number): Promise<globalThis.Blob> {
    const parts: globalThis.Blob[] = []
    for (let at = 0; at < bytes; at += FILE_BYTES) {
      const part = await this.read(id, offset + at, Math.min(FILE_BYTES, bytes - at))
      parts.push(new Blob([part as Uint8Array<ArrayBuffer>])) // the browser's, not ours, from here on
    }
    return new Blob(parts)
  }

  write(id: number, offset: number, bytes: Uint8Array): void | Promise<void> {
    this.#check()
    const blob = this.#make(id)
    const stop = offset + bytes.length
    if (this.#held.length || this.#waitingBytes >= WAITING_BYTES) {
      addWrite(blob.held, rowBytes(id), offset, bytes)
      return new Promise((resolve, reject) => {
        this.#held.push({ id, blob, end: stop, resolve, reject })
        if (!this.#running) this.#begin(false).catch(() => {}) // those who are held are told
      })
    }
    addWrite(blob.waiting, rowBytes(id), offset, bytes)
    this.#grow(id, blob, stop)
    if (id >= CONTENT_FIRST) this.#waitingBytes += bytes.length
    if (this.#waitingBytes >= PUT_BYTES && !this.#running) this.#begin(false).catch(() => {}) // the next flush tries again, and says so
  }

  flush(): Promise<void> {
    if (!this.#running) return this.#begin(true)
    this.#queued ??= this.#running.catch(() => {}).then(() => {
      this.#queued = undefined
      return this.#begin(true)
    })
    return this.#queued
  }

  delete(id: number): void {
    this.#check()
    const blob = this.#blobs.get(id)
    if (!blob) return
    this.#blobs.delete(id)
    this.#changed.delete(id)
    this.#doomed.add(id)
    if (id >= CONTENT_FIRST) this.#waitingBytes -= sum(blob.waiting)
  }

  async close(): Promise<void> {
    await this.flush().finally(() => this.#rows.end())
  }

  #check(): void {
    if (this.#rows.ended) throw new StoreError(StoreStatus.lost)
  }

  #known(id: number): Blob {
    this.#check()
    const blob = this.#blobs.get(id)
    if (!blob) throw new StoreError(StoreStatus.notFound)
    return blob
  }

  #make(id: number): Blob {
    const blob = this.#blobs.get(id) ?? newBlob()
    this.#blobs.set(id, blob)
    return blob
  }

  #grow(id: number, blob: Blob, bytes: number): void {
    blob.bytes = Math.max(blob.bytes, bytes)
    this.#changed.add(id)
  }

  async #readRows(id: number, fresh: boolean, offset: number, out: Uint8Array): Promise<void> {
    if (fresh) return
    const size = rowBytes(id)
    const first = Math.floor(offset / size)
    const wanted = IDBKeyRange.bound([id, first], [id, Math.ceil((offset + out.length) / size)], false, true)
    const [keys, rows] = await this.#rows.read(({ rows }) => [rows.getAllKeys(wanted), rows.getAll(wanted)] as const)
    const found = rows.result.map((bytes: Uint8Array, i) => {
      const [, row] = keys.result[i] as [number, number]
      return { offset: row * size, length: bytes.length, bytes: () => bytes }
    })
    paintOver(out, offset, found)
  }

  async #begin(all: boolean): Promise<void> {
    const before = this.#running?.catch(() => {}) ?? Promise.resolve() // one at a time
    const running = before.then(() => this.#commit(all)).finally(() => {
      if (this.#running === running) this.#running = undefined
    })
    this.#running = running
    try {
      await running
      this.#release()
    } catch (error) {
      this.#refuse(error)
      throw error
    }
  }

  /** Puts what waits into rows. `all`: of journals too, and strictly. */
  async #commit(all: boolean): Promise<void> {
    const ids = [...this.#changed].filter((id) => all || id >= CONTENT_FIRST)
    const taken = ids.map((id) => ({ id, blob: this.#blobs.get(id)! }))
    const doomed = this.#doomed
    this.#doomed = new Set()
    this.#waitingBytes = 0
    for (const { id, blob } of taken) {
      this.#changed.delete(id)
      blob.putting = blob.waiting
      blob.waiting = []
    }
    const strict = ids.some((id) => id < CONTENT_FIRST)
    try {
      await this.#rows.write(strict ? 'strict' : 'relaxed', ({ rows, sizes }) => {
        for (const id of doomed) {
          rows.delete(IDBKeyRange.bound([id], [id, []]))
          sizes.delete(id)
        }
        for (const { id, blob } of taken) {
          sizes.put(blob.bytes, id)
          putRows(rows, id, blob)
        }
      })
      for (const { blob } of taken) Object.assign(blob, { putting: [], fresh: false })
    } catch (error) {
      for (const id of doomed) this.#doomed.add(id)
      for (const { id, blob } of taken) {
        blob.waiting = [...blob.putting, ...blob.waiting]
        blob.putting = []
        if (this.#blobs.get(id) === blob) this.#changed.add(id)
      }
      throw error
    } finally {
      this.#waitingBytes = 0
      for (const id of this.#changed) if (id >= CONTENT_FIRST) this.#waitingBytes += sum(this.#blobs.get(id)!.waiting)
    }
  }

  /** There is room: what was held waits like the rest. */
  #release(): void {
    for (const { id, blob, end: stop, resolve } of this.#held.splice(0)) {
      if (this.#blobs.get(id) === blob) {
        if (id >= CONTENT_FIRST) this.#waitingBytes += sum(blob.held)
        blob.waiting.push(...blob.held)
        blob.held = []
        this.#grow(id, blob, stop)
      }
      resolve()
    }
  }

  /** There is no room: what was held is as if it had not been written. */
  #refuse(error: unknown): void {
    for (const { id, blob, reject } of this.#held.splice(0)) {
      blob.held = []
      const isNothing = blob.fresh && !blob.bytes && !blob.waiting.length && !this.#changed.has(id)
      if (isNothing && this.#blobs.get(id) === blob) this.#blobs.delete(id)
      reject(error)
    }
  }
}

const newBlob = (): Blob => ({ bytes: 0, fresh: true, putting: [], waiting: [], held: [] })
const sum = (extents: readonly Extent[]): number => extents.reduce((bytes, extent) => bytes + extent.length, 0)

/** Puts what was written of a blob, over what its rows hold. */
function putRows(rows: IDBObjectStore, id: number, { putting, fresh }: Blob): void {
  const size = rowBytes(id)
  const touched = new Map<number, Extent[]>()
  for (const extent of putting) { // an extent never goes beyond its row
    const row = Math.floor(extent.offset / size)
    const others = touched.get(row)
    others ? others.push(extent) : touched.set(row, [extent])
  }
  for (const [row, extents] of touched) {
    const start = row * size
    const put = (before = new Uint8Array(0)) => {
      const out = new Uint8Array(Math.max(before.length, highestEnd(extents) - start))
      out.set(before)
      paintOver(out, start, extents)
      rows.put(out, [id, row])
    }
    if (fresh || covers(extents, start, start + size)) put()
    else {
      const before = rows.get([id, row])
      before.onsuccess = () => put(before.result)
    }
  }
}
