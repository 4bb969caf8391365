// Live objects: frozen snapshots that are replaced, events, one engine for one name, errors after the end.
import assert from 'node:assert/strict'
import { KiB, MiB } from '../lib/data.mjs'
import { samaraPage } from '../lib/pages.mjs'
import { describe, test } from '../lib/runner.mjs'

describe('live')

test('snapshots are frozen, replaced on change and announced at most 10 times a second', async (t) => {
  const files = [{ name: 'events.bin', seed: 601, size: 2 * MiB }]
  const [sender, receiver] = await Promise.all([samaraPage(t, { open: { limits: { uploadBytesPerSecond: 700 * KiB } } }), samaraPage(t)])
  const { url } = await sender.evaluate((what) => sm.share(what), { files })
  const seen = await receiver.evaluate(async (link) => {
    const transfer = sm.receive({ link })
    const first = transfer.snapshot
    const copy = JSON.stringify(first)
    const changes = []
    const problems = []
    const names = new Set()
    for (const name of ['progress', 'metadata', 'peer', 'done', 'error']) transfer.addEventListener(name, () => names.add(name))
    transfer.addEventListener('change', (event) => {
      changes.push(performance.now())
      if (!Object.isFrozen(transfer.snapshot)) problems.push('not frozen')
      if (event.detail !== transfer.snapshot) problems.push('the detail is not the snapshot')
    })
    await transfer.done
    await kit.sleep(150)
    const gaps = changes.slice(1).map((at, index) => Math.round(at - changes[index]))
    const crowded = changes.filter((at, index) => changes[index + 10] - at < 900).length // timers of the page may bunch a little
    return { changes: changes.length, crowded, gaps, problems, same: JSON.stringify(first) === copy, replaced: first !== transfer.snapshot,
      frozen: Object.isFrozen(first) && Object.isFrozen(first.have), names: [...names].sort(), state: transfer.snapshot.state }
  }, url)
  assert.ok(seen.changes >= 3, `${seen.changes} changes`)
  assert.equal(seen.crowded, 0, `more than 10 changes in a second; ms between them: ${seen.gaps.join(' ')}`)
  assert.deepEqual(seen.problems, [])
  assert.deepEqual([seen.same, seen.replaced, seen.frozen, seen.state], [true, true, true, 'done'])
  assert.deepEqual(seen.names, ['done', 'metadata', 'peer', 'progress'])
})

test('progress() ends with the transfer, and its last value is the end', async (t) => {
  const files = [{ name: 'iterate.bin', seed: 602, size: MiB }]
  const [sender, receiver] = await Promise.all([samaraPage(t), samaraPage(t)])
  const { url } = await sender.evaluate((what) => sm.share(what), { files })
  const seen = await receiver.evaluate(async (link) => {
    const states = []
    let last
    for await (const progress of sm.receive({ link }).progress()) {
      states.push(progress.state)
      last = progress
    }
    return { states, verified: last.verifiedBytes, item: !!last.item }
  }, url)
  assert.equal(seen.states.at(-1), 'done')
  assert.equal(seen.verified, files[0].size)
  assert.ok(seen.item)
})

test('items, shares and transfers tell what changed', async (t) => {
  const page = await samaraPage(t)
  const seen = await page.evaluate(async () => {
    const { samara } = sm
    const log = { added: [], changed: [], removed: [], shares: [] }
    samara.addEventListener('items', ({ detail }) => { for (const what of ['added', 'changed', 'removed']) log[what].push(...detail[what]) })
    samara.addEventListener('shares', ({ detail }) => log.shares.push(...detail.ids))
    const first = samara.snapshot
    const item = await samara.save(new Blob(['memo']), { name: 'memo.txt' })
    await item.update({ name: 'other.txt' })
    const share = await samara.share(item, { encrypt: false })
    await kit.until(() => samara.snapshot.items === 1 && samara.snapshot.shares === 1, 2_000, 'counts in the snapshot')
    let reason
    share.addEventListener('stopped', ({ detail }) => { reason = detail.reason })
    await samara.remove(item.id)
    await kit.until(() => samara.snapshot.items === 0 && samara.snapshot.shares === 0, 2_000, 'counts back to 0')
    await kit.until(() => log.removed.length, 2_000, 'the removed event')
    return { id: item.id, share: share.id, log, stopped: share.snapshot.state, reason: !!reason, replaced: first !== samara.snapshot, frozen: Object.isFrozen(samara.snapshot) }
  })
  assert.deepEqual(seen.log.added, [seen.id])
  assert.ok(seen.log.changed.includes(seen.id))
  assert.deepEqual(seen.log.removed, [seen.id])
  assert.ok(seen.log.shares.includes(seen.share))
  assert.deepEqual([seen.stopped, seen.reason, seen.replaced, seen.frozen], ['stopped', true, true, true])
})

test('a share names its peers and what they got', async (t) => {
  const files = [{ name: 'peers.bin', seed: 603, size: 300 * KiB }]
  const [sender, receiver] = await Promise.all([samaraPage(t), samaraPage(t)])
  const { url } = await sender.evaluate((what) => sm.share(what), { files })
  await sender.evaluate(async () => {
    const [share] = await sm.samara.shares()
    window.served = new Promise((resolve) => share.addEventListener('served', ({ detail }) => resolve({ ...detail })))
  })
  await receiver.evaluate((given) => sm.receiveAll(given), { link: url })
  const peer = await sender.evaluate(() => window.served)
  assert.ok(peer.sentBytes >= files[0].size)
  assert.equal(peer.fraction, 1)
  assert.match(peer.client, /samara/i)
  assert.match(peer.route, /^(local|direct)$/)
})

test('open() twice in a page is one engine, counted; other options are already-open', async (t) => {
  const page = await samaraPage(t)
  const seen = await page.evaluate(async (trackers) => {
    const options = { trackers, iceServers: [] }
    await sm.samara.close()
    const a = await sm.sdk.open(options)
    const b = await sm.sdk.open(options)
    const other = await kit.settle(sm.sdk.open({ ...options, store: 'memory' }))
    await a.close()
    const item = await b.save(new Blob(['x']), { name: 'x' })
    await b.close()
    const closed = await kit.settle(b.save(new Blob(['y']), { name: 'y' }), 2_000)
    const again = await sm.sdk.open(options)
    return { other: other.error?.code, closed: closed.error?.code, kept: (await again.items()).map((one) => one.id).join() === item.id }
  }, [t.tracker.url])
  assert.deepEqual(seen, { other: 'already-open', closed: 'closed', kept: true })
})

test('every promise settles when the engine is closed under it', async (t) => {
  const page = await samaraPage(t)
  const seen = await page.evaluate(async () => {
    const transfer = sm.samara.receive(`magnet:?xt=urn:btih:${'b2'.repeat(20)}`)
    const outcomes = [kit.settle(transfer.done, 3_000), kit.settle(transfer.metadata, 3_000)]
    await kit.sleep(200)
    await sm.samara.close()
    return (await Promise.all(outcomes)).map((one) => one.error?.code ?? JSON.stringify(one))
  })
  assert.deepEqual(seen, ['closed', 'closed'])
  assert.deepEqual(await page.evaluate(() => kit.unhandled), [])
})

test('health and support say what is measured here', async (t) => {
  const page = await samaraPage(t)
  const seen = await page.evaluate(async () => {
    await sm.samara.share(new Blob(['x']), { encrypt: false, name: 'health.txt' })
    await kit.until(async () => (await sm.samara.health()).trackers[0]?.state === 'connected')
    return { health: await sm.samara.health(), support: await sm.sdk.support(), version: sm.sdk.version }
  })
  assert.equal(seen.health.ok, true)
  assert.equal(seen.health.trackers[0].url, t.tracker.url)
  assert.match(seen.health.storage.kind, /^(opfs|idb|idbfs)$/)
  assert.ok(seen.health.connections.limit > 0)
  assert.deepEqual([seen.support.share, seen.support.receive], [true, true])
  assert.match(seen.version, /^\d+\.\d+\.\d+/)
})

test('an unreachable tracker is a reason with its code, on the transfer and in health', async (t) => {
  const tracker = await t.ownTracker()
  await tracker.stop()
  const page = await samaraPage(t, { open: { trackers: [tracker.url] } })
  const seen = await page.evaluate(async () => {
    const transfer = sm.samara.receive(`magnet:?xt=urn:btih:${'c3'.repeat(20)}`)
    await kit.until(() => transfer.snapshot.reason, 15_000, 'a reason')
    return { reason: transfer.snapshot.reason.code, since: transfer.snapshot.reason.since instanceof Date, ok: (await sm.samara.health()).ok }
  })
  assert.deepEqual(seen, { reason: 'trackers-unreachable', since: true, ok: false })
})
