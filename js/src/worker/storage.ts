// Owns: carrying out the engine's storage commands over a store and the app's sources. Answers each exactly once.
import { In, StoreStatus } from '../shared/records'
import { spent } from '../shared/spent'
import { statusOf, type Store } from '../store/store'
import { isSource, type Sources } from './sources'

const ROOM_BYTES = 64 * 1024 * 1024 // written between two questions for what is left
const SLICE_BYTES = 4 * 1024 * 1024 // one read of hashing and copying

export interface StorageHost {
  feed(kind: In, handle: number, a?: number, b?: number, payload?: Uint8Array): void
  /** SHA-1 of each piece of some bytes by the engine, for hosts without crypto.subtle. */
  sha1(bytes: Uint8Array, pieceBytes: number): Uint8Array
  hashed(blob: number, hashed: number, total: number): void
}

export class Storage {
  /** Ciphertext hashed so far, by what it is made of. */
  readonly #sealed = new Map<number, number>()
  #untoldBytes = 0 // written since the engine was told what is left

  constructor(private readonly store: Store, readonly sources: Sources, private readonly host: StorageHost) {}

  read(op: number, blob: number, offset: number, bytes: number): void {
    this.#answer(op, In.storeDone, () => this.bytes(blob, offset, bytes))
  }
  write(op: number, blob: number, offset: number, bytes: Uint8Array): void {
    this.#wrote(bytes.length)
    this.#answer(op, In.storeDone, () => this.store.write(blob, offset, bytes))
  }
  reserve(op: number, blob: number, bytes: number): void {
    this.#answer(op, In.storeDone, () => this.store.reserve(blob, bytes))
  }
  flush(op: number): void {
    this.#answer(op, In.storeDone, () => this.store.flush())
  }
  delete(op: number, blob: number): void {
    this.#answer(op, In.storeDone, () => this.store.delete(blob))
  }
  copy(op: number, source: number, blob: number, bytes: number): void {
    this.#answer(op, In.storeDone, () => this.#copyAll(source, blob, bytes))
  }
  hash(op: number, blob: number, bytes: number, pieceBytes: number): void {
    this.#answer(op, In.piecesHashed, () => this.#hashAll(blob, bytes, pieceBytes))
  }
  /**
   * Pieces of ciphertext, which is nowhere but here; `total` bytes of it belong to the blob. The view of the engine's memory ends with
   * this call: WebCrypto has copied it by then, and the engine, where it must do it itself, is asked later.
   */
  hashBytes(op: number, blob: number, total: number, pieceBytes: number, bytes: Uint8Array): void {
    const { length } = bytes // a view of memory that grows has none
    const later = async (copy: Uint8Array) => (await undefined, this.#digests(copy, pieceBytes))
    const digests = globalThis.crypto?.subtle ? this.#digests(bytes, pieceBytes) : later(bytes.slice())
    this.#answer(op, In.piecesHashed, async () => {
      const hashes = await digests
      const hashed = (this.#sealed.get(blob) ?? 0) + length
      hashed < total ? this.#sealed.set(blob, hashed) : this.#sealed.delete(blob)
      this.host.hashed(blob, hashed, total)
      return hashes
    })
  }
  /** Tells the engine what the browser believes is left for this origin, where it says so and something is stored there. */
  tellRoom(): void {
    this.#untoldBytes = 0
    if (this.store.kind === 'memory') return
    const asked = navigator.storage?.estimate?.()
    asked?.then(({ quota, usage }) => quota !== undefined && this.host.feed(In.storeRoom, 0, 0, Math.max(0, quota - (usage ?? 0))), () => {})
  }
  /** A range as a Blob, without reading it where it lies in a file. For what is not written to any more. */
  async file(blob: number, offset: number, bytes: number): Promise<Blob> {
    return isSource(blob) ? this.sources.slice(blob, offset, bytes) : this.store.file(blob, offset, bytes)
  }
  /** A range of a stored blob or source. */
  bytes(blob: number, offset: number, bytes: number): Uint8Array | Promise<Uint8Array> {
    return isSource(blob) ? this.sources.read(blob, offset, bytes) : this.store.read(blob, offset, bytes)
  }

  #answer(op: number, kind: In, work: () => Uint8Array | void | Promise<Uint8Array | void>): void {
    const done = (bytes: Uint8Array | void) => this.host.feed(kind, op, StoreStatus.ok, 0, bytes || undefined)
    const failed = (error: unknown) => {
      const status = statusOf(error)
      this.host.feed(kind, op, status)
      if (status === StoreStatus.full) this.tellRoom()
    }
    try {
      const result = work()
      result instanceof Promise ? result.then(done, failed) : done(result)
    } catch (error) {
      failed(error)
    }
  }

  /** Gives the blob in slices of a multiple of `unit`, the next one being read while one is worked on. */
  async *#slices(blob: number, bytes: number, unit: number): AsyncGenerator<Uint8Array> {
    if (isSource(blob) && bytes > SLICE_BYTES) return yield* this.sources.units(blob, bytes, unit)
    const step = Math.max(unit, SLICE_BYTES - (SLICE_BYTES % unit))
    const read = async (at: number) => {
      const length = Math.min(step, bytes - at)
      return this.bytes(blob, at, length)
    }
    let next = bytes ? read(0) : undefined
    for (let at = step; next; at += step) {
      const slice = await next
      next = at < bytes ? read(at) : undefined
      next?.catch(() => {})
      yield slice
    }
  }

  #wrote(bytes: number): void {
    this.#untoldBytes += bytes
    if (this.#untoldBytes >= ROOM_BYTES) this.tellRoom()
  }

  async #copyAll(source: number, blob: number, bytes: number): Promise<void> {
    await this.store.reserve(blob, bytes)
    let at = 0
    for await (const slice of this.#slices(source, bytes, 1)) {
      const { length } = slice
      await this.store.write(blob, at, slice)
      spent(slice)
      this.#wrote(length)
      at += length
    }
  }

  async #hashAll(blob: number, bytes: number, pieceBytes: number): Promise<Uint8Array> {
    const out = new Uint8Array(20 * Math.ceil(bytes / pieceBytes))
    let started = 0
    let finished = 0
    const running: Promise<void>[] = []
    for await (const slice of this.#slices(blob, bytes, pieceBytes)) {
      const first = started
      const { length } = slice
      started += length
      const digests = this.#digests(slice, pieceBytes).then((hashes) => {
        out.set(hashes, (20 * first) / pieceBytes)
        finished += length
        if (finished === bytes || finished % SLICE_BYTES < length) this.host.hashed(blob, finished, bytes)
      })
      spent(slice) // WebCrypto has its copy, or the engine is done
      digests.catch(() => {})
      running.push(digests)
      while (started - finished > 2 * SLICE_BYTES) await running.shift()
    }
    await Promise.all(running)
    return out
  }

  async #digests(slice: Uint8Array, pieceBytes: number): Promise<Uint8Array> {
    const subtle = globalThis.crypto?.subtle
    if (!subtle) return this.host.sha1(slice, pieceBytes)
    const out = new Uint8Array(20 * Math.ceil(slice.length / pieceBytes))
    const pieces: Promise<void>[] = []
    for (let at = 0, n = 0; at < slice.length; at += pieceBytes, n += 20) {
      const piece = slice.subarray(at, at + pieceBytes) as Uint8Array<ArrayBuffer>
      pieces.push(subtle.digest('SHA-1', piece).then((digest) => out.set(new Uint8Array(digest), n)))
    }
    await Promise.all(pieces)
    return out
  }
}
