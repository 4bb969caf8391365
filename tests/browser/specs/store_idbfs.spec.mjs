// The IDBFS store in real browsers: the contract of all stores, and what IDBFS itself would get wrong.
import assert from 'node:assert/strict'
import { relative } from 'node:path'
import { bundle, WASM } from '../../js/load.mjs'
import { describe, ROOT, test } from '../lib/runner.mjs'

describe('store')

const PAGE = '/tests/browser/pages/blank.html'
let bundled

/** A page with `idb`: makes stores over one mount each, as a worker would, without a lock. */
async function storePage(t, browser) {
  bundled ??= bundle('idbfs', `
    export { IdbfsStore } from './src/store/idbfs.ts'
    export { compile, instantiate } from './src/worker/wasm.ts'
  `)
  const module = `/${relative(ROOT, await bundled)}`
  const page = await t.page(PAGE, { browser })
  await page.evaluate(async ({ module, wasm }) => {
    const { IdbfsStore, compile, instantiate } = await import(module)
    const { cases, capacity } = await import('/tests/js/store_conformance.mjs')
    const compiled = await compile(wasm)
    window.idb = {
      cases,
      /** A store in a file system of its own, as after a reload. */
      async open(mount, bytes = capacity) {
        const { files } = await instantiate(compiled)
        const store = new IdbfsStore(files, mount, bytes)
        return { store, files, listing: await store.open() }
      },
      async run(name) {
        const mount = `/samara/${name}/v1`
        const abandon = async () => {} // the next one starts from what IndexedDB holds
        try {
          await cases.find((one) => one.name === name).run({ open: () => idb.open(mount), abandon })
        } catch (error) {
          return String(error?.stack ?? error)
        }
        return ''
      },
      rows: (mount) => new Promise((resolve, reject) => {
        const request = indexedDB.open(mount)
        request.onerror = () => reject(request.error)
        request.onsuccess = () => {
          const keys = request.result.transaction('FILE_DATA').objectStore('FILE_DATA').getAll()
          keys.onsuccess = () => {
            request.result.close()
            resolve(keys.result.map((row) => row.contents.buffer.byteLength))
          }
        }
      }),
    }
  }, { module, wasm: `/${relative(ROOT, WASM)}/samara.wasm` })
  return page
}

for (const browser of ['chromium', 'firefox']) {
  test(`${browser}: idbfs keeps the contract of stores`, async (t) => {
    const page = await storePage(t, browser)
    const names = await page.evaluate(() => idb.cases.map((one) => one.name))
    for (const name of names) assert.equal(await page.evaluate((one) => idb.run(one), name), '', name)
  }, { timeout_ms: 120_000 })
}

test('a journal of many appends is few files, and no file stores more than its bytes', async (t) => {
  const page = await storePage(t)
  const rows = await page.evaluate(async () => {
    const { store } = await idb.open('/samara/journal/v1')
    for (let i = 0; i < 400; i++) {
      store.write(1, i * 100, new Uint8Array(100).fill(i))
      await store.flush()
    }
    return idb.rows('/samara/journal/v1')
  })
  assert.equal(rows.reduce((sum, bytes) => sum + bytes, 0), 40_000)
  assert.ok(rows.length <= 16, `${rows.length} files`)
})

test('two writes in the same millisecond are both durable', async (t) => {
  const page = await storePage(t)
  const seen = await page.evaluate(async () => {
    const first = await idb.open('/samara/mtime/v1')
    const realNow = Date.now
    Date.now = () => 1_700_000_000_000
    for (let i = 0; i < 3; i++) {
      first.store.write(1, 0, new Uint8Array(10).fill(i))
      await first.store.flush()
    }
    Date.now = realNow
    const { store } = await idb.open('/samara/mtime/v1')
    return [...store.read(1, 0, 10)]
  })
  assert.deepEqual(seen, Array(10).fill(2))
})

test('a database closed under it is opened again, also in the middle of a flush', async (t) => {
  const page = await storePage(t)
  const seen = await page.evaluate(async () => {
    const mount = '/samara/closed/v1'
    const { store, files } = await idb.open(mount)
    store.write(1, 0, new Uint8Array(1000).fill(1))
    await store.flush()
    files.IDBFS.dbs[mount].close() // as the browser does, without its event
    store.write(1, 1000, new Uint8Array(1000).fill(2))
    await store.flush()
    store.write(1, 2000, new Uint8Array(1000).fill(3))
    const flushing = store.flush()
    files.IDBFS.dbs[mount].dispatchEvent(new Event('close'))
    await flushing
    const again = await idb.open(mount)
    return [0, 1000, 2000].map((at) => again.store.read(1, at, 1)[0])
  })
  assert.deepEqual(seen, [1, 2, 3])
})

test('a quota that is reached is `full`, keeps what was durable and goes on when there is room', async (t) => {
  const page = await storePage(t)
  const seen = await page.evaluate(async () => {
    const mount = '/samara/quota/v1'
    const { store } = await idb.open(mount)
    store.write(1, 0, new Uint8Array(1000).fill(1))
    await store.flush()
    const realPut = IDBObjectStore.prototype.put
    IDBObjectStore.prototype.put = () => { throw new DOMException('no room', 'QuotaExceededError') }
    store.write(2, 0, new Uint8Array(1000))
    const status = await store.flush().then(() => 0, (error) => error.status)
    IDBObjectStore.prototype.put = realPut
    const kept = (await idb.open(mount)).listing.map(({ blob }) => blob)
    store.delete(2)
    store.write(3, 0, new Uint8Array(10).fill(3))
    await store.flush()
    return { status, kept, after: (await idb.open(mount)).listing.map(({ blob }) => blob).sort() }
  })
  assert.deepEqual(seen, { status: 1, kept: [1], after: [1, 3] })
})
