// Owns: a store that lives as long as its worker: for tests, private windows and `store: 'memory'`.
import { addWrite, highestEnd, paint, union, type Extent } from './extents'
import { StoreError, StoreStatus, type Listing, type Store } from './store'

const WINDOW = 1024 * 1024

export class MemoryStore implements Store {
  readonly kind = 'memory'
  readonly #blobs = new Map<number, Extent[]>()
  #used = 0

  constructor(private readonly capacity: number) {}

  async open(): Promise<Listing[]> {
    return []
  }

  read(blob: number, offset: number, bytes: number): Uint8Array {
    const extents = this.#blobs.get(blob)
    if (!extents) throw new StoreError(StoreStatus.notFound)
    return paint(extents, offset, bytes)
  }

  write(blob: number, offset: number, bytes: Uint8Array): void {
    if (this.#used + bytes.length > this.capacity) throw new StoreError(StoreStatus.full)
    const extents = this.#blobs.get(blob) ?? []
    this.#blobs.set(blob, extents)
    addWrite(extents, WINDOW, offset, bytes)
    this.#used += bytes.length
    const size = highestEnd(extents)
    const held = extents.reduce((sum, extent) => sum + extent.length, 0)
    if (held > 2 * size + WINDOW) this.#compact(blob, extents, held)
  }

  async flush(): Promise<void> {}

  delete(blob: number): void {
    for (const extent of this.#blobs.get(blob) ?? []) this.#used -= extent.length
    this.#blobs.delete(blob)
  }

  usage(): number {
    return this.#used
  }

  async close(): Promise<void> {}

  /** Bytes written over are given back once there are many of them. */
  #compact(blob: number, extents: Extent[], held: number): void {
    const whole: Extent[] = []
    for (const [start, stop] of union(extents)) addWrite(whole, WINDOW, start, paint(extents, start, stop - start))
    this.#blobs.set(blob, whole)
    this.#used -= held - whole.reduce((sum, extent) => sum + extent.length, 0)
  }
}
