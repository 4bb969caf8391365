// The table "Running out" of docs/storage.md, row by row: what a browser can do to a store, the state that a UI shows of it, and
// how it ends.
import assert from 'node:assert/strict'
import { breakWorker } from '../lib/broken.mjs'
import { digestOf, KiB, MiB } from '../lib/data.mjs'
import { openSamara, PAGES, ready, reload, samaraPage } from '../lib/pages.mjs'
import { describe, ROOT, test } from '../lib/runner.mjs'
import { CLEAR, storePage } from '../lib/store_page.mjs'

describe('running out')

const memo = (seed, size = 50 * KiB) => ({ name: `memo ${seed}.webm`, seed, size, type: 'audio/webm' })
const save = (page, file) => page.evaluate(async (given) => {
  const { value, error } = await kit.settle(sm.samara.save(kit.file(given)), 25_000)
  return value ? 'kept' : error?.code ?? 'late'
}, file)
const items = (page) => page.evaluate(() => sm.plainItems())
const has = async (page, files) => assert.deepEqual((await items(page)).map((item) => item.files[0].sha256).sort(), files.map(digestOf).sort())
const storage = (page) => page.evaluate(async () => {
  const { storage: { kind, persisted }, reasons } = await sm.samara.health()
  return { kind, persisted, reasons: reasons.filter(({ code }) => code.startsWith('storage-')).map(({ code, params }) => ({ code, params })) }
})
const fallback = (from, to, why) => [{ code: 'storage-fallback', params: { from, to, why } }]

/** A page on an origin of its own, so that what is done to its storage is done to no other. */
async function ownOrigin(t, { browser = 'chromium', context, open = {} } = {}) {
  const server = await t.ownServer({ mounts: [{ prefix: '/', dir: ROOT }, { prefix: '/clear/', dir: ROOT, headers: { 'clear-site-data': '"storage"' } }] })
  const page = await samaraPage(t, { browser, context: context ?? await t.context(browser), origin: server.origin, open })
  return { page, server, origin: server.origin }
}
const quota = async (page, origin, quotaSize) => (await page.cdp()).send('Storage.overrideQuotaForOrigin', { origin, ...(quotaSize !== undefined && { quotaSize }) })

for (const store of ['opfs', 'idb']) {
  test(`${store}: what the quota does not hold is storage-full; what is there stays and is served; room is enough to go on`, async (t) => {
    const { page, origin } = await ownOrigin(t, { open: false })
    await quota(page, origin, 8 * MiB) // before IndexedDB asks: Chromium remembers for a while what room it had
    await openSamara(t, page, { store })
    assert.equal(await save(page, memo(1)), 'kept')
    assert.equal(await save(page, memo(2, 24 * MiB)), 'storage-full')
    await has(page, [memo(1)])
    const small = store === 'opfs' ? [memo(3, 100 * KiB)] : [] // IndexedDB gives back what was deleted when it compacts, not at once
    for (const file of small) assert.equal(await save(page, file), 'kept')
    await quota(page, origin)
    await reload(t, page, { store })
    assert.equal(await save(page, memo(4, 9 * MiB)), 'kept')
    await reload(t, page, { store })
    await has(page, [memo(1), ...small, memo(4, 9 * MiB)])
  }, { timeout_ms: 90_000 })
}

test('opfs: a quota that is used up to the last byte: the store opens, serves, and remove() makes room', async (t) => {
  const { page, origin } = await ownOrigin(t)
  for (const seed of [11, 12]) assert.equal(await save(page, memo(seed, 3 * MiB)), 'kept')
  await quota(page, origin, 1000)
  assert.equal(await save(page, memo(13, 100 * KiB)), 'storage-full')
  await reload(t, page)
  assert.equal((await storage(page)).kind, 'opfs')
  await has(page, [memo(11, 3 * MiB), memo(12, 3 * MiB)])
  const removed = await page.evaluate(async () => kit.settle(sm.samara.remove((await sm.samara.items()).find((item) => item.name === 'memo 11.webm').id)))
  assert.deepEqual([removed.error, removed.late], [undefined, undefined])
  await quota(page, origin, 7 * MiB)
  assert.equal(await save(page, memo(13, 2 * MiB)), 'kept')
  await reload(t, page)
  await has(page, [memo(12, 3 * MiB), memo(13, 2 * MiB)])
}, { timeout_ms: 90_000 })

test('persist() that is refused is said and changes nothing', async (t) => {
  const { page } = await ownOrigin(t)
  assert.equal(await page.evaluate(() => sm.samara.persist()), false)
  assert.equal(await save(page, memo(21)), 'kept')
  const { persisted, reasons } = await storage(page)
  assert.deepEqual({ persisted, reasons }, { persisted: false, reasons: [] })
})

test('a private window of Chromium has an OPFS of its own and falls back to nothing', async (t) => {
  const { page } = await ownOrigin(t) // every context of the driver is one
  const { kind, reasons } = await storage(page)
  assert.deepEqual({ kind, reasons }, { kind: 'opfs', reasons: [] })
  assert.equal(await save(page, memo(22)), 'kept')
})

test('a private window of Firefox has IndexedDB only, and says so', async (t) => {
  const browser = await t.browsers.launch('firefox', { preferences: { 'browser.privatebrowsing.autostart': true } })
  t.defer(() => browser.close())
  const { page } = await ownOrigin(t, { browser: 'firefox', context: await browser.newContext() })
  const { kind, reasons } = await storage(page)
  assert.deepEqual({ kind, reasons }, { kind: 'idb', reasons: fallback('opfs', 'idb', 'SecurityError') })
  assert.equal(await save(page, memo(23)), 'kept')
  await reload(t, page)
  await has(page, [memo(23)])
}, { timeout_ms: 60_000 })

for (const browser of ['chromium', 'firefox']) {
  for (const store of ['opfs', 'idb']) {
    test(`${browser}: ${store} that is cleared while it runs begins anew, empty`, async (t) => {
      const { page, origin } = await ownOrigin(t, { browser, open: { store } })
      assert.equal(await save(page, memo(31)), 'kept')
      if (browser === 'chromium') await (await page.cdp()).send('Storage.clearDataForOrigin', { origin, storageTypes: 'all' })
      else await page.evaluate((url) => fetch(url).then((response) => response.text()), CLEAR)
      assert.equal(await save(page, memo(32)), 'kept')
      await has(page, [memo(32)])
      await reload(t, page, { store })
      await has(page, [memo(32)])
    }, { timeout_ms: 60_000 })
  }
}

for (const store of ['idb', 'idbfs']) {
  test(`${store}: a database that the browser closes by force is opened again`, async (t) => {
    const context = await t.context()
    const { page, origin } = await ownOrigin(t, { context, open: { store } })
    assert.equal(await save(page, memo(41)), 'kept')
    const internals = await context.newPage()
    await internals.goto('chrome://indexeddb-internals')
    await internals.raw.locator('.indexeddb-origin', { hasText: origin }).locator('.force-close').first().click({ timeout: 5_000 })
    await internals.close()
    assert.equal(await save(page, memo(42)), 'kept')
    await reload(t, page, { store })
    await has(page, [memo(41), memo(42)])
  }, { timeout_ms: 60_000 })
}

for (const browser of ['chromium', 'firefox']) {
  test(`${browser}: files that a dying tab holds locked are read at once and written after a while`, async (t) => {
    const context = await t.context(browser)
    const { page, server } = await ownOrigin(t, { browser, context })
    assert.equal(await save(page, memo(51)), 'kept')
    await page.close()
    const dying = await storePage(t, { context, server, browser })
    const held = await dying.inWorker(async () => {
      for await (const file of (await world.blobsFolder('default')).values()) await file.createSyncAccessHandle()
      return world.handles.length
    })
    assert.ok(held >= 2, `${held} files`)
    const next = await samaraPage(t, { context, origin: server.origin })
    await has(next, [memo(51)])
    assert.equal(await save(next, memo(52)), 'kept')
    assert.deepEqual((await storage(next)).reasons, [])
    await reload(t, next)
    await has(next, [memo(51), memo(52)])
  }, { timeout_ms: 60_000 })
}

for (const [without, kind, fell] of [
  ['opfs', 'idb', fallback('opfs', 'idb', 'TypeError')],
  ['opfs-refused', 'idb', fallback('opfs', 'idb', 'SecurityError')],
  ['idb', 'opfs', []],
  ['opfs,idb', 'memory', fallback('opfs', 'memory', 'TypeError, TypeError')],
]) {
  test(`without ${without}: ${kind}${fell.length ? ', and health() says storage-fallback' : ''}`, async (t) => {
    const page = await samaraPage(t, { open: false })
    await page.evaluate(breakWorker, without)
    await openSamara(t, page)
    const { kind: used, reasons } = await storage(page)
    assert.deepEqual({ used, reasons }, { used: kind, reasons: fell })
    assert.equal(await save(page, memo(61)), 'kept')
    await page.reload()
    await ready(page)
    await page.evaluate(breakWorker, without)
    await openSamara(t, page)
    await has(page, kind === 'memory' ? [] : [memo(61)])
  })
}

test('a kind that the app names and that does not work is storage-lost', async (t) => {
  const page = await t.page(`${PAGES}samara.html`)
  await ready(page)
  await page.evaluate(breakWorker, 'opfs-refused')
  const seen = await page.evaluate(async (trackers) => (await kit.settle(sm.open({ trackers, store: 'opfs' }))).error?.code, [t.tracker.url])
  assert.equal(seen, 'storage-lost')
})
