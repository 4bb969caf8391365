// Samara to Samara: across browsers, more than two peers, a sender that dies.
import assert from 'node:assert/strict'
import { digestOf, KiB, MiB } from '../lib/data.mjs'
import { samaraPage, webtorrentPage } from '../lib/pages.mjs'
import { describe, test } from '../lib/runner.mjs'

describe('pair')

const share = (page, files, options) => page.evaluate((given) => sm.share(given), { files, options })
const receiveAll = (page, link, options) => page.evaluate((given) => sm.receiveAll(given), { link, options })

function assertSame(item, files) {
  assert.deepEqual(item.files.map(({ name, size, sha256 }) => ({ name, size, sha256 })),
    files.map((file) => ({ name: file.name, size: file.size, sha256: digestOf(file) })))
}

for (const [from, to] of [['chromium', 'firefox'], ['firefox', 'chromium'], ['chromium', 'chromium'], ['firefox', 'firefox']]) {
  test(`${from} to ${to}`, async (t) => {
    const files = [{ name: 'Mémo ☂.webm', seed: from.length * 10 + to.length, size: MiB + 1, type: 'audio/webm' }]
    const [sender, receiver] = await Promise.all([samaraPage(t, { browser: from }), samaraPage(t, { browser: to })])
    const { url } = await share(sender, files)
    const item = await receiveAll(receiver, url)
    assertSame(item, files)
    assert.equal(item.name, files[0].name)
    assert.deepEqual(item.progress.have, [[0, files[0].size]])
    const stats = await sender.evaluate(async () => {
      const [shared] = await sm.samara.shares()
      await kit.until(() => shared.snapshot.delivered === 1)
      return shared.stats()
    })
    assert.equal(stats.state, 'serving')
    assert.ok(stats.uploadedBytes >= files[0].size)
  }, { timeout_ms: 45_000 })
}

test('three peers in one swarm, one of them webtorrent, start together', async (t) => {
  const trackers = [t.tracker.url]
  const files = [{ name: 'three.bin', seed: 301, size: 4 * MiB }]
  const [sender, receiver, other] = await Promise.all([samaraPage(t), samaraPage(t, { browser: 'firefox' }), webtorrentPage(t)])
  const { url, magnet } = await share(sender, files)
  const [item, received] = await Promise.all([
    receiveAll(receiver, url), other.evaluate((given) => wt.receive(given), { magnet, trackers })])
  assertSame(item, files)
  assert.equal(received.files[0].sha256, digestOf(files[0]))
}, { timeout_ms: 60_000 })

const SPLIT_ATTEMPTS = 5 // whether the two receivers find each other early is the tracker's dice

test('the sender is killed when two receivers hold every piece between them but neither all: both finish', async (t) => {
  const limits = { downloadBytesPerSecond: 512 * KiB, uploadBytesPerSecond: 192 * KiB } // a head start of one is no matter then
  for (let attempt = 1; attempt <= SPLIT_ATTEMPTS; attempt += 1) {
    const files = [{ name: 'split.bin', seed: 302 + attempt, size: 3 * MiB }]
    const [sender, a, b] = await Promise.all([samaraPage(t), samaraPage(t, { open: { limits } }), samaraPage(t, { open: { limits } })])
    const { url } = await share(sender, files)
    for (const page of [a, b]) await page.evaluate((link) => { sm.receive({ link }) }, url)
    const split = await untilSplit([a, b], files[0].size)
    await sender.kill()
    if (split) {
      const items = await Promise.all([a, b].map((page) => page.evaluate(async () => sm.plainItem(await sm.transfer.done))))
      for (const item of items) assertSame(item, files)
      return
    }
    await Promise.all([a.close(), b.close()])
  }
  assert.fail('the receivers never held all between them while neither did')
}, { timeout_ms: 150_000 })

/** True once the ranges that the receivers have cover the item together while none has it all; false when one was whole first. */
async function untilSplit(pages, size) {
  for (const end = Date.now() + 40_000; Date.now() < end;) {
    const seen = await Promise.all(pages.map((page) => page.evaluate(() => sm.progress())))
    if (seen.some(({ state }) => state === 'done')) return false
    if (covered(seen.flatMap(({ have }) => have)) === size) return true
    await new Promise((resolve) => setTimeout(resolve, 30))
  }
  throw new Error('the receivers got nowhere')
}

function covered(ranges) {
  let end = 0
  for (const [from, to] of ranges.toSorted((x, y) => x[0] - y[0])) {
    if (from > end) return end
    end = Math.max(end, to)
  }
  return end
}

test('a receiver goes on serving after the sender has left', async (t) => {
  const files = [{ name: 'pass it on.bin', seed: 303, size: 300 * KiB }]
  const [sender, second, third] = await Promise.all([samaraPage(t), samaraPage(t), samaraPage(t)])
  const { url } = await share(sender, files)
  assertSame(await receiveAll(second, url), files)
  await sender.kill()
  assertSame(await receiveAll(third, url), files)
})

test('the receiver comes first and waits for the sender', async (t) => {
  const files = [{ name: 'later.bin', seed: 304, size: 200 * KiB }]
  const [sender, receiver] = await Promise.all([samaraPage(t, { open: false }), samaraPage(t)])
  const other = await samaraPage(t)
  const { url } = await share(other, files)
  await other.close()
  const waiting = receiveAll(receiver, url)
  await receiver.evaluate(() => kit.until(() => sm.progress().reason === 'no-one-has-it', 15_000, 'the reason no-one-has-it'))
  await sender.evaluate((trackers) => sm.open({ trackers }), [t.tracker.url])
  await share(sender, files)
  assertSame(await waiting, files)
}, { timeout_ms: 60_000 })

test('pages that were far apart in time find each other again after the tracker was restarted', async (t) => {
  const tracker = await t.ownTracker()
  const files = [{ name: 'restart.bin', seed: 305, size: 200 * KiB }]
  const open = { trackers: [tracker.url] }
  const [sender, receiver] = await Promise.all([samaraPage(t, { open }), samaraPage(t, { open })])
  const { url, infoHash } = await share(sender, files)
  await tracker.until(infoHash, 1)
  await tracker.stop()
  await sender.evaluate(() => kit.until(async () => (await sm.samara.health()).trackers[0].state !== 'connected', 10_000, 'a tracker that is down'))
  await tracker.start()
  assertSame(await receiveAll(receiver, url), files)
}, { timeout_ms: 60_000 })
