// Any number of tabs of one origin: one leads, all have the same API and see the same; leaders come and go.
import assert from 'node:assert/strict'
import { digestOf, KiB, MiB } from '../lib/data.mjs'
import { openSamara, samaraPage } from '../lib/pages.mjs'
import { describe, test } from '../lib/runner.mjs'
import { rolesOf, roleOf, show, slowTransfer, tabOf, tabsOf, takeover } from '../lib/tabs.mjs'

describe('tabs')

const memo = (seed, size = 50 * KiB) => ({ name: `memo ${seed}.webm`, seed, size, type: 'audio/webm' })
const save = (page, file) => page.evaluate(async (given) => (await sm.samara.save(kit.file(given), { name: given.name })).id, file)
const ids = (page) => page.evaluate(async () => (await sm.samara.items()).map((item) => item.id).sort())
const names = (page) => page.evaluate(async () => (await sm.samara.items()).map((item) => item.name).sort())

for (const browser of ['chromium', 'firefox']) {
  test(`${browser}: five tabs have one leader and see the same items, shares, transfers and events`, async (t) => {
    const tabs = await tabsOf(t, 5, { browser })
    const { followers: [a, b] } = await rolesOf(tabs)
    await Promise.all(tabs.map((page) => page.evaluate(() => {
      window.seen = { items: new Set(), shares: new Set(), transfers: new Set() }
      sm.samara.addEventListener('items', ({ detail }) => detail.added.forEach((id) => seen.items.add(id)))
      for (const what of ['shares', 'transfers']) sm.samara.addEventListener(what, ({ detail }) => detail.ids.forEach((id) => seen[what].add(id)))
    })))
    const sender = await samaraPage(t)
    const { url } = await sender.evaluate((what) => sm.share(what), { files: [memo(1001, 200 * KiB)] })
    const saved = await save(a, memo(1002))
    const share = await b.evaluate((file) => sm.share({ files: [file] }), memo(1003))
    const received = await a.evaluate((link) => sm.receiveAll({ link }), url)
    const all = await Promise.all(tabs.map((page) => page.evaluate(async (wanted) => {
      await kit.until(() => wanted.items.every((id) => seen.items.has(id)) && seen.shares.has(wanted.share) && seen.transfers.size, 5_000, 'events')
      await kit.until(() => sm.samara.snapshot.items === 2 && sm.samara.snapshot.shares === 1, 5_000, 'counts')
      return { items: await sm.plainItems(), shares: (await sm.samara.shares()).map(sm.plainShare), transfers: [...seen.transfers], health: (await sm.samara.health()).storage.kind }
    }, { items: [saved, received.id], share: share.id })))
    for (const one of all) assert.deepEqual(one, all[0])
    assert.deepEqual(all[0].shares.map(({ url: link }) => link), [share.url])
    assert.deepEqual(all[0].items.map((item) => item.files[0].sha256).sort(), [memo(1001, 200 * KiB), memo(1002)].map(digestOf).sort())
    assert.deepEqual((await Promise.all(tabs.map((page) => page.evaluate(() => kit.unhandled)))).flat(), [])
  }, { timeout_ms: 60_000 })

  test(`${browser}: a follower saves, shares by reference and by copy, receives and plays; its shares serve others`, async (t) => {
    const tabs = await tabsOf(t, 2, { browser })
    const { followers: [page] } = await rolesOf(tabs)
    const files = [memo(1010, 300 * KiB), memo(1011), memo(1012)]
    const [reference, copy, item] = await page.evaluate(async ([first, second, third]) => {
      const hashed = []
      const shares = [
        await sm.samara.share(kit.file(first), { encrypt: false, onprogress: (p) => hashed.push(p) }),
        await sm.samara.share(kit.file(second), { keep: 'copy' }),
        await sm.samara.share(await sm.samara.save(kit.file(third))),
      ]
      if (!hashed.length || hashed.at(-1).hashed !== first.size) throw new Error(`hashed: ${JSON.stringify(hashed)}`)
      return shares.map(sm.plainShare)
    }, files)
    const other = await samaraPage(t)
    for (const [index, { url }] of [reference, copy, item].entries()) {
      const got = await other.evaluate((link) => sm.receiveAll({ link }), url)
      assert.equal(got.files[0].sha256, digestOf(files[index]))
    }
    const film = memo(1013, 3 * MiB)
    const { url } = await other.evaluate((what) => sm.share(what), { files: [film] })
    const played = await page.evaluate(async (link) => {
      const transfer = sm.receive({ link })
      const end = await new Response(transfer.stream(0, { start: -1000 })).blob()
      const whole = await new Response(transfer.stream()).blob()
      const done = await transfer.done
      return { whole: await kit.sha256(whole), end: end.size, item: await kit.sha256(await done.blob()) }
    }, url)
    assert.deepEqual(played, { whole: digestOf(film), end: 1000, item: digestOf(film) })
  }, { timeout_ms: 60_000 })
}

/** Ways for a leader to go. Each gets its page and those of the others. */
const ENDS = {
  closes: { browsers: ['chromium', 'firefox'], end: (leader) => leader.close() },
  'is closed by the app': { browsers: ['chromium', 'firefox'], end: (leader) => leader.evaluate(() => sm.samara.close()) },
  crashes: { browsers: ['chromium'], end: (leader) => leader.kill() },
  'is hidden': { browsers: ['chromium', 'firefox'], end: (leader) => show(leader, false) },
  reloads: { browsers: ['chromium', 'firefox'], end: (leader) => leader.reload() },
  'is frozen': { browsers: ['freezable'], end: (leader) => leader.freeze() },
}

for (const [how, { browsers, end }] of Object.entries(ENDS)) {
  for (const browser of browsers) {
    test(`${browser}: the leader ${how}: another leads within 2 s, transfers and calls go on, nothing acknowledged is lost`, async (t) => {
      const tabs = await tabsOf(t, 3, { browser })
      const { leader, followers } = await rolesOf(tabs)
      const [page, other] = followers
      const file = memo(1020, 2 * MiB)
      const kept = [await save(leader, memo(1021)), await save(page, memo(1022))]
      const { url } = await other.evaluate((what) => sm.share(what), { files: [memo(1023)] })
      await slowTransfer(t, page, file, 500 * KiB)
      await takeover(followers, () => end(leader))
      assert.deepEqual((await ids(page)).sort(), kept.sort())
      const item = await page.evaluate(async () => sm.plainItem(await sm.transfer.done))
      assert.equal(item.files[0].sha256, digestOf(file))
      await Promise.all(followers.map((one) => one.evaluate((id) => kit.until(async () => (await sm.samara.item(id))), item.id)))
      const states = await other.evaluate(() => kit.until(async () => {
        const [share] = await sm.samara.shares()
        return /serving|waiting/.test(share.snapshot.state) && share.snapshot.state
      }))
      assert.ok(states)
      const receiver = await samaraPage(t)
      const again = await receiver.evaluate((link) => sm.receiveAll({ link }), url)
      assert.equal(again.files[0].sha256, digestOf(memo(1023)), 'a referenced share goes on with the Blob of the tab that has it')
      for (const one of followers) assert.deepEqual(await one.evaluate(() => kit.unhandled), [])
    }, { timeout_ms: 60_000 })
  }
}

/** Tabs whose leader falls asleep without a word, as when the whole process is stopped. */
async function soundSleeper(t, count, open) {
  const context = await t.context('freezable')
  const leader = await tabOf(t, context, false)
  await leader.evaluate(() => addEventListener('freeze', (event) => event.stopImmediatePropagation(), true))
  await openSamara(t, leader, open)
  return { leader, followers: await tabsOf(t, count - 1, { context, open }) }
}

for (const how of ['told so', 'said nothing']) test(`freezable: a leader that fell asleep and ${how} wakes up as a follower, writes nothing, and has the same as the others`, async (t) => {
  const tabs = how === 'told so' ? await rolesOf(await tabsOf(t, 2, { browser: 'freezable' })) : await soundSleeper(t, 2)
  const { leader, followers: [page] } = tabs
  const first = await save(leader, memo(1030))
  await leader.evaluate((file) => { // under way when it falls asleep, and never answered by its own engine
    window.late = sm.samara.save(kit.file(file), { name: 'late' })
  }, memo(1031, 4 * MiB))
  await leader.freeze()
  await rolesOf([page])
  const second = await save(page, memo(1032))
  await leader.wake()
  const late = await leader.evaluate(async () => {
    await kit.until(() => sm.samara.snapshot.role === 'follower', 5_000, 'its place')
    return (await late).id
  })
  assert.deepEqual(await ids(leader), [first, second, late].sort())
  assert.deepEqual(await ids(page), [first, second, late].sort())
  const third = await save(leader, memo(1033))
  for (const tab of [leader, page]) {
    const items = await tab.evaluate(() => sm.plainItems())
    assert.deepEqual(items.find(({ id }) => id === third).files[0].sha256, digestOf(memo(1033)))
    assert.deepEqual(items.find(({ id }) => id === late).files[0].sha256, digestOf(memo(1031, 4 * MiB)))
  }
  await Promise.all([leader.close(), page.close()])
}, { timeout_ms: 60_000 })

test('freezable: a leader that says nothing any more is replaced, also when nobody told that it sleeps', async (t) => {
  const { leader, followers: [page, other] } = await soundSleeper(t, 3)
  const id = await save(page, memo(1040))
  const start = performance.now()
  await leader.freeze()
  const { leader: heir } = await rolesOf([page, other])
  assert.deepEqual(await ids(page), [id])
  assert.deepEqual(await ids(other), [id])
  console.log(`       led again ${Math.round(performance.now() - start)} ms after it said its last word (${heir === page ? 'first' : 'second'} follower)`)
  assert.ok(performance.now() - start < 3_500)
}, { timeout_ms: 60_000 })

for (const store of ['idbfs', 'memory']) {
  test(`freezable: store ${store} of a leader that says nothing is never taken away: other-tab stands until it wakes`, async (t) => {
    const { leader, followers: [page] } = await soundSleeper(t, 2, { store })
    const first = await save(page, memo(1050))
    await leader.freeze()
    const reason = await page.evaluate(async () => {
      await kit.until(() => sm.samara.snapshot.reasons.length, 5_000, 'a reason')
      window.saved = sm.samara.save(kit.file({ seed: 1051, size: 100 }), { name: 'meanwhile' })
      await kit.sleep(1_000)
      const { code, action } = sm.samara.snapshot.reasons[0]
      return { code, action, role: sm.samara.snapshot.role }
    })
    assert.deepEqual(reason, { code: 'other-tab', action: 'switch-tab', role: 'follower' })
    await leader.wake()
    const second = await page.evaluate(async () => {
      const { id } = await window.saved
      await kit.until(() => !sm.samara.snapshot.reasons.length, 5_000, 'the end of the reason')
      return id
    })
    for (const tab of [leader, page]) assert.deepEqual(await ids(tab), [first, second].sort())
    assert.equal(await roleOf(leader), 'leader')
  }, { timeout_ms: 60_000 })
}

test('a store in memory is shared by tabs, and gone with the one that leads: live objects end honestly', async (t) => {
  const [leader, page] = await tabsOf(t, 2, { open: { store: 'memory' } })
  await save(leader, memo(1060))
  await slowTransfer(t, page, memo(1061, 4 * MiB), 200 * KiB)
  await page.evaluate(async () => {
    window.removed = []
    sm.samara.addEventListener('items', ({ detail }) => removed.push(...detail.removed))
    window.copy = await sm.samara.share(new Blob(['kept in memory']), { keep: 'copy', encrypt: false })
  })
  assert.deepEqual(await names(page), ['memo 1060.webm'])
  await takeover([page], () => leader.close())
  const seen = await page.evaluate(async () => {
    await kit.until(() => removed.length && copy.snapshot.state === 'stopped', 5_000, 'ends')
    await kit.until(() => sm.progress().state === 'receiving', 10_000, 'the transfer, from its beginning')
    return { items: (await sm.samara.items()).length, unhandled: kit.unhandled }
  })
  assert.deepEqual(seen, { items: 0, unhandled: [] })
}, { timeout_ms: 45_000 })

for (const browser of ['chromium', 'firefox']) {
  test(`${browser}: tabs that open at the same moment agree on one leader`, async (t) => {
    const context = await t.context(browser)
    const tabs = []
    for (let i = 0; i < 4; i += 1) tabs.push(await samaraPage(t, { context, open: false }))
    await Promise.all(tabs.map((page) => show(page, true)))
    await Promise.all(tabs.map((page) => openSamara(t, page)))
    const saved = await Promise.all(tabs.map((page, index) => save(page, memo(1070 + index))))
    for (const page of tabs) assert.deepEqual(await ids(page), saved.toSorted())
    await rolesOf(tabs)
  })

  test(`${browser}: what any tab was told is saved is there after all of them were closed, whatever leaders did meanwhile`, async (t) => {
    const context = await t.context(browser)
    const tabs = await tabsOf(t, 4, { context })
    await Promise.all(tabs.map((page, tab) => page.evaluate((number) => {
      window.told = []
      window.running = (async () => {
        for (let i = 0; ; i += 1) told.push((await sm.samara.save(new Blob([`${number} ${i}`]), { name: `${number} ${i}` })).name)
      })()
      running.catch(() => {})
    }, tab)))
    const told = []
    for (let left = tabs; left.length > 1;) {
      const { leader, followers } = await rolesOf(left)
      await leader.evaluate(() => kit.until(() => told.length > 3))
      told.push(...await leader.evaluate(() => window.told))
      await leader.kill()
      left = followers
      for (const page of left) await page.evaluate((before) => kit.until(() => told.length > before), await page.evaluate(() => window.told.length))
      if (left.length === 1) {
        told.push(...await left[0].evaluate(() => window.told))
        await left[0].close()
      }
    }
    const [page] = await tabsOf(t, 1, { context })
    const kept = await names(page)
    assert.deepEqual(told.filter((name) => !kept.includes(name)), [], 'lost')
    assert.equal(new Set(kept).size, kept.length, `twice: ${kept.filter((name, index) => kept.indexOf(name) !== index)}`)
    console.log(`       ${told.length} saves acknowledged, ${kept.length} kept`)
  }, { timeout_ms: 60_000 })
}

test('a save that was under way when the leader crashed makes exactly one item', async (t) => {
  for (let round = 0; round < 3; round += 1) {
    const [leader, page] = await tabsOf(t, 2)
    const file = memo(1080 + round, MiB)
    const saving = save(page, file)
    await new Promise((resolve) => setTimeout(resolve, 10 * round))
    await leader.kill()
    const id = await saving
    const items = await page.evaluate(() => sm.plainItems())
    assert.deepEqual(items.map((item) => [item.id, item.files[0].sha256]), [[id, digestOf(file)]])
    await page.close()
  }
}, { timeout_ms: 60_000 })

test('a share that was under way when the leader closed is one share, and hashing goes on in the other tab', async (t) => {
  const [leader, page] = await tabsOf(t, 2)
  const file = memo(1085, 24 * MiB)
  const sharing = page.evaluate((given) => sm.seal({ files: [given] }), file)
  await page.evaluate(() => kit.sleep(100))
  await leader.close()
  const share = await sharing
  assert.deepEqual(await page.evaluate(async () => (await sm.samara.shares()).map(({ id }) => id)), [share.id])
  const receiver = await samaraPage(t)
  const item = await receiver.evaluate((link) => sm.receiveAll({ link }), share.url)
  assert.equal(item.files[0].sha256, digestOf(file))
}, { timeout_ms: 60_000 })

test('accept is asked once, whichever tab leads when the answer comes', async (t) => {
  const [leader, page] = await tabsOf(t, 2)
  const sender = await samaraPage(t)
  const file = memo(1090, 300 * KiB)
  const { url } = await sender.evaluate((what) => sm.share(what), { files: [file] })
  await page.evaluate(async (link) => {
    window.asked = 0
    sm.receive({ link, options: { accept: () => (asked += 1, new Promise((resolve) => { window.answer = resolve })) } })
    await kit.until(() => asked)
  }, url)
  await takeover([page], () => leader.close())
  const seen = await page.evaluate(async () => {
    answer(true)
    return { item: await sm.plainItem(await sm.transfer.done), asked }
  })
  assert.deepEqual([seen.asked, seen.item.files[0].sha256], [1, digestOf(file)])
}, { timeout_ms: 45_000 })

test('a follower that closes is forgotten; what it shared by reference is served on while its bytes are known', async (t) => {
  const [leader, page] = await tabsOf(t, 2)
  const file = memo(1095, 100 * KiB)
  const { url } = await page.evaluate((what) => sm.share(what), { files: [file] })
  await page.close()
  const receiver = await samaraPage(t)
  const item = await receiver.evaluate((link) => sm.receiveAll({ link }), url)
  assert.equal(item.files[0].sha256, digestOf(file))
  assert.equal(await roleOf(leader), 'leader')
})

test('when the engine of the leader traps, calls of all tabs say engine-restarted and everything goes on', async (t) => {
  const [leader, page] = await tabsOf(t, 2)
  const id = await save(page, memo(1100))
  const calls = page.evaluate(() => kit.settle(new Promise((resolve, reject) => {
    const again = () => sm.samara.items().then(again, reject)
    again()
  })))
  await leader.evaluate(() => sm.samara.bridge.post({ t: 'in', kind: 999, handle: 0 }))
  assert.equal((await calls).error?.code, 'engine-restarted')
  for (const tab of [leader, page]) assert.deepEqual(await ids(tab), [id])
  assert.deepEqual([await roleOf(leader), await roleOf(page)], ['leader', 'follower'])
})

test('a hidden leader keeps a store in memory: handing over would lose it', async (t) => {
  const [leader, page] = await tabsOf(t, 2, { open: { store: 'memory' } })
  const id = await save(leader, memo(1105))
  await show(leader, false)
  await page.evaluate(() => kit.sleep(1_000))
  assert.equal(await roleOf(leader), 'leader')
  assert.deepEqual(await ids(page), [id])
})

test('already-open: destroy() while another tab has the store, and tabs that want connections of another kind', async (t) => {
  const [leader, page] = await tabsOf(t, 2)
  const id = await save(leader, memo(1110))
  const codes = await page.evaluate(async (trackers) => {
    const relay = { trackers, iceTransportPolicy: 'relay', iceServers: [{ urls: 'turn:127.0.0.1:9', username: 'u', credential: 'c' }] }
    await sm.samara.close()
    const destroyed = await kit.settle(sm.sdk.destroy())
    const other = await kit.settle(sm.sdk.open(relay))
    await sm.open({ trackers })
    return { destroyed: destroyed.error?.code, other: other.error?.code, why: other.error?.params.why }
  }, [t.tracker.url])
  assert.deepEqual(codes, { destroyed: 'already-open', other: 'already-open', why: 'ice-transport-policy' })
  assert.deepEqual(await ids(page), [id])
})

test('settings that change in all tabs: each closes and opens again, and they agree', async (t) => {
  const tabs = await tabsOf(t, 3)
  const id = await save(tabs[0], memo(1115))
  const relay = { iceTransportPolicy: 'relay', iceServers: [{ urls: 'turn:127.0.0.1:9', username: 'u', credential: 'c' }] }
  await Promise.all(tabs.map((page) => page.evaluate(async ({ options, limit }) => {
    await sm.samara.close()
    await kit.until(() => sm.open(options).then(() => true, ({ code }) => { if (code !== 'already-open') throw new Error(code) }), limit)
  }, { options: { trackers: [t.tracker.url], ...relay }, limit: 8_000 })))
  await rolesOf(tabs)
  for (const page of tabs) assert.deepEqual(await ids(page), [id])
}, { timeout_ms: 45_000 })

test('storage that is cleared while tabs are open: all of them go on with an empty store, and what was alive ends honestly', async (t) => {
  const [leader, page] = await tabsOf(t, 2)
  await save(leader, memo(1120))
  await page.evaluate(async () => {
    window.removed = []
    sm.samara.addEventListener('items', ({ detail }) => removed.push(...detail.removed))
    await sm.samara.items()
    window.share = await sm.samara.share(new Blob(['by reference']))
  })
  await slowTransfer(t, page, memo(1121, 4 * MiB), 200 * KiB)
  const session = await leader.cdp()
  await session.send('Storage.clearDataForOrigin', { origin: t.server.origin, storageTypes: 'file_systems,indexeddb' })
  const id = await page.evaluate((file) => kit.until(() => // the call that finds out may say storage-lost
    sm.samara.save(kit.file(file)).then((item) => item.id, ({ code }) => { if (code !== 'storage-lost') throw new Error(code) })), memo(1122))
  for (const tab of [leader, page]) assert.deepEqual(await ids(tab), [id])
  const seen = await page.evaluate(async () => {
    await kit.until(() => removed.length && share.snapshot.state === 'stopped' && sm.progress().state === 'failed', 5_000, 'ends')
    return { code: (await kit.settle(sm.transfer.done)).error.code, role: sm.samara.snapshot.role, unhandled: kit.unhandled }
  })
  assert.deepEqual(seen, { code: 'storage-lost', role: 'follower', unhandled: [] })
}, { timeout_ms: 45_000 })
