// An engine in JavaScript with the exports of samara.wasm: answers inputs by a script, for tests of the host.
const RECORD = 32

/**
 * `script(input)` gives the output records of one input, {kind, flags, handle, a, b, payload, bytes}. Memory grows with
 * every call, as it may in wasm, so that views kept from before are empty. `deadline` is what the engine says.
 */
export class FakeEngine {
  memory = new WebAssembly.Memory({ initial: 1, maximum: 20_000 })
  inputs = []
  deadline = -1
  depth = 0
  #input = 0
  #records = 0

  constructor(script = () => []) { this.script = script }

  create(low, high, bytes) {
    this.config = new Uint8Array(this.memory.buffer, this.#input, bytes).slice()
    this.seed = [low, high]
    return 1
  }
  reserve(bytes) {
    this.#input = this.#grow(bytes)
    return this.#input
  }
  handle(kind, handle, a, b, bytes, nowUs) {
    if (++this.depth > 1) throw new Error('the host re-entered')
    const payload = new Uint8Array(this.memory.buffer, this.#input, bytes).slice()
    const input = { kind, handle, a, b, payload, nowUs }
    this.inputs.push(input)
    const records = this.script(input)
    this.#records = this.#grow(RECORD * records.length)
    records.forEach((record, i) => this.#write(record, this.#records + RECORD * i))
    this.depth--
    return records.length
  }
  records() { return this.#records }
  deadlineUs() { return this.deadline }
  sha1(bytes, pieceBytes) {
    const data = new Uint8Array(this.memory.buffer, this.#input, bytes).slice()
    const payload = this.digest(data, pieceBytes)
    this.#records = this.#grow(RECORD)
    this.#write({ kind: 0, payload }, this.#records)
    return 1
  }

  #grow(bytes) {
    const at = this.memory.buffer.byteLength
    this.memory.grow(Math.ceil(bytes / 65536) + 1)
    return at
  }
  #write({ kind, flags = 0, handle = 0, a = 0, b = 0, payload, bytes }, at) {
    const address = payload?.length ? this.#grow(payload.length) : 0
    const heap = new Uint8Array(this.memory.buffer)
    if (payload) heap.set(payload, address)
    const view = new DataView(this.memory.buffer)
    view.setUint32(at, RECORD, true)
    view.setUint16(at + 4, kind, true)
    view.setUint16(at + 6, flags, true)
    view.setUint32(at + 8, handle, true)
    view.setUint32(at + 12, a, true)
    view.setBigUint64(at + 16, BigInt(b), true)
    view.setUint32(at + 24, address, true)
    view.setUint32(at + 28, bytes ?? payload?.length ?? 0, true)
  }
}
