// What was kept is there after a reload with every server gone; nothing is lost when the store is full, closed or shared.
import assert from 'node:assert/strict'
import { digestOf, KiB, MiB, referenceTorrent } from '../lib/data.mjs'
import { offlinePage, reload, samaraPage } from '../lib/pages.mjs'
import { describe, ROOT, test } from '../lib/runner.mjs'

describe('storage')

const memo = (seed, size = 50 * KiB) => ({ name: `memo ${seed}.webm`, seed, size, type: 'audio/webm' })

/** Saves a file and gives its item as plain values. */
const save = (page, file, options) => page.evaluate(async (given) =>
  sm.plainItem(await sm.samara.save(kit.file(given.file), given.options)), { file, options })

const items = (page) => page.evaluate(() => sm.plainItems())

for (const browser of ['chromium', 'firefox']) {
  test(`${browser}: saved and received items are there after a reload with every server gone`, async (t) => {
    const files = [memo(701), memo(702, 20 * KiB)]
    const [{ page, server }, sender] = await Promise.all([offlinePage(t, browser), samaraPage(t)])
    const { url } = await sender.evaluate((what) => sm.share(what), { files: [files[1]] })
    await save(page, files[0], { description: 'said in the rain', durationSeconds: 12.5, meta: { mood: 'good' } })
    const received = await page.evaluate((link) => sm.receiveAll({ link }), url)
    await sender.close()
    await server.stop()
    const before = await items(page)
    await reload(t, page, { trackers: [] })
    assert.deepEqual(await items(page), before)
    assert.deepEqual(before.map((item) => item.files[0].sha256).sort(), files.map(digestOf).sort())
    const described = await page.evaluate(async (id) => {
      const item = (await sm.samara.items()).find((one) => one.id !== id)
      return [item.description, item.durationSeconds, item.meta, item.addedAt instanceof Date]
    }, received.id)
    assert.deepEqual(described, ['said in the rain', 12.5, { mood: 'good' }, true])
  }, { timeout_ms: 60_000 })
}

for (const how of ['keep: copy', 'an item']) {
  test(`a share of ${how} survives a reload and serves again`, async (t) => {
    const file = memo(how.length + 710)
    const sender = await samaraPage(t)
    const before = await sender.evaluate(async (given) => {
      const source = given.how === 'an item' ? await sm.samara.save(kit.file(given.file)) : kit.file(given.file)
      return sm.plainShare(await sm.samara.share(source, { encrypt: false, key: 'mine', ...(given.how !== 'an item' && { keep: 'copy' }) }))
    }, { how, file })
    await reload(t, sender)
    const after = await sender.evaluate(async () => sm.plainShare(await sm.samara.findShare('mine')))
    for (const what of ['id', 'url', 'magnet', 'infoHash', 'compactUrl']) assert.equal(after[what], before[what])
    assert.match(after.state, /serving|waiting/)
    const receiver = await samaraPage(t)
    const item = await receiver.evaluate((link) => sm.receiveAll({ link }), before.url)
    assert.equal(item.files[0].sha256, digestOf(file))
  })
}

test('a received item is served again after a reload', async (t) => {
  const file = memo(720)
  const [sender, second] = await Promise.all([samaraPage(t), samaraPage(t)])
  const { url } = await sender.evaluate((what) => sm.share(what), { files: [file] })
  await second.evaluate((link) => sm.receiveAll({ link }), url)
  await sender.kill()
  await reload(t, second)
  const third = await samaraPage(t)
  const item = await third.evaluate((link) => sm.receiveAll({ link }), url)
  assert.equal(item.files[0].sha256, digestOf(file))
}, { timeout_ms: 45_000 })

test('a transfer that a reload interrupted goes on with the bytes it had', async (t) => {
  const file = memo(721, 2 * MiB)
  const [sender, receiver] = await Promise.all([samaraPage(t, { open: { limits: { uploadBytesPerSecond: 300 * KiB } } }), samaraPage(t)])
  const { url } = await sender.evaluate((what) => sm.share(what), { files: [file] })
  await receiver.evaluate(async (link) => {
    sm.receive({ link })
    await kit.until(() => sm.progress().verifiedBytes > 300_000)
    await kit.sleep(1_500) // what is verified is journalled twice a second
  }, url)
  await reload(t, receiver)
  const seen = await receiver.evaluate(async () => {
    const [transfer] = await sm.samara.transfers()
    const first = transfer && sm.progress(transfer)
    return { first, item: transfer && await sm.plainItem(await transfer.done) }
  })
  assert.ok(seen.first?.verifiedBytes > 100_000, JSON.stringify(seen.first))
  assert.equal(seen.item.files[0].sha256, digestOf(file))
}, { timeout_ms: 45_000 })

test('a referenced share asks for its source after a reload; provide() checks it against the hashes', async (t) => {
  const file = memo(722)
  const sender = await samaraPage(t)
  const { url, id } = await sender.evaluate((what) => sm.share(what), { files: [file] })
  await reload(t, sender)
  const seen = await sender.evaluate(async (given) => {
    const share = await sm.findShare(given.id)
    const before = share.snapshot.state
    const wrong = await kit.settle(share.provide(kit.file({ ...given.file, seed: 1 })))
    const between = share.snapshot.state
    await share.provide(kit.file(given.file))
    return { before, wrong: wrong.error?.code, between, after: share.snapshot.state }
  }, { id, file })
  assert.deepEqual([seen.before, seen.wrong, seen.between], ['source-needed', 'source-changed', 'source-needed'])
  assert.match(seen.after, /serving|waiting/)
  const receiver = await samaraPage(t)
  const item = await receiver.evaluate((link) => sm.receiveAll({ link }), url)
  assert.equal(item.files[0].sha256, digestOf(file))
}, { timeout_ms: 45_000 })

test('open({source}) gives a referenced share its bytes back', async (t) => {
  const file = memo(723)
  const sender = await samaraPage(t)
  const { id } = await sender.evaluate((what) => sm.share(what), { files: [file], options: { key: 'memo-723' } })
  await reload(t, sender, false)
  const seen = await sender.evaluate(async (given) => {
    const asked = []
    await sm.open({ trackers: given.trackers, source: async (share) => { asked.push({ ...share }); return kit.file(given.file) } })
    const state = await kit.until(async () => {
      const found = (await sm.findShare(given.id))?.snapshot.state
      return /serving|waiting/.test(found) && found
    }, 5_000, 'a share that serves')
    return { asked, state }
  }, { trackers: [t.tracker.url], file, id })
  assert.deepEqual(seen.asked, [{ id, key: 'memo-723' }])
})

test('a second tab opens within 500 ms, has what the first one saved, and goes on alone', async (t) => {
  const context = await t.context()
  const first = await samaraPage(t, { context })
  const file = memo(724)
  const { id } = await save(first, file)
  const second = await samaraPage(t, { context, open: false })
  const opened = await second.evaluate(async (trackers) => {
    const start = performance.now()
    const role = await sm.open({ trackers })
    return { role, ms: performance.now() - start }
  }, [t.tracker.url])
  assert.equal(opened.role, 'follower')
  assert.ok(opened.ms < 500, `${opened.ms} ms`)
  assert.equal((await items(second))[0].id, id)
  await first.close()
  assert.equal((await items(second))[0].files[0].sha256, digestOf(file))
})

test('a page that was killed keeps what it had saved', async (t) => {
  const context = await t.context()
  const file = memo(725)
  const first = await samaraPage(t, { context })
  await save(first, file)
  await first.kill()
  const second = await samaraPage(t, { context })
  assert.equal((await items(second))[0].files[0].sha256, digestOf(file))
})

test('an item and a store over the caps of the app are storage-full; what is there stays', async (t) => {
  const limits = { itemBytes: 64 * MiB, storeBytes: 128 * MiB }
  const page = await samaraPage(t, { open: { limits } })
  const kept = await save(page, memo(726))
  const seen = await page.evaluate(async () => {
    const mebibytes = (count) => new Blob([new Uint8Array(count * 2 ** 20)])
    const attempt = async (blob, name) => (await kit.settle(sm.samara.save(blob, { name }), 60_000)).error?.code ?? 'kept'
    const one = await attempt(new Blob([mebibytes(64), 'x']), 'too large')
    const fills = []
    for (const name of ['first', 'second', 'third']) fills.push(await attempt(mebibytes(60), name))
    return { one, fills }
  })
  assert.equal(seen.one, 'storage-full')
  assert.deepEqual(seen.fills, ['kept', 'kept', 'storage-full'])
  await reload(t, page, { limits })
  const after = await page.evaluate(async () => (await sm.samara.items()).map((item) => item.name))
  assert.deepEqual(after.sort(), ['first', 'memo 726.webm', 'second'])
  const first = await page.evaluate(async (id) => sm.plainItem(await sm.samara.item(id)), kept.id)
  assert.equal(first.files[0].sha256, digestOf(memo(726)))
}, { timeout_ms: 120_000 })

test('a transfer that does not fit is storage-full before a byte is fetched', async (t) => {
  const page = await samaraPage(t, { open: { limits: { itemBytes: 64 * MiB } } })
  const { torrentFile } = await referenceTorrent([{ name: 'big.bin', seed: 1, size: 65 * MiB }], { trackers: [t.tracker.url] })
  const seen = await page.evaluate(async (torrent) => {
    const transfer = sm.receive({ torrentFile: torrent })
    return { done: await kit.settle(transfer.done), progress: sm.progress() }
  }, torrentFile.toString('base64'))
  assert.equal(seen.done.error?.code, 'storage-full')
  assert.equal(seen.progress.state, 'failed')
}, { timeout_ms: 45_000 })

test('a database that is deleted under it is storage that was cleared: it goes on with what comes then', async (t) => {
  const page = await samaraPage(t, { open: { store: 'idbfs' } })
  const files = [memo(727), memo(728)]
  await save(page, files[0])
  const deleted = await page.evaluate(async () => {
    const names = (await indexedDB.databases()).map((one) => one.name)
    const outcomes = names.map((name) => new Promise((resolve) => {
      const request = indexedDB.deleteDatabase(name)
      request.onsuccess = () => resolve('deleted')
      request.onerror = () => resolve('error')
      setTimeout(() => resolve('blocked'), 5_000)
    }))
    return { names, outcomes: await Promise.all(outcomes) }
  })
  assert.ok(deleted.outcomes.length > 0 && deleted.outcomes.every((one) => one === 'deleted'), JSON.stringify(deleted))
  await page.evaluate((file) => kit.until(() => sm.samara.save(kit.file(file)).then(() => true, ({ code }) => { if (code !== 'storage-lost') throw new Error(code) })), files[1])
  assert.deepEqual((await items(page)).map((item) => item.files[0].sha256), [digestOf(files[1])])
  await reload(t, page, { store: 'idbfs' })
  assert.deepEqual((await items(page)).map((item) => item.files[0].sha256), [digestOf(files[1])])
}, { timeout_ms: 45_000 })

test('IndexedDB force-closed by the browser loses nothing and the store goes on', async (t) => {
  const server = await t.ownServer({ mounts: [{ prefix: '/', dir: ROOT }] }) // an origin of its own, to be found by
  const context = await t.context()
  const page = await samaraPage(t, { context, origin: server.origin, open: { store: 'idbfs' } })
  const files = [memo(735), memo(736)]
  await save(page, files[0])
  const internals = await context.newPage()
  await internals.goto('chrome://indexeddb-internals')
  await internals.raw.locator('.indexeddb-origin', { hasText: server.origin }).locator('.force-close').first().click({ timeout: 5_000 })
  await internals.close()
  await save(page, files[1])
  await reload(t, page, { store: 'idbfs' })
  assert.deepEqual((await items(page)).map((item) => item.files[0].sha256).sort(), files.map(digestOf).sort())
}, { timeout_ms: 45_000 })

test('store: memory keeps nothing over a reload and says so in health', async (t) => {
  const page = await samaraPage(t, { open: { store: 'memory' } })
  await save(page, memo(729))
  assert.equal(await page.evaluate(async () => (await sm.samara.health()).storage.kind), 'memory')
  await reload(t, page, { store: 'memory' })
  assert.deepEqual(await items(page), [])
})

test('destroy() deletes the store of its name and no other', async (t) => {
  const page = await samaraPage(t)
  await save(page, memo(730))
  const seen = await page.evaluate(async (trackers) => {
    const other = await sm.sdk.open({ name: 'other', trackers, iceServers: [] })
    await other.save(new Blob(['o']), { name: 'o.txt' })
    await other.close()
    await sm.samara.close()
    await sm.sdk.destroy()
    const again = await sm.sdk.open({ trackers, iceServers: [] })
    const kept = await sm.sdk.open({ name: 'other', trackers, iceServers: [] })
    return [(await again.items()).length, (await kept.items()).length]
  }, [t.tracker.url])
  assert.deepEqual(seen, [0, 1])
})

test('Item.update changes what describes it, for good; the old object stays as it was', async (t) => {
  const page = await samaraPage(t)
  const seen = await page.evaluate(async (file) => {
    const item = await sm.samara.save(kit.file(file), { meta: { a: 1 } })
    const changed = await item.update({ name: 'Ünïted ☂', description: 'd', meta: { b: [2] } })
    return { before: item.name, after: changed.name, sameId: item.id === changed.id, frozen: Object.isFrozen(changed) }
  }, memo(731))
  assert.deepEqual(seen, { before: 'memo 731.webm', after: 'Ünïted ☂', sameId: true, frozen: true })
  await reload(t, page)
  const after = await page.evaluate(async () => {
    const [item] = await sm.samara.items()
    return [item.name, item.description, item.meta]
  })
  assert.deepEqual(after, ['Ünïted ☂', 'd', { b: [2] }])
})

test('remove() forgets the item, stops its shares and frees its place, for good', async (t) => {
  const page = await samaraPage(t)
  const seen = await page.evaluate(async (file) => {
    const item = await sm.samara.save(kit.file(file))
    const used = (await sm.samara.health()).storage.usedBytes
    const share = await sm.samara.share(item, { encrypt: false })
    await sm.samara.remove(item.id)
    const late = await kit.settle(sm.samara.remove(item.id))
    return { used, left: (await sm.samara.health()).storage.usedBytes, state: share.snapshot.state, late: late.error?.code, found: await sm.samara.item(item.id) === undefined }
  }, memo(732, MiB))
  assert.ok(seen.used >= MiB && seen.left < 300_000, JSON.stringify(seen))
  assert.deepEqual([seen.state, seen.late, seen.found], ['stopped', 'not-found', true])
  await reload(t, page)
  assert.deepEqual(await page.evaluate(async () => [(await sm.samara.items()).length, (await sm.samara.shares()).length]), [0, 0])
})

test('keep: false stores nothing after the page is gone', async (t) => {
  const file = memo(733)
  const [sender, receiver] = await Promise.all([samaraPage(t), samaraPage(t)])
  const { url } = await sender.evaluate((what) => sm.share(what), { files: [file] })
  const item = await receiver.evaluate((link) => sm.receiveAll({ link, options: { keep: false } }), url)
  assert.equal(item.files[0].sha256, digestOf(file))
  await reload(t, receiver)
  assert.deepEqual(await items(receiver), [])
})

test('a stream and a buffer are copied, a nameless blob is named by its type', async (t) => {
  const page = await samaraPage(t)
  const seen = await page.evaluate(async () => {
    const stream = new Blob([kit.bytes(5, 100_000)]).stream()
    const streamed = await sm.samara.share(stream, { encrypt: false, name: 'stream.bin' })
    const buffered = await sm.samara.share(kit.bytes(6, 1_000).buffer, { encrypt: false, name: 'buffer.bin' })
    const item = await sm.samara.save(new Blob(['x'], { type: 'audio/webm' }))
    const empty = await sm.samara.share(new Blob([]), { encrypt: false, name: 'empty.bin' })
    return { hashes: [streamed.infoHash, buffered.infoHash], name: item.files[0].name, empty: /^[0-9a-f]{40}$/.test(empty.infoHash) }
  })
  const expected = await Promise.all([referenceTorrent([{ name: 'stream.bin', seed: 5, size: 100_000 }]), referenceTorrent([{ name: 'buffer.bin', seed: 6, size: 1_000 }])])
  assert.deepEqual(seen.hashes, expected.map(({ infoHash }) => infoHash))
  assert.equal(seen.name, 'file.webm')
  assert.ok(seen.empty)
  await reload(t, page)
  const states = await page.evaluate(async () => (await sm.samara.shares()).map((share) => share.snapshot.state))
  assert.ok(states.length >= 2 && states.filter((state) => /serving|waiting/.test(state)).length >= 2, states.join())
})

test('src() plays in an element, stream() gives a range', async (t) => {
  const file = memo(734)
  const page = await samaraPage(t)
  const seen = await page.evaluate(async (given) => {
    const item = await sm.samara.save(kit.file(given))
    const response = await fetch(await item.src())
    const part = await new Response(item.stream(0, { start: 1_000, end: 3_000 })).arrayBuffer()
    const whole = kit.bytes(given.seed, given.size)
    return { whole: await kit.sha256(await response.blob()), part: new Uint8Array(part).every((byte, at) => byte === whole[1_000 + at]), size: part.byteLength }
  }, file)
  assert.deepEqual(seen, { whole: digestOf(file), part: true, size: 2_000 })
})
