// One task of stores.mjs: {modules, kind, block, size} → {ms} or {error}. What is written is made before the clock runs.
const MAKE = {
  opfs: ({ OpfsStore }) => new OpfsStore(['bench', 'store', 'v1']),
  idb: ({ IdbStore }) => new IdbStore('bench'),
  idbfs: ({ IdbfsStore, createFiles }) => new IdbfsStore(createFiles(), '/bench'),
  memory: ({ MemoryStore }) => new MemoryStore(2 ** 31),
}

/** The bare handle in the clothes of a store. */
async function bare() {
  const root = await navigator.storage.getDirectory()
  const handle = await (await root.getFileHandle('bare', { create: true })).createSyncAccessHandle()
  return { write: (_blob, at, bytes) => void handle.write(bytes, { at }), flush: async () => handle.flush(), close: async () => handle.close() }
}

async function measure({ modules, kind, block, size }) {
  const store = kind === 'bare' ? await bare() : MAKE[kind](await import(modules))
  await store.open?.({ stolen: false })
  const bytes = crypto.getRandomValues(new Uint8Array(65_536))
  const content = new Uint8Array(block)
  for (let at = 0; at < block; at += bytes.length) content.set(bytes.subarray(0, Math.min(bytes.length, block - at)), at)
  await store.write(20, 0, new Uint8Array(1)) // its handle is open
  const start = performance.now()
  for (let at = 0; at < size; at += block) {
    const writing = store.write(20, at, content)
    if (writing) await writing
  }
  await store.flush()
  const ms = performance.now() - start
  await store.close()
  return ms
}

self.onmessage = ({ data }) => measure(data).then((ms) => self.postMessage({ ms }), (error) => self.postMessage({ error: String(error?.stack ?? error) }))
