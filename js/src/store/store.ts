// Owns: the seam between the host and where blobs are kept. A store knows blob numbers, offsets and bytes, nothing else.
//
// The contract that tests/js/store_conformance.mjs holds every implementation to:
//   * `open` comes first and lists every blob of the last durable state with its size (its highest written end).
//   * `write` copies the bytes before it returns, even when its promise is pending: callers pass views of wasm memory.
//     Overlapping writes: the later wins. Ranges never written between written ones are holes.
//   * `read` sees every write and delete called before it. It gives exactly the bytes asked for, else fails: `notFound`
//     for an unknown blob, `lost` for bytes that were never written.
//   * `flush` resolves when everything written and deleted before it is durable, all of it or, on failure, nothing since
//     the last good flush. Flushes may be called while one runs.
//   * `delete` of an unknown blob is no error. A deleted number may be written again.
//   * A write beyond the capacity fails with `full` and changes nothing.
//   * `close` flushes; nothing may be called after it.
import { StoreStatus } from '../shared/records'

export interface Listing { blob: number; bytes: number }

export interface Store {
  readonly kind: 'idbfs' | 'memory'
  open(): Promise<Listing[]>
  read(blob: number, offset: number, bytes: number): Uint8Array | Promise<Uint8Array>
  write(blob: number, offset: number, bytes: Uint8Array): void | Promise<void>
  flush(): Promise<void>
  delete(blob: number): void | Promise<void>
  /** Bytes kept, of all blobs. */
  usage(): number
  close(): Promise<void>
}

export class StoreError extends Error {
  constructor(readonly status: StoreStatus, readonly reason?: unknown) {
    super(`store: ${status} ${reason ?? ''}`)
  }
}

export { StoreStatus } from '../shared/records'
