// Stands before the package's worker in a page that measures memory (memory.mjs): keeps the wasm memories that are made, whose size the
// heap's figures leave out.
import { startReal } from '../browser/pages/real_worker.js'

const memories = []
const { instantiate } = WebAssembly
WebAssembly.instantiate = async (...given) => {
  const made = await instantiate(...given)
  for (const value of Object.values((made.instance ?? made).exports)) if (value instanceof WebAssembly.Memory) memories.push(value)
  return made
}
self.wasmBytes = () => memories.reduce((bytes, memory) => bytes + memory.buffer.byteLength, 0)

await startReal()
