// Pages with a worker that has the package's stores by themselves, without engine, and a server that clears site data when asked.
import { relative } from 'node:path'
import { bundle } from '../../js/load.mjs'
import { ROOT } from './runner.mjs'

const STORES = `
  export { OpfsStore } from './src/store/opfs'
  export { IdbStore } from './src/store/idb'
  export { IdbfsStore } from './src/store/idbfs'
  export { MemoryStore } from './src/store/memory'
  export { openStore } from './src/worker/opening'
  export { default as createFiles } from 'samara-idbfs'
  export * from './src/shared/places'
`
export const CLEAR = '/clear/tests/browser/pages/blank.html'
const CLEARING = { prefix: '/clear/', dir: ROOT, headers: { 'clear-site-data': '"storage"' } }
let bundled
const url = (path) => `/${relative(ROOT, path)}`
const bundles = () => (bundled ??= Promise.all([bundle('stores', STORES), bundle('idbfs', "export * from './src/worker/idbfs'")]))

/** @typedef {{page: object, server: object, ask(message): Promise<unknown>, inWorker(f, argument?): Promise<unknown>}} StorePage */

/** `inWorker` runs a function there, with `world` (tests/js/store_world.mjs) in scope. @returns {Promise<StorePage>} */
export async function storePage(t, { browser, context, server } = {}) {
  const [modules, idbfs] = (await bundles()).map(url)
  const query = new URLSearchParams({ modules, idbfs, clear: CLEAR })
  server ??= await t.ownServer({ mounts: [{ prefix: '/', dir: ROOT }, CLEARING] })
  const page = await t.page('/tests/browser/pages/blank.html', { browser, context, origin: server.origin })
  await page.evaluate((url) => {
    window.startWorker = async () => {
      const worker = new Worker(url, { type: 'module' })
      const answers = []
      worker.onmessage = ({ data }) => answers.shift()(data)
      worker.onerror = (event) => answers.shift()({ error: event.message || url })
      const answer = () => new Promise((resolve) => { answers.push(resolve) })
      await answer()
      window.ask = (message) => {
        const answered = answer()
        worker.postMessage(message)
        return answered
      }
      window.storeWorker = worker
    }
    return startWorker()
  }, `/tests/js/store_world.mjs?${query}`)
  const ask = async (message) => {
    const answer = await page.evaluate((one) => ask(one), message)
    if (answer?.error) throw new Error(answer.error)
    return answer
  }
  return { page, server, ask, inWorker: (f, argument) => ask({ text: String(f), argument }) }
}
