// What a store takes: one blob written from its start to its end in blocks of one size, then flushed; beside it the same bytes
// through a bare OPFS sync access handle. In a worker of a page of its own.
import { relative } from 'node:path'
import { ROOT } from '../browser/lib/runner.mjs'
import { bundle } from '../js/load.mjs'

const STORES = `
  export { OpfsStore } from './src/store/opfs'
  export { IdbStore } from './src/store/idb'
  export { IdbfsStore } from './src/store/idbfs'
  export { MemoryStore } from './src/store/memory'
  export { default as createFiles } from 'samara-idbfs'
`
let bundled

/** @returns {Promise<number>} ms */
async function measure(page, task) {
  bundled ??= bundle('bench-stores', STORES)
  const modules = `/${relative(ROOT, await bundled)}`
  const blank = await page('browser/pages/blank.html')
  return blank.evaluate((given) => new Promise((resolve, reject) => {
    const worker = new Worker('/tests/bench/stores_worker.mjs', { type: 'module' })
    worker.onmessage = ({ data }) => data.error ? reject(new Error(data.error)) : resolve(data.ms)
    worker.onerror = (event) => reject(new Error(event.message || 'stores_worker.mjs'))
    worker.postMessage(given)
  }), { modules, ...task })
}

/** A contender: `kind` opfs, idb, idbfs (which holds 16 MiB) or memory. */
export const write = (kind, block) => ({ page, size }) => measure(page, { kind, block, size })
/** What there is to have. */
export const bare = (block) => ({ page, size }) => measure(page, { kind: 'bare', block, size })
