// Owns: calling the engine: bytes into its input region, records out. Knows nothing of what they mean.

/** The exported functions of the engine (docs/engine-api.md) over one memory. */
export interface Engine {
  readonly memory: WebAssembly.Memory
  create(seedLow: number, seedHigh: number, configBytes: number): number
  reserve(bytes: number): number
  handle(kind: number, handle: number, a: number, b: number, payloadBytes: number, nowUs: number): number
  records(): number
  deadlineUs(): number
  inspect(payloadBytes: number): number
  sha1(payloadBytes: number, pieceBytes: number): number
}

/** Puts bytes into the input region and gives their number. The region may move: views of memory end here. */
export function give(engine: Engine, parts: readonly Uint8Array[]): number {
  let bytes = 0
  for (const part of parts) bytes += part.length
  let at = engine.reserve(bytes) >>> 0
  const heap = new Uint8Array(engine.memory.buffer)
  for (const part of parts) {
    heap.set(part, at)
    at += part.length
  }
  return bytes
}

/** One output record. `payload` is a view of wasm memory that lives until the next call of the engine. */
export interface OutRecord { kind: number; flags: number; handle: number; a: number; b: number; payload: Uint8Array; payloadBytes: number }

/** The records of the last call, in order. Whoever walks them must not call the engine meanwhile. */
export function* outRecords(engine: Engine, count: number): Generator<OutRecord> {
  const buffer = engine.memory.buffer
  const view = new DataView(buffer)
  const u32 = (at: number) => view.getUint32(at, true)
  for (let i = 0, at = engine.records() >>> 0; i < count; i++, at += u32(at)) {
    const address = u32(at + 24)
    const payloadBytes = u32(at + 28)
    yield {
      kind: view.getUint16(at + 4, true),
      flags: view.getUint16(at + 6, true),
      handle: u32(at + 8),
      a: u32(at + 12),
      b: u32(at + 16) + u32(at + 20) * 2 ** 32,
      payload: new Uint8Array(buffer, address, address ? payloadBytes : 0),
      payloadBytes,
    }
  }
}
