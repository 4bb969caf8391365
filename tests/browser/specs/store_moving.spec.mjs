// Which store is opened, and the move of older stores into it: nothing is lost wherever it is cut.
import assert from 'node:assert/strict'
import { describe, test } from '../lib/runner.mjs'
import { storePage } from '../lib/store_page.mjs'

describe('store moving')

/** Puts what the following functions share into the worker. */
const prepare = ({ inWorker }) => inWorker(() => {
  const content = (seed, length) => Uint8Array.from({ length }, (_, i) => (seed * 31 + i * 7 + (i >> 8)) & 255)
  self.BLOBS = new Map([[1, content(1, 3000)], [16, content(2, 700_000)], [17, content(3, 10)], [20, content(4, 300_000)]])
  self.same = (a, b) => a.length === b.length && a.every((byte, i) => byte === b[i])
  /** What is wrong with what a store has. */
  self.differences = async ({ store, listing }) => {
    const wrong = []
    if (listing.map(({ blob }) => blob).sort().join() !== [...BLOBS.keys()].sort().join()) wrong.push(`listed ${JSON.stringify(listing)}`)
    for (const [blob, bytes] of BLOBS) {
      const read = await Promise.resolve().then(() => store.read(blob, 0, bytes.length)).catch((error) => `${error}`)
      if (!same(read, bytes)) wrong.push(`blob ${blob}: ${read.length}`)
    }
    return wrong
  }
  self.mount = (name) => world.all.mountOf(name)
  /** When the old store has been deleted, which nobody waits for. */
  self.isGone = async (name) => {
    for (let tries = 0; tries < 200; tries++) {
      if (!(await world.databases())?.includes(name)) return true
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    return false
  }
})

for (const browser of ['chromium', 'firefox']) {
  test(`${browser}: a store of the first version is moved to OPFS, once`, async (t) => {
    const page = await storePage(t, { browser })
    await prepare(page)
    const seen = await page.inWorker(async () => {
      await world.writeFirstVersion(mount('old'), BLOBS)
      const first = await world.openStore('old')
      const wrong = await differences(first)
      const gone = await isGone(mount('old'))
      await first.store.write(20, 300_000, new Uint8Array(10))
      await first.store.close()
      const again = await world.openStore('old')
      return { kind: first.store.kind, fell: first.fell, wrong, gone, again: await differences(again) }
    })
    assert.deepEqual(seen, { kind: 'opfs', fell: [], wrong: [], gone: true, again: [] })
  })
}

test('without OPFS it is moved to IndexedDB rows, and from there to OPFS when that works again', async (t) => {
  const page = await storePage(t)
  await prepare(page)
  const seen = await page.inWorker(async () => {
    await world.writeFirstVersion(mount('rows'), BLOBS)
    const works = world.patched(navigator.storage, { getDirectory: () => async () => { throw new DOMException('no', 'SecurityError') } })
    const first = await world.openStore('rows')
    const wrong = await differences(first)
    const gone = [await isGone(mount('rows'))]
    await first.store.close()
    works()
    const second = await world.openStore('rows')
    const again = await differences(second)
    gone.push(await isGone(world.all.rowsOf('rows')))
    return { kinds: [first.store.kind, second.store.kind], fell: first.fell, wrong, again, gone }
  })
  assert.deepEqual(seen, { kinds: ['idb', 'opfs'], fell: [{ from: 'opfs', why: 'SecurityError' }], wrong: [], again: [], gone: [true, true] })
})

test('later ranges win, holes stay, what is not as its name says is left out', async (t) => {
  const page = await storePage(t)
  await prepare(page)
  const seen = await page.inWorker(async () => {
    const file = (name, bytes) => ({ path: `${mount('ranges')}/${name}`, bytes })
    await world.writeFirstVersion(mount('ranges'), [[1, new Uint8Array(20).fill(1)]], [
      file('15.64.64.7', new Uint8Array(100).fill(7)),
      file('15.96.a.3', new Uint8Array(10).fill(3)), // under the one before
      file('15.c8.5.8', new Uint8Array(4)), // shorter than it says
      file('15.64.0a.9', new Uint8Array(10).fill(9)), // not a name of ours
      file('lease', new Uint8Array(0)),
    ])
    const { store, listing } = await world.openStore('ranges')
    return { blobs: listing.map(({ blob }) => blob), hole: [...await store.read(21, 0, 100)].every((byte) => !byte), bytes: [...new Set(await store.read(21, 100, 100))] }
  })
  assert.deepEqual(seen, { blobs: [1, 21], hole: true, bytes: [7] })
})

test('where there is no room for it, the old store is opened as it is, and moved when there is', async (t) => {
  const page = await storePage(t)
  await prepare(page)
  const seen = await page.inWorker(async () => {
    await world.writeFirstVersion(mount('full'), BLOBS)
    const room = world.fill.opfs()
    const probe = world.patched(FileSystemSyncAccessHandle.prototype, { write: (write) => function (bytes, at) {
      if (bytes.length > 1) return write.call(this, bytes, at)
      return bytes.length // the probe
    } })
    const first = await world.openStore('full')
    const wrong = await differences(first)
    await first.store.write(1, 3000, new Uint8Array(10).fill(5))
    await first.store.close()
    const explicit = await world.openStore('full', { store: 'opfs' }).catch((error) => error.status)
    probe()
    room()
    const second = await world.openStore('full')
    const after = { wrong: await differences(second), appended: [...await second.store.read(1, 3000, 10)] }
    return { kinds: [first.store.kind, second.store.kind], fell: first.fell.map(({ from }) => from), wrong, explicit, after }
  })
  assert.deepEqual(seen, { kinds: ['idbfs', 'opfs'], fell: ['opfs'], wrong: [], explicit: 1, after: { wrong: [], appended: Array(10).fill(5) } })
})

test('an old store beside one that is in use is left alone', async (t) => {
  const page = await storePage(t)
  await prepare(page)
  const seen = await page.inWorker(async () => {
    const first = await world.openStore('both')
    await first.store.write(1, 0, new Uint8Array(20))
    await first.store.close()
    await world.writeFirstVersion(mount('both'), BLOBS)
    const { store, listing } = await world.openStore('both')
    await new Promise((resolve) => setTimeout(resolve, 100))
    const old = await world.openStore('both', { store: 'idbfs' })
    return { kind: store.kind, listing, old: await differences(old) }
  })
  assert.deepEqual(seen, { kind: 'opfs', listing: [{ blob: 1, bytes: 20 }], old: [] })
})

for (const kind of ['idbfs', 'idb']) {
  test(`a mark of a move that was cut at its end does not delete a store that came later: ${kind}`, async (t) => {
    const page = await storePage(t)
    await prepare(page)
    const cut = await page.inWorker(async () => {
      await world.writeFirstVersion(mount('late'), BLOBS)
      world.patched(FileSystemDirectoryHandle.prototype, { removeEntry: (remove) => async function (name) {
        const isMark = name.startsWith('moved') && (await this.getFileHandle(name).then(() => true, () => false))
        return isMark ? new Promise(() => {}) : remove.call(this, name)
      } })
      const { store } = await world.openStore('late')
      const gone = await isGone(mount('late'))
      await store.close()
      return { gone, marks: (await store.marks.marks()).filter((mark) => mark.startsWith('moved')).length }
    })
    assert.deepEqual(cut, { gone: true, marks: 1 })
    await renew(page)
    await page.inWorker(async (kind) => {
      const { store } = await world.openStore('late', { store: kind })
      await store.write(1, 0, new Uint8Array(20).fill(9))
      await store.write(16, 0, new Uint8Array(30).fill(9))
      await store.close()
    }, kind)
    await renew(page)
    const second = await page.inWorker(async () => {
      const opening = await world.openStore('late')
      const isMarked = async () => (await opening.store.marks.marks()).some((mark) => mark.startsWith('moved'))
      while (await isMarked()) await new Promise((resolve) => setTimeout(resolve, 10))
      return differences(opening)
    })
    assert.deepEqual(second, [])
    await renew(page)
    const later = await page.inWorker(async (kind) => (await world.openStore('late', { store: kind })).listing.map(({ blob }) => blob).sort(), kind)
    assert.deepEqual(later, [1, 16])
  })
}

test('a lock that was taken moves nothing: a tab of the first version may be alive', async (t) => {
  const page = await storePage(t)
  await prepare(page)
  const seen = await page.inWorker(async () => {
    await world.writeFirstVersion(mount('alive'), BLOBS)
    const stolen = await world.openStore('alive', { stolen: true }).catch((error) => error.status)
    const later = await world.openStore('alive')
    return { stolen, wrong: await differences(later) }
  })
  assert.deepEqual(seen, { stolen: 3, wrong: [] })
})

test('a store that is there and cannot be opened: another kind, and the reason; a takeover or a full one never comes up empty', async (t) => {
  const page = await storePage(t)
  await prepare(page)
  const seen = await page.inWorker(async () => {
    const first = await world.openStore('there')
    await first.store.write(1, 0, BLOBS.get(1))
    await first.store.close()
    const breaks = (name) => world.patched(FileSystemFileHandle.prototype, { createSyncAccessHandle: () => async () => { throw new DOMException('broken', name) } })
    const outcome = async (name, options) => {
      const works = breaks(name)
      const { store, fell, status } = await world.openStore('there', options).catch((error) => error)
      works()
      await store?.close()
      return status ?? [store.kind, ...fell.map(({ from, why }) => `${from} ${why}`)]
    }
    const outcomes = []
    for (const [name, options] of [['UnknownError'], ['UnknownError', { stolen: true }], ['QuotaExceededError'], ['NotFoundError'], ['UnknownError', { store: 'opfs' }]]) {
      outcomes.push(await outcome(name, options))
    }
    const again = await world.openStore('there')
    return { outcomes, kind: again.store.kind, listing: again.listing }
  })
  assert.deepEqual(seen, { outcomes: [['idb', 'opfs UnknownError'], 3, 1, 2, 3], kind: 'opfs', listing: [{ blob: 1, bytes: 3000 }] })
})

/** Everything that a move does to the browser's storage, one call at a time: at the `cut`th nothing goes on. */
const cutAt = ({ cut, hasOpfs }) => {
  let calls = 0
  const never = new Promise(() => {})
  const stops = (f) => async function (...rest) { return ++calls >= cut ? never : f.apply(this, rest) }
  const breaks = (f) => function (...rest) {
    if (++calls < cut) return f.apply(this, rest)
    throw new Error('cut')
  }
  world.patched(FileSystemDirectoryHandle.prototype, { getFileHandle: stops, removeEntry: stops })
  world.patched(FileSystemFileHandle.prototype, { createSyncAccessHandle: stops })
  world.patched(FileSystemSyncAccessHandle.prototype, { write: breaks, flush: breaks, truncate: breaks })
  world.patched(IDBFactory.prototype, { deleteDatabase: breaks })
  world.patched(IDBDatabase.prototype, { transaction: (f) => function (...rest) {
    const transaction = f.apply(this, rest)
    if (rest[1] === 'readwrite' && ++calls >= cut) transaction.abort()
    return transaction
  } })
  if (!hasOpfs) navigator.storage.getDirectory = async () => { throw new DOMException('no', 'SecurityError') }
  const opened = world.openStore('cut').then(async () => {
    await Promise.race([isGone(mount('cut')), new Promise((resolve) => setTimeout(resolve, 100))])
    return calls < cut
  }, () => false)
  return Promise.race([opened, new Promise((resolve) => setInterval(() => calls >= cut && resolve(false), 5))])
}

const renew = async (page) => {
  await page.page.evaluate(() => {
    storeWorker.terminate()
    return startWorker()
  })
  await prepare(page)
}

for (const hasOpfs of [true, false]) {
  test(`a move to ${hasOpfs ? 'OPFS' : 'rows'} that is cut anywhere loses nothing`, async (t) => {
    const page = await storePage(t)
    await prepare(page)
    let isWhole = false
    let cut = 0
    while (!isWhole) {
      cut++
      await page.inWorker(async () => world.writeFirstVersion(mount('cut'), BLOBS))
      isWhole = await page.inWorker(cutAt, { cut, hasOpfs })
      await renew(page)
      if (cut % 3 === 0) { // cut again while it recovers
        await page.inWorker(cutAt, { cut: 1 + cut / 3, hasOpfs })
        await renew(page)
      }
      const wrong = await page.inWorker(async (has) => {
        if (!has) navigator.storage.getDirectory = async () => { throw new DOMException('no', 'SecurityError') }
        const opening = await world.openStore('cut')
        const found = await differences(opening)
        const gone = await isGone(mount('cut'))
        const marks = (await opening.store.marks.marks()).filter((mark) => mark.startsWith('mov'))
        await opening.store.close()
        await world.all.destroyPlaces('cut')
        return [...found, ...(gone ? [] : ['the old one is there']), ...(opening.fell.length > +!has ? [JSON.stringify(opening.fell)] : []), ...marks]
      }, hasOpfs)
      assert.deepEqual(wrong, [], `cut at call ${cut}`)
      await renew(page)
    }
    assert.ok(cut > (hasOpfs ? 30 : 8), `${cut} calls`)
  }, { timeout_ms: 180_000 })
}
