// Sealed shares from page to page: what the sender said arrives with them, what is kept is plaintext, and what is served
// again is sealed again.
import assert from 'node:assert/strict'
import { bytesOf, digestOf, KiB, MiB } from '../lib/data.mjs'
import { offlinePage, reload, samaraPage, webtorrentPage } from '../lib/pages.mjs'
import { describe, test } from '../lib/runner.mjs'

describe('sealed')

const seal = (page, files, options) => page.evaluate((given) => sm.seal(given), { files, options })
const receiveAll = (page, link) => page.evaluate((given) => sm.receiveAll(given), { link })
const plain = (files) => files.map(({ name, size, sha256 }) => ({ name, size, sha256 }))
const expected = (files) => files.map((file) => ({ name: file.name, size: file.size, sha256: digestOf(file) }))
const memo = (seed, size = 100 * KiB) => ({ name: `memo ${seed}.webm`, seed, size, type: 'audio/webm;codecs=opus' })

const SAID = {
  name: 'Mémo ☂ of May', description: 'said in the rain', createdAt: 1_466_596_832_123, durationSeconds: 93.25,
  meta: { waveform: [0, 3, 7, 2], place: 'Zürich', nested: { a: [null, true, -1.5] } },
  thumbnail: { type: 'image/png', bytes: [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, ...Array(600).keys()].map((n) => n & 255) },
}

for (const [from, to, form] of [['chromium', 'firefox', 'url'], ['firefox', 'chromium', 'compactUrl']]) {
  test(`${from} to ${to} by ${form}: sealed unless said otherwise, with everything the sender said`, async (t) => {
    const file = memo(1001, MiB + 1)
    const [sender, receiver] = await Promise.all([samaraPage(t, { browser: from }), samaraPage(t, { browser: to })])
    const share = await seal(sender, [file], SAID)
    assert.match(share.url, /#seeds=magnet[^&]*&k=[\w-]{43}$/)
    assert.doesNotMatch(share.magnet, /[?&]dn=/)
    assert.match(share.compactUrl, /#s1\.[\w-]{71,}$/)
    const [info] = await receiver.evaluate((link) => sm.sdk.inspect(link), share[form])
    assert.deepEqual([info.kind, info.infoHash, info.passwordNeeded, info.name, info.problem], ['sealed', share.infoHash, false, undefined, undefined])
    const item = await receiveAll(receiver, share[form])
    assert.deepEqual(plain(item.files), expected([file]))
    assert.deepEqual(item.progress.have, [[0, file.size]])
    const seen = await receiver.evaluate(async () => {
      const [metadata, kept] = [await sm.transfer.metadata, await sm.transfer.done]
      return { metadata: await sm.description(metadata), item: await sm.description(kept), sealed: metadata.sealed, unhandled: kit.unhandled }
    })
    const said = { ...SAID, type: file.type, size: file.size, expiresAt: undefined }
    for (const what of ['metadata', 'item']) assert.deepEqual({ ...said, ...seen[what] }, said, what)
    assert.deepEqual([seen.sealed, seen.unhandled], [true, []])
  }, { timeout_ms: 45_000 })
}

test('several files in one link, in their folders', async (t) => {
  const files = [{ ...memo(1011, 30_000), name: 'day 1/memo.webm' }, { ...memo(1012, 1), name: 'day 2/memo.webm' }, memo(1013, 0)]
  const [sender, receiver] = await Promise.all([samaraPage(t), samaraPage(t)])
  const { url } = await sender.evaluate(async (specs) => {
    const list = specs.map(({ name, ...spec }) => Object.defineProperty(kit.file({ ...spec, name: name.split('/').at(-1) }), 'webkitRelativePath', { value: name.includes('/') ? name : '' }))
    return sm.plainShare(await sm.samara.share(list, { name: 'Two days' }))
  }, files)
  const item = await receiveAll(receiver, url)
  assert.deepEqual(plain(item.files), expected(files))
  assert.equal(item.name, 'Two days')
})

for (const browser of ['chromium', 'firefox']) {
  test(`${browser}: kept as plaintext, there offline after a reload, and served on by the recipient when the sender is gone`, async (t) => {
    const file = memo(1021, 300 * KiB)
    const [{ page, server }, sender] = await Promise.all([offlinePage(t, browser), samaraPage(t)])
    const { url } = await seal(sender, [file])
    const item = await receiveAll(page, url)
    await sender.close()
    await server.stop()
    await reload(t, page, { trackers: [] })
    assert.deepEqual((await page.evaluate(() => sm.plainItems())).map(({ files, id }) => [id, plain(files)]), [[item.id, expected([file])]])
    await reload(t, page)
    const third = await samaraPage(t)
    assert.deepEqual(plain((await receiveAll(third, url)).files), expected([file]))
  }, { timeout_ms: 60_000 })
}

test('a share of a copy serves again after a reload; a referenced one is checked when its bytes come back', async (t) => {
  const files = [memo(1031, 200 * KiB), memo(1032, 200 * KiB)]
  const sender = await samaraPage(t)
  const copy = await seal(sender, [files[0]], { keep: 'copy', key: 'copy' })
  const reference = await seal(sender, [files[1]], { key: 'reference' })
  await reload(t, sender)
  const seen = await sender.evaluate(async (given) => {
    const share = await sm.samara.findShare('reference')
    const before = share.snapshot.state
    const wrong = await kit.settle(share.provide(kit.file({ ...given, seed: 1 })))
    await share.provide(kit.file(given))
    return { before, wrong: wrong.error?.code, urls: [(await sm.samara.findShare('copy')).url, share.url] }
  }, files[1])
  assert.deepEqual(seen, { before: 'source-needed', wrong: 'source-changed', urls: [copy.url, reference.url] })
  const receiver = await samaraPage(t)
  for (const [i, { url }] of [copy, reference].entries()) assert.deepEqual(plain((await receiveAll(receiver, url)).files), expected([files[i]]))
})

test('stream() gives plaintext before the rest is there, a range ahead too', async (t) => {
  const file = memo(1041, 3 * MiB)
  const [sender, receiver] = await Promise.all([samaraPage(t, { open: { limits: { uploadBytesPerSecond: 512 * KiB } } }), samaraPage(t)])
  const { url } = await seal(sender, [file])
  const seen = await receiver.evaluate(async ({ link, seed, size }) => {
    const content = kit.bytes(seed, size)
    const transfer = sm.receive({ link })
    const read = async (start, end) => {
      const bytes = await new Response(transfer.stream(0, { start, end })).bytes()
      return { right: bytes.every((byte, i) => byte === content[start + i]), length: bytes.length, verified: sm.progress().verifiedBytes }
    }
    const first = await read(0, 200_000)
    const total = sm.progress().totalBytes
    const far = await read(2_900_001, 3_000_001)
    return { first, far, total, ahead: sm.progress().have.length }
  }, { link: url, ...file })
  for (const [part, length] of [[seen.first, 200_000], [seen.far, 100_000]]) assert.deepEqual([part.right, part.length], [true, length])
  assert.ok(seen.first.verified < file.size / 2 && seen.far.verified < file.size * 0.8, JSON.stringify(seen))
  assert.equal(seen.total, file.size)
}, { timeout_ms: 45_000 })

test('the same link twice is one item, in both forms; the same key and bytes are the same link; other bytes another', async (t) => {
  const [sender, receiver] = await Promise.all([samaraPage(t), samaraPage(t)])
  const file = memo(1051)
  const first = await seal(sender, [file], { key: 'memo' })
  const again = await seal(sender, [file], { key: 'memo' })
  assert.deepEqual(again, first)
  const items = await receiver.evaluate(async ({ url, compactUrl }) => {
    const all = await Promise.all([sm.samara.receive(url).done, sm.samara.receive(compactUrl).done])
    all.push(await sm.samara.receive(url).done)
    return { ids: new Set(all.map((item) => item.id)).size, kept: (await sm.samara.items()).length }
  }, first)
  assert.deepEqual(items, { ids: 1, kept: 1 })
  const seen = await sender.evaluate(async (given) => {
    const before = await sm.samara.findShare('memo')
    let stopped
    before.addEventListener('stopped', ({ detail }) => { stopped = detail.reason.code })
    const other = await sm.samara.share(kit.file({ ...given, seed: 1 }), { key: 'memo' })
    await kit.until(() => stopped, 5_000, 'the end of the old share')
    return { url: other.url, state: before.snapshot.state, stopped, shares: (await sm.samara.shares()).length }
  }, file)
  assert.notEqual(seen.url, first.url)
  assert.notEqual(new URL(seen.url).hash.match(/k=[\w-]+/)[0], new URL(first.url).hash.match(/k=[\w-]+/)[0])
  assert.deepEqual([seen.state, seen.shares], ['stopped', 1])
  const unnamed = await sender.evaluate(async (given) => {
    const share = () => sm.samara.share(kit.file(given))
    return [(await share()).url, (await share()).url]
  }, file)
  assert.notEqual(unnamed[0], unnamed[1], 'without a key every share is a new one')
})

test('a webtorrent page that has only the magnet joins, gets ciphertext, and serves it alone to a page with the link', async (t) => {
  const trackers = [t.tracker.url]
  const file = memo(1061, 500 * KiB)
  const [sender, blind] = await Promise.all([samaraPage(t), webtorrentPage(t)])
  const share = await seal(sender, [file], { name: 'A title' })
  const received = await blind.evaluate((given) => wt.receive(given), { magnet: share.magnet, trackers })
  assert.equal(received.files.length, 1)
  assert.match(received.name, /^[a-z2-7]{16}$/)
  assert.notEqual(received.files[0].sha256, digestOf(file))
  assert.ok(received.files[0].size > file.size)
  await sender.kill()
  const receiver = await samaraPage(t)
  const item = await receiveAll(receiver, share.url)
  assert.deepEqual([item.name, plain(item.files)], ['A title', expected([file])])
}, { timeout_ms: 45_000 })

test('stop() really stops: what runs ends, who comes later finds nobody', async (t) => {
  const [sender, receiver] = await Promise.all([samaraPage(t, { open: { limits: { uploadBytesPerSecond: 256 * KiB } } }), samaraPage(t)])
  const share = await seal(sender, [memo(1071, MiB)])
  await receiver.evaluate(async (link) => {
    sm.receive({ link })
    await kit.until(() => sm.progress().verifiedBytes > 0)
  }, share.url)
  await sender.evaluate(async () => (await sm.samara.shares())[0].stop())
  for (const end = Date.now() + 5_000; t.tracker.members(share.infoHash) > 1 && Date.now() < end;) await new Promise((resolve) => setTimeout(resolve, 20))
  assert.equal(t.tracker.members(share.infoHash), 1)
  const [first, later] = await receiver.evaluate(async () => {
    await kit.until(() => sm.progress().peers === 0, 5_000, 'the end of the connection')
    const { verifiedBytes } = sm.progress()
    await kit.sleep(1_000)
    return [verifiedBytes, sm.progress().verifiedBytes]
  })
  assert.equal(later, first)
  assert.ok(first < MiB)
})

test('expiry: the sender stops, the recipient serves no more, and who opens the link later is told', async (t) => {
  const file = memo(1081, 50 * KiB)
  const [sender, recipient, blind] = await Promise.all([samaraPage(t), samaraPage(t), webtorrentPage(t)])
  const expiresAt = Date.now() + 5_000
  const share = await seal(sender, [file], { expiresAt })
  await sender.evaluate(async () => {
    const [mine] = await sm.samara.shares()
    window.stops = []
    mine.addEventListener('stopped', ({ detail }) => window.stops.push(detail.reason.code))
    window.mine = mine
  })
  const received = blind.evaluate((given) => wt.receive(given), { magnet: share.magnet, trackers: [t.tracker.url] })
  const kept = await recipient.evaluate(async (link) => {
    const item = await sm.samara.receive(link).done
    return [item.expiresAt.getTime(), (await sm.samara.items())[0].expiresAt.getTime()]
  }, share.url)
  assert.deepEqual(kept, [expiresAt, expiresAt])
  await received
  const ended = await sender.evaluate(async () => {
    await kit.until(() => window.stops.length, 10_000, 'the end')
    return { at: Date.now(), stops: window.stops, state: mine.snapshot.state, reason: mine.snapshot.reason.code }
  })
  assert.deepEqual([ended.stops, ended.state, ended.reason], [['expired'], 'expired', 'expired'])
  assert.ok(ended.at - expiresAt < 2_000 && ended.at >= expiresAt, `${ended.at - expiresAt} ms after its end`)
  for (const end = Date.now() + 5_000; t.tracker.members(share.infoHash) > 1 && Date.now() < end;) await new Promise((resolve) => setTimeout(resolve, 20))
  assert.equal(t.tracker.members(share.infoHash), 1, 'only the blind seed is left')
  const late = await samaraPage(t)
  const seen = await late.evaluate(async (link) => {
    const done = await kit.settle(sm.receive({ link }).done, 10_000)
    return { code: done.error?.code, state: sm.progress().state, items: (await sm.samara.items()).length }
  }, share.url)
  assert.deepEqual(seen, { code: 'expired', state: 'failed', items: 0 })
  const again = await recipient.evaluate(async (link) => (await kit.settle(sm.samara.receive(link).done)).error?.code, share.url)
  assert.equal(again, 'expired')
  const past = await sender.evaluate(async () => (await kit.settle(sm.samara.share(new Blob(['x']), { expiresAt: new Date(1) }))).error?.code)
  assert.equal(past, 'expired')
}, { timeout_ms: 45_000 })

test('onprogress tells of the whole that is hashed, and of nothing twice', async (t) => {
  const page = await samaraPage(t)
  const seen = await page.evaluate(async () => {
    const steps = []
    await sm.samara.share(kit.file({ name: 'progress.bin', seed: 1, size: 5_000_000 }), { onprogress: ({ hashed, total }) => steps.push([hashed, total]) })
    return steps
  })
  const [, total] = seen.at(-1)
  assert.ok(seen.length > 1 && total > 5_000_000)
  assert.ok(seen.every(([hashed, all], i) => all === total && hashed > (seen[i - 1]?.[0] ?? 0)))
  assert.equal(seen.at(-1)[0], total)
})

test('bytes that are read of an item are the plaintext, whole and in parts', async (t) => {
  const file = memo(1091, 40 * KiB)
  const [sender, receiver] = await Promise.all([samaraPage(t), samaraPage(t)])
  const { url } = await seal(sender, [file])
  const seen = await receiver.evaluate(async (link) => {
    const item = await sm.receive({ link }).done
    const part = new Uint8Array(await new Response(item.stream(0, { start: 20_000, end: 20_004 })).arrayBuffer())
    return { part: [...part], whole: await kit.sha256(await (await fetch(await item.src())).blob()) }
  }, url)
  assert.deepEqual(seen, { part: [...bytesOf(file).subarray(20_000, 20_004)], whole: digestOf(file) })
})
