// Owns: the entry of the worker for one password: Argon2id in a wasm module of its own, whose memory ends with the worker.
// Knows no engine. Whatever fails is answered with nothing.
interface Module { memory: WebAssembly.Memory; _initialize(): void; region(): number; stretch(passwordBytes: number): number }
interface Task { wasm: string; bytes: Uint8Array }

const SALT_BYTES = 16
const KEY_BYTES = 32

async function stretched({ wasm, bytes }: Task): Promise<ArrayBuffer | undefined> {
  const response = await fetch(wasm)
  const { instance } = await WebAssembly.instantiate(await response.arrayBuffer())
  const { memory, _initialize, region, stretch } = instance.exports as unknown as Module
  _initialize()
  const at = region() // the key comes first, then salt and password
  new Uint8Array(memory.buffer).set(bytes, at + KEY_BYTES)
  bytes.fill(0)
  return stretch(bytes.length - SALT_BYTES) ? undefined : memory.buffer.slice(at, at + KEY_BYTES)
}

const answer = (key?: ArrayBuffer) => self.postMessage(key, { transfer: key ? [key] : [] })
self.onmessage = ({ data }: MessageEvent<Task>) => void stretched(data).then(answer, () => answer())
