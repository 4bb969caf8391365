// Owns: the seam between the host and where blobs are kept. A store knows blob numbers, offsets and bytes, nothing else.
//
// The contract that tests/js/store_conformance.mjs holds every implementation to:
//   * `open` comes first and lists every blob of the last durable state. Sizes are a blob's highest written or reserved end; of
//     blobs above 15 they may be unknown (`bytes: undefined`) where finding out costs.
//   * `open` fences: an earlier opener of the same store that is still alive can make no journal durable any more. Its next flush
//     of one (blobs below 16) fails with `lost`, and `onlost('deposed')` tells it first. What it had flushed before is there.
//   * `reserve` makes the blob exist with room for that many bytes, or fails with `full`. It never shrinks a blob.
//   * `write` copies the bytes before it returns, even when its promise is pending: callers pass views of wasm memory.
//     Overlapping writes: the later wins. Ranges never written between written ones are holes.
//   * `read` sees every write and delete called before it. It gives exactly the bytes asked for, else fails: `notFound`
//     for an unknown blob, `lost` beyond its end; bytes never written are `lost` or zeros.
//   * `file` gives a range as a Blob, without reading it where the store has files. For what is not written to any more.
//   * `flush` resolves when everything written and deleted before it is durable. When it fails, or the process dies, any part of
//     what was not flushed may survive. Flushes may be called while one runs.
//   * `delete` of an unknown blob is no error. A deleted number may be written again.
//   * A write or reserve beyond the capacity or the browser's quota fails with `full` and changes nothing.
//   * When the browser has thrown the store away under us (site data cleared), the next flush of a journal fails with
//     `lost`, and `onlost('cleared')` tells it first.
//   * `close` flushes; nothing may be called after it.
import type { StoreKind } from '../shared/messages'
import { StoreStatus } from '../shared/records'

export interface Listing { blob: number; bytes: number | undefined }

export interface Store {
  readonly kind: StoreKind
  /** Set by whoever opens it, before `open`. Called at most once. */
  onlost: (why: 'deposed' | 'cleared') => void
  /** Once opening has come far enough to know: whether somebody had opened it before. */
  readonly existed?: boolean
  /** `stolen`: the last owner may still be alive (it was frozen and its lock was taken away), else it is surely gone. */
  open(options: { stolen: boolean }): Promise<Listing[]>
  reserve(blob: number, bytes: number): void | Promise<void>
  read(blob: number, offset: number, bytes: number): Uint8Array | Promise<Uint8Array>
  file(blob: number, offset: number, bytes: number): Promise<Blob>
  write(blob: number, offset: number, bytes: Uint8Array): void | Promise<void>
  flush(): Promise<void>
  delete(blob: number): void | Promise<void>
  close(): Promise<void>
}

/** Names that a store keeps for a move into it (worker/moving.ts): durable at once, and only as long as the store is its opener's. */
export interface Marks {
  marks(): Promise<string[]>
  mark(name: string): Promise<void>
  /** Whether it was there. */
  unmark(name: string): Promise<boolean>
}

export class StoreError extends Error {
  constructor(readonly status: StoreStatus, readonly reason?: unknown) {
    super(`store: ${status} ${reason ?? ''}`)
  }
}

/** The status of any error. Not by class: stores come in more than one bundle. */
export const statusOf = (error: unknown): StoreStatus => {
  const status = (error as Partial<StoreError> | undefined)?.status
  return typeof status === 'number' ? status : StoreStatus.failed
}

export { StoreStatus } from '../shared/records'
