// When what is here may be served: seeding 'unmetered' follows navigator.connection, 'visible' the page's visibility.
import assert from 'node:assert/strict'
import { digestOf, KiB } from '../lib/data.mjs'
import { openSamara, PAGES, ready, samaraPage } from '../lib/pages.mjs'
import { describe, test } from '../lib/runner.mjs'

describe('seeding')

/** Replaces navigator.connection and the page's visibility by what a case sets: window.surroundings. */
function stub({ connection, visibility }) {
  window.surroundings = Object.assign(new EventTarget(), connection)
  Object.defineProperty(Navigator.prototype, 'connection', { configurable: true, get: () => (connection ? window.surroundings : undefined) })
  window.visibility = visibility ?? 'visible'
  Object.defineProperty(Document.prototype, 'visibilityState', { configurable: true, get: () => window.visibility })
}
const setConnection = (values) => {
  Object.assign(window.surroundings, values)
  window.surroundings.dispatchEvent(new Event('change'))
}
const setVisibility = (value) => {
  window.visibility = value
  document.dispatchEvent(new Event('visibilitychange'))
}
const shareStats = () => sm.samara.shares().then(([share]) => ({ state: share.stats().state, reason: share.stats().reason?.code }))

async function stubbedPage(t, stubs, open) {
  const context = await t.context('chromium')
  const page = await context.newPage()
  await page.raw.addInitScript(stub, stubs)
  await page.goto(`${t.server.origin}${PAGES}samara.html`)
  await ready(page)
  await openSamara(t, page, open)
  return page
}

const files = (seed) => [{ name: 'metered.bin', seed, size: 64 * KiB }]

for (const [what, values] of [['cellular', { type: 'cellular' }], ['saveData', { type: 'wifi', saveData: true }]]) {
  test(`reason metered: 'unmetered' neither announces nor serves on ${what}, and goes on when that ends`, async (t) => {
    const sender = await stubbedPage(t, { connection: values }, { seeding: 'unmetered' })
    const receiver = await samaraPage(t)
    const { url, infoHash } = await sender.evaluate((what) => sm.share(what), { files: files(801) })
    await receiver.evaluate((link) => { sm.receive({ link }) }, url)
    await t.tracker.until(infoHash, 1)
    await receiver.evaluate(() => kit.until(() => sm.progress().reason === 'no-one-has-it', 5_000, 'the reason'))
    assert.deepEqual(await sender.evaluate(shareStats), { state: 'paused', reason: 'metered' })
    assert.equal(t.tracker.members(infoHash), 1)
    await sender.evaluate(setConnection, { type: 'wifi', saveData: false })
    const item = await receiver.evaluate(async () => sm.plainItem(await sm.transfer.done))
    assert.equal(item.files[0].sha256, digestOf(files(801)[0]))
    await sender.evaluate(setConnection, { type: 'cellular' })
    await sender.evaluate(() => kit.until(async () => (await sm.samara.shares())[0].stats().reason?.code === 'metered', 5_000, 'metered again'))
  })
}

test("'unmetered' receives on a metered connection, and an unknown connection is allowed", async (t) => {
  const receiver = await stubbedPage(t, { connection: { type: 'cellular' } }, { seeding: 'unmetered' })
  const sender = await stubbedPage(t, {}, { seeding: 'unmetered' })
  const { url } = await sender.evaluate((what) => sm.share(what), { files: files(802) })
  const item = await receiver.evaluate((link) => sm.receiveAll({ link }), url)
  assert.equal(item.files[0].sha256, digestOf(files(802)[0]))
})

test("'visible' serves nobody while the page is hidden: paused, and on at once when it is seen", async (t) => {
  const sender = await stubbedPage(t, { connection: {}, visibility: 'hidden' }, { seeding: 'visible' })
  const receiver = await samaraPage(t)
  const { url, infoHash } = await sender.evaluate((what) => sm.share(what), { files: files(803) })
  await receiver.evaluate((link) => { sm.receive({ link }) }, url)
  await t.tracker.until(infoHash, 1)
  await receiver.evaluate(() => kit.until(() => sm.progress().reason === 'no-one-has-it', 5_000, 'the reason'))
  assert.deepEqual(await sender.evaluate(shareStats), { state: 'paused', reason: 'paused' })
  await sender.evaluate(setVisibility, 'visible')
  await receiver.evaluate(() => sm.transfer.done.then(() => {}))
  await sender.evaluate(setVisibility, 'hidden')
  await sender.evaluate(() => kit.until(async () => (await sm.samara.shares())[0].stats().state === 'paused', 5_000, 'paused'))
})

test("'never' serves no received item but still what the user shares", async (t) => {
  const sender = await samaraPage(t, { open: { seeding: 'never' } })
  const receiver = await samaraPage(t, { open: { seeding: 'never' } })
  const { url, infoHash } = await sender.evaluate((what) => sm.share(what), { files: files(804) })
  await receiver.evaluate((link) => sm.receiveAll({ link }), url)
  for (const end = Date.now() + 5_000; t.tracker.members(infoHash) > 1 && Date.now() < end;) await new Promise((resolve) => setTimeout(resolve, 20))
  assert.equal(t.tracker.members(infoHash), 1)
})
