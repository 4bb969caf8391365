// Stands before the package's worker in a page that measures memory (memory.mjs): keeps the wasm memories that are made, whose size the
// heap's figures leave out. What the page says meanwhile waits for the real worker.
const memories = []
const { instantiate } = WebAssembly
WebAssembly.instantiate = async (...given) => {
  const made = await instantiate(...given)
  for (const value of Object.values((made.instance ?? made).exports)) if (value instanceof WebAssembly.Memory) memories.push(value)
  return made
}
self.wasmBytes = () => memories.reduce((bytes, memory) => bytes + memory.buffer.byteLength, 0)

const early = []
const hold = (event) => early.push(event)
addEventListener('message', hold)
await import(new URL(location).searchParams.get('real'))
removeEventListener('message', hold)
for (const event of early) self.onmessage(event)
