// accept, pause, resume, cancel, abort, and what is not built yet: the semantics that the API promises.
import assert from 'node:assert/strict'
import { digestOf, KiB, MiB } from '../lib/data.mjs'
import { samaraPage } from '../lib/pages.mjs'
import { describe, test } from '../lib/runner.mjs'

describe('control')

/** A sender slow enough that its receiver can be stopped on the way, and the receiver. */
async function slowPair(t, seed, size = MiB, rate = 512 * KiB) {
  const files = [{ name: 'slow.bin', seed, size }]
  const [sender, receiver] = await Promise.all([samaraPage(t, { open: { limits: { uploadBytesPerSecond: rate } } }), samaraPage(t)])
  const share = await sender.evaluate((what) => sm.share(what), { files })
  return { files, sender, receiver, ...share }
}

const untilMoving = () => kit.until(() => sm.progress().verifiedBytes > 0, 10_000, 'the first verified bytes')

test('accept that says no refuses: nothing is fetched and nothing kept', async (t) => {
  const { receiver, url, files } = await slowPair(t, 501)
  const seen = await receiver.evaluate(async (link) => {
    let asked
    const transfer = sm.receive({ link, options: { accept: (metadata) => { asked = metadata; return false } } })
    const done = await kit.settle(transfer.done)
    return { asked: { name: asked?.name, size: asked?.size, sealed: asked?.sealed, infoHash: asked?.infoHash, files: asked?.files }, done, progress: sm.progress(),
      items: (await sm.samara.items()).length }
  }, url)
  assert.equal(seen.done.error?.code, 'refused')
  assert.equal(seen.progress.state, 'failed')
  assert.deepEqual([seen.asked.name, seen.asked.size, seen.asked.sealed], [files[0].name, files[0].size, false])
  assert.equal(seen.asked.files.length, 1)
  assert.equal(seen.items, 0)
})

test('accept may answer late: nothing is fetched before it does', async (t) => {
  const { receiver, url, files } = await slowPair(t, 502, 128 * KiB)
  const seen = await receiver.evaluate(async (link) => {
    let answer
    const transfer = sm.receive({ link, options: { accept: () => new Promise((resolve) => { answer = resolve }) } })
    await kit.until(() => answer, 10_000, 'the question')
    await kit.sleep(500)
    const before = sm.progress()
    answer(true)
    return { before, item: await sm.plainItem(await transfer.done) }
  }, url)
  assert.deepEqual([seen.before.verifiedBytes, seen.before.state], [0, 'waiting'])
  assert.deepEqual(seen.item.files.map((file) => file.sha256), files.map(digestOf))
})

test('pause keeps the bytes and stops, resume goes on', async (t) => {
  const { receiver, url, files } = await slowPair(t, 504)
  await receiver.evaluate((link) => { sm.receive({ link }) }, url)
  await receiver.evaluate(untilMoving)
  const paused = await receiver.evaluate(async () => {
    await sm.transfer.pause()
    await kit.sleep(300)
    const first = sm.progress()
    await kit.sleep(500)
    return [first, sm.progress()]
  })
  assert.equal(paused[0].state, 'paused')
  assert.ok(paused[0].verifiedBytes > 0 && paused[0].verifiedBytes < files[0].size)
  assert.equal(paused[1].verifiedBytes, paused[0].verifiedBytes)
  const item = await receiver.evaluate(async () => {
    await sm.transfer.resume()
    return sm.plainItem(await sm.transfer.done)
  })
  assert.equal(item.files[0].sha256, digestOf(files[0]))
})

test('cancel discards: the transfer and its bytes are gone', async (t) => {
  const { receiver, url } = await slowPair(t, 505)
  await receiver.evaluate((link) => { sm.receive({ link }) }, url)
  await receiver.evaluate(untilMoving)
  const seen = await receiver.evaluate(async () => {
    const { transfer } = sm
    await transfer.cancel()
    const done = await kit.settle(transfer.done)
    return { done, state: sm.progress().state, transfers: (await sm.samara.transfers()).length, items: (await sm.samara.items()).length }
  })
  assert.equal(seen.state, 'cancelled')
  assert.equal(seen.done.error?.code, 'aborted')
  assert.deepEqual([seen.transfers, seen.items], [0, 0])
})

test('aborting the signal detaches: paused in transfers(), its bytes kept; the same link goes on with them', async (t) => {
  const { receiver, url, files } = await slowPair(t, 506)
  const seen = await receiver.evaluate(async (link) => {
    const controller = new AbortController()
    const transfer = sm.receive({ link, options: { signal: controller.signal } })
    await kit.until(() => sm.progress().verifiedBytes > 100_000)
    controller.abort()
    const done = await kit.settle(transfer.done)
    await kit.sleep(300)
    const listed = (await sm.samara.transfers()).map((one) => sm.progress(one))
    await kit.sleep(400)
    return { done, listed, later: (await sm.samara.transfers()).map((one) => sm.progress(one)) }
  }, url)
  assert.equal(seen.done.error?.code, 'aborted')
  assert.equal(seen.listed.length, 1)
  assert.equal(seen.listed[0].state, 'paused')
  assert.ok(seen.listed[0].verifiedBytes >= 100_000)
  assert.equal(seen.later[0].verifiedBytes, seen.listed[0].verifiedBytes, 'the engine goes on working after an abort')
  const again = await receiver.evaluate(async (link) => {
    const transfer = sm.receive({ link })
    const start = sm.progress()
    const item = await transfer.done
    return { start, item: await sm.plainItem(item), transfers: (await sm.samara.transfers()).filter((one) => one.snapshot.state === 'paused').length }
  }, url)
  assert.equal(again.item.files[0].sha256, digestOf(files[0]))
  assert.equal(again.transfers, 0)
})

test('a signal that was aborted before ends at once', async (t) => {
  const page = await samaraPage(t)
  const seen = await page.evaluate(async () => {
    const done = await kit.settle(sm.samara.receive(`magnet:?xt=urn:btih:${'a1'.repeat(20)}`, { signal: AbortSignal.abort() }).done, 3_000)
    const share = await kit.settle(sm.samara.share(new Blob(['x']), { encrypt: false, signal: AbortSignal.abort() }), 3_000)
    const save = await kit.settle(sm.samara.save(new Blob(['x']), { signal: AbortSignal.abort() }), 3_000)
    return [done, share, save].map((one) => one.error?.code)
  })
  assert.deepEqual(seen, ['aborted', 'aborted', 'aborted'])
})

test('a share can be paused, resumed and stopped for good', async (t) => {
  const files = [{ name: 'stop.bin', seed: 507, size: 100 * KiB }]
  const [sender, receiver] = await Promise.all([samaraPage(t), samaraPage(t)])
  const { url, id } = await sender.evaluate((what) => sm.share(what), { files })
  const state = (call) => sender.evaluate(async (given) => {
    const share = await sm.findShare(given.id)
    await share[given.call]()
    return share.snapshot.state
  }, { id, call })
  assert.equal(await state('pause'), 'paused')
  const waiting = receiver.evaluate((given) => sm.receiveAll(given), { link: url })
  await receiver.evaluate(() => kit.sleep(1_000))
  assert.equal((await receiver.evaluate(() => sm.progress())).verifiedBytes, 0)
  assert.match(await state('resume'), /serving|waiting/)
  assert.equal((await waiting).files[0].sha256, digestOf(files[0]))
  assert.equal(await state('stop'), 'stopped')
  assert.equal(await sender.evaluate(async () => (await sm.samara.shares()).length), 0)
}, { timeout_ms: 45_000 })

test('what is not built yet says unsupported and falls back to nothing', async (t) => {
  const tracker = await t.ownTracker()
  const page = await samaraPage(t, { open: { trackers: [tracker.url] } })
  const codes = await page.evaluate(async () => {
    const blob = new Blob(['x'])
    const { samara } = sm
    const calls = {
      'private, sealed': () => samara.share(blob, { private: true }), 'pieceLength, sealed': () => samara.share(blob, { pieceLength: 65536 }),
      'empty password': () => samara.share(blob, { password: '' }),
      password: () => samara.share(blob, { encrypt: false, password: 'p' }), expiresAt: () => samara.share(blob, { encrypt: false, expiresAt: new Date(2 ** 41) }),
      'sealed swarm': () => samara.share(blob, { swarm: 'sealed' }),
      'vault.create': () => samara.vault.create({ deviceName: 'd' }), 'vault.join': () => samara.vault.join('https://x/#p1.a', { deviceName: 'd' }),
      'vault.recover': () => samara.vault.recover('words', { deviceName: 'd' }), 'vault.import': () => samara.vault.import(blob, 'p'),
      'files of receive()': () => samara.receive(`magnet:?xt=urn:btih:${'d4'.repeat(20)}`, { files: [0] }).done,
      'relay without TURN': () => sm.sdk.open({ name: 'other', iceTransportPolicy: 'relay', iceServers: [] }),
    }
    const seen = {}
    for (const [what, call] of Object.entries(calls)) seen[what] = (await kit.settle(Promise.resolve().then(call), 3_000)).error?.code
    return { seen, shares: (await samara.shares()).length }
  })
  for (const [what, code] of Object.entries(codes.seen)) assert.equal(code, 'unsupported', what)
  assert.equal(codes.shares, 0)
  assert.deepEqual(tracker.announces, [])
})

test('nothing is contacted before share() or receive()', async (t) => {
  const tracker = await t.ownTracker()
  const page = await samaraPage(t, { open: { trackers: [tracker.url] } })
  const kept = await page.evaluate(async () => {
    await sm.samara.save(new Blob(['x']), { name: 'x.txt' })
    await kit.sleep(500)
    return (await sm.samara.health()).connections.open
  })
  assert.equal(kept, 0)
  assert.deepEqual(tracker.announces, [])
})

test('the same bytes and name are the same share; a key finds it', async (t) => {
  const page = await samaraPage(t)
  const seen = await page.evaluate(async () => {
    const share = (text, options) => sm.samara.share(new Blob([text]), { encrypt: false, name: 'same.txt', ...options })
    const [a, b] = [await share('one', { key: 'k' }), await share('one', { key: 'k' })]
    const other = await share('two')
    return { same: a.id === b.id, differs: a.id !== other.id, found: (await sm.samara.findShare('k'))?.id === a.id,
      none: (await sm.samara.findShare('nobody')) === undefined, shares: (await sm.samara.shares()).length }
  })
  assert.deepEqual(seen, { same: true, differs: true, found: true, none: true, shares: 2 })
})
