// Owns: a store that lives as long as its worker: for `store: 'memory'`, and where a browser keeps nothing.
import { addWrite, highestEnd, paint, union, type Extent } from './extents'
import { StoreError, StoreStatus, type Listing, type Store } from './store'

const WINDOW = 1024 * 1024

interface Blob { extents: Extent[]; held: number; reserved: number }

export class MemoryStore implements Store {
  readonly kind = 'memory'
  onlost: Store['onlost'] = () => {} // nobody else can have it
  readonly #blobs = new Map<number, Blob>()
  #used = 0

  constructor(private readonly capacity: number) {}

  async open(): Promise<Listing[]> {
    return []
  }

  reserve(blob: number, bytes: number): void {
    const { extents, held, reserved } = this.#blobs.get(blob) ?? NEW
    this.#set(blob, { extents, held, reserved: Math.max(reserved, bytes) })
  }

  read(blob: number, offset: number, bytes: number): Uint8Array {
    const known = this.#blobs.get(blob)
    if (!known) throw new StoreError(StoreStatus.notFound)
    return paint(known.extents, offset, bytes)
  }

  async file(blob: number, offset: number, bytes: number): Promise<globalThis.Blob> {
    return new Blob([this.read(blob, offset, bytes) as Uint8Array<ArrayBuffer>])
  }

  write(blob: number, offset: number, bytes: Uint8Array): void {
    const { extents, held, reserved } = this.#blobs.get(blob) ?? NEW
    const after = { extents: extents === NEW.extents ? [] : extents, held: held + bytes.length, reserved }
    this.#set(blob, after)
    addWrite(after.extents, WINDOW, offset, bytes)
    if (after.held > 2 * highestEnd(after.extents) + WINDOW) this.#set(blob, compacted(after))
  }

  async flush(): Promise<void> {}

  delete(blob: number): void {
    this.#used -= room(this.#blobs.get(blob))
    this.#blobs.delete(blob)
  }

  async close(): Promise<void> {}

  #set(id: number, after: Blob): void {
    const used = this.#used - room(this.#blobs.get(id)) + room(after)
    if (used > this.capacity) throw new StoreError(StoreStatus.full)
    this.#used = used
    this.#blobs.set(id, after)
  }
}

const NEW: Blob = { extents: [], held: 0, reserved: 0 }
const room = ({ held, reserved } = NEW): number => Math.max(held, reserved)

/** Bytes written over are given back once there are many of them. */
function compacted({ extents, reserved }: Blob): Blob {
  const whole: Extent[] = []
  for (const [start, stop] of union(extents)) addWrite(whole, WINDOW, start, paint(extents, start, stop - start))
  return { extents: whole, held: whole.reduce((sum, extent) => sum + extent.length, 0), reserved }
}
