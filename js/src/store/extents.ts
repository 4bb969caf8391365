// Owns: which written ranges of a blob hold which bytes. Ranges are kept in the order they were written: later ones win.
import { StoreError, StoreStatus } from './store'

/** A written range. `bytes` gives its content: kept in memory, or fetched from where the store put it. */
export interface Extent { readonly offset: number; readonly length: number; bytes(): Uint8Array }

export const end = (extent: { offset: number; length: number }): number => extent.offset + extent.length
export const highestEnd = (extents: readonly Extent[]): number => extents.reduce((max, extent) => Math.max(max, end(extent)), 0)

/** Copies [offset, offset + length) out of the extents, later ones over earlier ones. Fails with `lost` when bytes are missing. */
export function paint(extents: readonly Extent[], offset: number, length: number): Uint8Array {
  const stop = offset + length
  for (let i = extents.length - 1; i >= 0; i--) {
    const extent = extents[i]!
    if (extent.offset >= stop || end(extent) <= offset) continue
    if (extent.offset <= offset && end(extent) >= stop) return extent.bytes().slice(offset - extent.offset, stop - extent.offset)
    break
  }
  if (!covers(extents, offset, stop)) throw new StoreError(StoreStatus.lost)
  const out = new Uint8Array(length)
  paintOver(out, offset, extents)
  return out
}

/** Puts what the extents hold over bytes that stand at `offset`. */
export function paintOver(out: Uint8Array, offset: number, extents: readonly Extent[]): void {
  for (const extent of extents) {
    const from = Math.max(offset, extent.offset)
    const to = Math.min(offset + out.length, end(extent))
    if (from < to) out.set(extent.bytes().subarray(from - extent.offset, to - extent.offset), from - offset)
  }
}

/** Whether the extents cover [offset, stop) without a gap. */
export function covers(extents: readonly Extent[], offset: number, stop: number): boolean {
  for (const extent of [...extents].sort((a, b) => a.offset - b.offset)) {
    if (extent.offset > offset) break
    offset = Math.max(offset, end(extent))
  }
  return offset >= stop
}

/** The union of the ranges, as disjoint ranges in order. */
export function union(extents: readonly Extent[]): [start: number, end: number][] {
  const runs: [number, number][] = []
  for (const extent of [...extents].sort((a, b) => a.offset - b.offset)) {
    const last = runs.at(-1)
    if (last && extent.offset <= last[1]) last[1] = Math.max(last[1], end(extent))
    else runs.push([extent.offset, end(extent)])
  }
  return runs
}

/** A run of bytes being written: grows as long as writes continue where it ends, up to its capacity. */
export class Run implements Extent {
  length = 0
  #buffer = new Uint8Array(0)
  constructor(readonly offset: number, readonly capacity: number) {}

  bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.length)
  }
  /** Takes as much of `bytes` as fits and says how much. */
  append(bytes: Uint8Array): number {
    const taken = Math.min(bytes.length, this.capacity - this.length)
    if (this.length + taken > this.#buffer.length) {
      const larger = new Uint8Array(Math.min(this.capacity, Math.max(this.length + taken, 2 * this.#buffer.length)))
      larger.set(this.bytes())
      this.#buffer = larger
    }
    this.#buffer.set(bytes.subarray(0, taken), this.length)
    this.length += taken
    return taken
  }
}

/** Adds a write to the runs of a blob. Runs end at multiples of `window`, so that rewriting meets the same cuts. */
export function addWrite(runs: Extent[], window: number, offset: number, bytes: Uint8Array): void {
  let last = runs.at(-1)
  while (bytes.length) {
    if (!(last instanceof Run) || end(last) !== offset || last.length === last.capacity) {
      last = new Run(offset, window - (offset % window))
      runs.push(last)
    }
    const taken = (last as Run).append(bytes)
    bytes = bytes.subarray(taken)
    offset += taken
  }
}
