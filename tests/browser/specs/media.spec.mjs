// src() through the app's service worker: ranges for players, of what is stored and of what is still arriving, in every tab.
import assert from 'node:assert/strict'
import { bytesOf, digestOf, KiB, MiB } from '../lib/data.mjs'
import { openSamara, PAGES, ready, reload, samaraPage } from '../lib/pages.mjs'
import { describe, test } from '../lib/runner.mjs'

describe('media')

const memo = (seed, size = 3 * MiB) => ({ name: 'Ein Mémo #1.webm', seed, size, type: 'audio/webm;codecs=opus' })

/** A page under the control of a service worker with media.js, in its own context. */
async function controlledPage(t, browser, context) {
  const page = await samaraPage(t, { browser, context, open: false })
  await page.evaluate(async () => {
    await navigator.serviceWorker.register('media_sw.js')
    await kit.until(() => navigator.serviceWorker.controller)
  })
  await openSamara(t, page)
  return page
}

/** What a request with that range gets. */
const fetched = (page, url, range) => page.evaluate(async ({ url, range }) => {
  const response = await fetch(url, { headers: range ? { range } : {} })
  const { status, headers } = response
  return { status, sha256: await kit.sha256(await response.blob()), type: headers.get('content-type'), length: headers.get('content-length'),
    range: headers.get('content-range'), disposition: headers.get('content-disposition'), policy: headers.get('content-security-policy') }
}, { url, range })

const save = (page, file) => page.evaluate(async (given) => {
  const item = await sm.samara.save(kit.file(given))
  return { id: item.id, src: await item.src() }
}, file)

const sha256 = async (bytes) => Buffer.from(await crypto.subtle.digest('SHA-256', bytes)).toString('hex')

for (const browser of ['chromium', 'firefox']) {
  test(`${browser}: an item is whole, and in ranges, at a URL of the app's own origin`, async (t) => {
    const page = await controlledPage(t, browser)
    const file = memo(1201)
    const { src } = await save(page, file)
    assert.ok(src.startsWith(`${t.server.origin}${PAGES}samara-media/default/item/`), src)
    const whole = await fetched(page, src)
    assert.deepEqual([whole.status, whole.sha256, whole.type, whole.length], [200, digestOf(file), 'audio/webm', String(file.size)])
    assert.match(whole.policy, /^sandbox/)
    const bytes = bytesOf(file)
    for (const [asked, start, end] of [['bytes=0-1', 0, 2], [`bytes=${2 * MiB}-`, 2 * MiB, file.size], ['bytes=-1000', file.size - 1000, file.size], ['bytes=100-99999999', 100, file.size]]) {
      const part = await fetched(page, src, asked)
      assert.deepEqual([part.status, part.range], [206, `bytes ${start}-${end - 1}/${file.size}`], asked)
      assert.equal(part.sha256, await sha256(bytes.subarray(start, end)), asked)
    }
    const beyond = await fetched(page, src, `bytes=${file.size}-`)
    assert.deepEqual([beyond.status, beyond.range], [416, `bytes */${file.size}`])
  })

  test(`${browser}: every tab can play it, and goes on when the tab that led is gone`, async (t) => {
    const context = await t.context(browser)
    const first = await controlledPage(t, browser, context)
    const file = memo(1202)
    const { id, src } = await save(first, file)
    const second = await controlledPage(t, browser, context)
    assert.equal(await second.evaluate(() => sm.samara.snapshot.role), 'follower')
    assert.equal((await fetched(second, src)).sha256, digestOf(file))
    await first.close()
    assert.equal((await fetched(second, src, 'bytes=0-')).sha256, digestOf(file))
    assert.equal(await second.evaluate(async (item) => (await sm.samara.item(item)).src(), id), src)
  })
}

test('a transfer has its URL before it is whole; what is asked for waits until it has arrived', async (t) => {
  const file = memo(1203, 2 * MiB)
  const sender = await samaraPage(t, { open: { limits: { uploadBytesPerSecond: 700 * KiB } } })
  const { url } = await sender.evaluate((what) => sm.share(what), { files: [file] })
  const page = await controlledPage(t, 'chromium')
  const seen = await page.evaluate(async (link) => {
    const transfer = sm.receive({ link })
    const src = await transfer.src()
    const before = transfer.snapshot.state
    const response = await fetch(src, { headers: { range: 'bytes=1000000-' } })
    return { before, src, status: response.status, size: (await response.blob()).size, whole: await fetch(src).then(async (all) => kit.sha256(await all.blob())) }
  }, url)
  assert.notEqual(seen.before, 'done')
  assert.match(seen.src, /\/samara-media\/default\/transfer\//)
  assert.deepEqual([seen.status, seen.size, seen.whole], [206, file.size - 1_000_000, digestOf(file)])
})

test('a page whose store answers late is waited for', async (t) => {
  const page = await controlledPage(t, 'chromium')
  const file = memo(1207, 1000)
  const { src } = await save(page, file)
  await page.evaluate(() => {
    const { postMessage } = MessagePort.prototype
    MessagePort.prototype.postMessage = function (message, transfer) { // what was found, as late as on a device with a busy disk
      setTimeout(() => postMessage.call(this, message, transfer), message?.size === undefined ? 0 : 3_000)
    }
  })
  const { status, sha256 } = await fetched(page, src)
  assert.deepEqual([status, sha256], [200, digestOf(file)])
})

test('what a sender calls a page is only ever saved; what nobody has is 404', async (t) => {
  const page = await controlledPage(t, 'chromium')
  const { src } = await save(page, { name: 'page.html', seed: 1, size: 100, type: 'text/html' })
  const html = await fetched(page, src)
  assert.deepEqual([html.type, html.disposition], ['application/octet-stream', 'attachment'])
  for (const bad of [src.replace(/item\/[0-9a-f]+/, 'item/0123456789abcdef'), src.replace('/0/', '/7/'), src.replace('/item/', '/secret/'), src.replace('/default/', '/%E0%A4%A/')]) {
    assert.equal((await fetched(page, bad)).status, 404, bad)
  }
})

test('without a service worker, or with one that knows no media, src() is a blob URL', async (t) => {
  const page = await samaraPage(t)
  assert.match((await save(page, memo(1205, 1000))).src, /^blob:/)
  const other = await samaraPage(t, { open: false })
  await other.evaluate(async () => {
    await navigator.serviceWorker.register('quiet_sw.js')
    await kit.until(() => navigator.serviceWorker.controller)
  })
  await reload(t, other)
  await ready(other)
  assert.match((await save(other, memo(1206, 1000))).src, /^blob:/)
})
