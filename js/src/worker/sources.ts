// Owns: the app's Blobs that shares and saves read from, by their numbers (top bit set). Knows no store and no torrent.
// Every read of a Blob is a round trip to another process (0.6 ms of CPU), and peers ask for pieces in random order:
// windows are read and kept. Of sources that do not fit into the cache they are as small as the runs of pieces that
// receivers ask for (limits::pick_run_bytes). Who hashes or copies a source asks for more than a window at a time, from its
// start to its end: that is one stream, which the browser fills ahead, and faster than slices (docs/performance.md).
import { fresh, spent } from '../shared/spent'
import { StoreError, StoreStatus } from '../store/store'

const WINDOW_BYTES = 1024 * 1024
const LARGE_WINDOW_BYTES = 256 * 1024
const KEPT_WINDOWS = 32 // of all sources together; those used last stay
const IDLE_MS = 30_000 // nobody reads any more: everything goes

export const isSource = (blob: number): boolean => blob >= 0x80000000

async function lostIfNot<T>(reading: Promise<T>): Promise<T> {
  try {
    return await reading
  } catch (error) {
    throw new StoreError(StoreStatus.lost, error) // changed or removed since it was chosen
  }
}
const readBlob = async (blob: Blob, start: number, end: number) => new Uint8Array(await lostIfNot(blob.slice(start, end).arrayBuffer()))

/** A Blob being read from its start to its end. */
class Pass {
  /** Where the next take() must begin; NaN when there is none: it failed, or units() are taken. */
  at = 0
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>
  #rest: Uint8Array = new Uint8Array(0)
  #turn: Promise<unknown> = Promise.resolve()

  constructor(blob: Blob) {
    this.#reader = blob.stream().getReader()
  }
  /** The next bytes, after those of the calls before. */
  take(bytes: number): Promise<Uint8Array> {
    this.at += bytes
    const taken = this.#turn.then(() => this.units(bytes, bytes))
    this.#turn = taken.catch(() => (this.at = NaN))
    return taken
  }
  /** Some of the next `left` bytes in whole units, but for the last one: as the browser cuts them, where it leaves a unit in one piece. */
  async units(unit: number, left: number): Promise<Uint8Array> {
    await this.#more()
    const { length } = this.#rest
    const whole = length < left ? length - (length % unit) : left
    if (whole) {
      const units = this.#rest.subarray(0, whole)
      this.#rest = this.#rest.slice(whole)
      return units
    }
    const into = fresh(new Uint8Array(Math.min(unit, left)))
    for (let at = 0; at < into.length; ) {
      await this.#more()
      const part = this.#rest.subarray(0, into.length - at)
      into.set(part, at)
      at += part.length
      this.#rest = this.#rest.subarray(part.length)
      if (!this.#rest.length) spent(part)
    }
    return into
  }
  end(): void {
    this.#reader.cancel().catch(() => {})
  }

  async #more(): Promise<void> {
    if (this.#rest.length) return
    const { value } = await lostIfNot(this.#reader.read())
    if (!value) throw new StoreError(StoreStatus.lost) // ends early, or was released
    this.#rest = fresh(value)
  }
}

export class Sources {
  readonly #all = new Map<number, Blob>()
  /** Windows by source and number, the one used last at the end. */
  readonly #windows = new Map<string, Promise<Uint8Array>>()
  readonly #passes = new Map<number, Pass>()
  #idle: ReturnType<typeof setTimeout> | undefined

  add(id: number, blob: Blob): void {
    this.#all.set(id, blob)
  }
  delete(id: number): void {
    this.#all.delete(id)
    this.#passes.get(id)?.end()
    this.#passes.delete(id)
    for (const key of this.#windows.keys()) if (key.startsWith(`${id}.`)) this.#windows.delete(key)
  }
  /** A range as a Blob: nothing is read. */
  slice(id: number, offset: number, bytes: number): Blob {
    return this.#find(id, offset + bytes).slice(offset, offset + bytes)
  }
  /** A range. Fails with `lost` where the file has changed or ends before. The bytes may be shared: not to be changed. */
  async read(id: number, offset: number, bytes: number): Promise<Uint8Array> {
    const blob = this.#find(id, offset + bytes)
    const end = offset + bytes
    const pass = this.#pass(id, blob, offset, bytes)
    if (pass) return pass.take(bytes)
    const window = blob.size > KEPT_WINDOWS * WINDOW_BYTES ? LARGE_WINDOW_BYTES : WINDOW_BYTES
    const start = offset - (offset % window)
    if (end > start + window) return fresh(await readBlob(blob, offset, end))
    return (await this.#window(id, blob, start, window)).subarray(offset - start, end - start)
  }
  /** All of it, in slices of whole units but for the last; each has one reader. Fails like read(), and when the source is deleted meanwhile. */
  async *units(id: number, bytes: number, unit: number): AsyncGenerator<Uint8Array> {
    const pass = this.#begin(id, this.#find(id, bytes))
    pass.at = NaN
    for (let left = bytes; left > 0; ) {
      const slice = await pass.units(unit, left)
      left -= slice.length
      yield slice
    }
  }

  /** One that had begun before is finished by those who wait for it. */
  #begin(id: number, blob: Blob): Pass {
    const pass = new Pass(blob)
    this.#passes.set(id, pass)
    return pass
  }
  /** The stream that these bytes are the next of. */
  #pass(id: number, blob: Blob, offset: number, bytes: number): Pass | undefined {
    const pass = !offset && bytes > WINDOW_BYTES ? this.#begin(id, blob) : this.#passes.get(id)
    return pass?.at === offset ? pass : undefined
  }
  #find(id: number, end: number): Blob {
    const blob = this.#all.get(id)
    if (!blob) throw new StoreError(StoreStatus.notFound)
    if (end > blob.size) throw new StoreError(StoreStatus.lost)
    return blob
  }

  #window(id: number, blob: Blob, start: number, bytes: number): Promise<Uint8Array> {
    const key = `${id}.${start}`
    const window = this.#windows.get(key) ?? readBlob(blob, start, Math.min(blob.size, start + bytes))
    window.catch(() => this.#windows.delete(key))
    this.#windows.delete(key)
    this.#windows.set(key, window)
    const oldest = this.#windows.keys().next()
    if (this.#windows.size > KEPT_WINDOWS && !oldest.done) this.#windows.delete(oldest.value)
    this.#idle ??= setTimeout(() => {
      this.#idle = undefined
      this.#windows.clear()
    }, IDLE_MS)
    return window
  }
}
