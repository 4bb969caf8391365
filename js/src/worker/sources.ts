// Owns: the app's Blobs that shares and saves read from, by their numbers (top bit set). Knows no store and no torrent.
// Every read of a Blob is a round trip to another process, and peers ask for pieces in random order: of sources that fit
// into the cache whole windows are read and kept; of larger ones, exactly what is asked for (most of a window would be
// thrown away before it is needed).
import { fresh } from '../shared/spent'
import { StoreError, StoreStatus } from '../store/store'

const WINDOW_BYTES = 1024 * 1024
const KEPT_BYTES = 32 * 1024 * 1024 // of all sources together; those used last stay
const IDLE_MS = 30_000 // nobody reads any more: everything goes

export const isSource = (blob: number): boolean => blob >= 0x80000000

async function readBlob(blob: Blob, start: number, end: number): Promise<Uint8Array> {
  try {
    return new Uint8Array(await blob.slice(start, end).arrayBuffer())
  } catch (error) {
    throw new StoreError(StoreStatus.lost, error) // changed or removed since it was chosen
  }
}

export class Sources {
  readonly #all = new Map<number, Blob>()
  /** Windows by source and number, the one used last at the end. */
  readonly #windows = new Map<string, Promise<Uint8Array>>()
  #idle: ReturnType<typeof setTimeout> | undefined

  add(id: number, blob: Blob): void {
    this.#all.set(id, blob)
  }
  delete(id: number): void {
    this.#all.delete(id)
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
    const start = offset - (offset % WINDOW_BYTES)
    if (blob.size > KEPT_BYTES || end > start + WINDOW_BYTES) return fresh(await readBlob(blob, offset, end))
    return (await this.#window(id, blob, start)).subarray(offset - start, end - start)
  }

  #find(id: number, end: number): Blob {
    const blob = this.#all.get(id)
    if (!blob) throw new StoreError(StoreStatus.notFound)
    if (end > blob.size) throw new StoreError(StoreStatus.lost)
    return blob
  }

  #window(id: number, blob: Blob, start: number): Promise<Uint8Array> {
    const key = `${id}.${start}`
    const window = this.#windows.get(key) ?? readBlob(blob, start, Math.min(blob.size, start + WINDOW_BYTES))
    window.catch(() => this.#windows.delete(key))
    this.#windows.delete(key)
    this.#windows.set(key, window)
    const oldest = this.#windows.keys().next()
    if (this.#windows.size > KEPT_BYTES / WINDOW_BYTES && !oldest.done) this.#windows.delete(oldest.value)
    this.#idle ??= setTimeout(() => {
      this.#idle = undefined
      this.#windows.clear()
    }, IDLE_MS)
    return window
  }
}
