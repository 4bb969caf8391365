// The IndexedDB rows store itself: databases that close, durability, and how much waits in memory.
import assert from 'node:assert/strict'
import { describe, test } from '../lib/runner.mjs'
import { storePage } from '../lib/store_page.mjs'

describe('store idb')

for (const browser of ['chromium', 'firefox']) {
  test(`${browser}: a database that the browser closed is opened again, also in the middle of a flush`, async (t) => {
    const { inWorker } = await storePage(t, { browser })
    const seen = await inWorker(async () => {
      const databases = []
      world.patched(IDBDatabase.prototype, { transaction: (begin) => function (...rest) {
        if (databases.at(-1) !== this) databases.push(this)
        return begin.apply(this, rest)
      } })
      const { store, lost } = await world.open('idb', 'closed')
      for (const blob of [1, 20]) store.write(blob, 0, new Uint8Array(1000).fill(1))
      await store.flush()
      databases.at(-1).close() // without its event
      for (const blob of [1, 20]) store.write(blob, 1000, new Uint8Array(1000).fill(2))
      await store.flush()
      databases.at(-1).close()
      const read = (await store.read(20, 1500, 1))[0]
      for (const blob of [1, 20]) store.write(blob, 2000, new Uint8Array(1000).fill(3))
      const flushing = store.flush()
      databases.at(-1).dispatchEvent(new Event('close'))
      await flushing
      const again = await world.open('idb', 'closed')
      const bytes = []
      for (const blob of [1, 20]) for (const at of [0, 1000, 2000]) bytes.push((await again.store.read(blob, at, 1))[0])
      return { read, bytes, lost, databases: databases.length }
    })
    assert.deepEqual(seen, { read: 2, bytes: [1, 2, 3, 1, 2, 3], lost: [], databases: 5 })
  })
}

test('whoever deletes the database need not wait, and the store says that it was cleared', async (t) => {
  const { inWorker } = await storePage(t)
  const seen = await inWorker(async () => {
    const { store, lost } = await world.open('idb', 'deleted')
    store.write(1, 0, new Uint8Array(10))
    await store.flush()
    await world.all.deleteDatabase(world.all.rowsOf('deleted'), true)
    const status = await Promise.resolve().then(() => store.read(1, 0, 10)).catch((error) => error.status)
    return { status, lost }
  })
  assert.deepEqual(seen, { status: 2, lost: ['cleared'] })
})

test('journals are flushed strictly, content may be relaxed', async (t) => {
  const { inWorker } = await storePage(t)
  const modes = await inWorker(async () => {
    const found = []
    world.patched(IDBDatabase.prototype, { transaction: (begin) => function (names, mode, options) {
      if (mode === 'readwrite') found.push(options.durability)
      return begin.call(this, names, mode, options)
    } })
    const { store } = await world.open('idb', 'strict')
    for (const blobs of [[20], [1], [20, 1]]) {
      for (const blob of blobs) store.write(blob, 0, new Uint8Array(10))
      await store.flush()
    }
    return found
  })
  assert.deepEqual(modes, ['strict', 'relaxed', 'strict', 'strict']) // the first is the lease
})

test('what waits in memory is bounded: it is put in the background, and writes beyond are held', async (t) => {
  const { inWorker } = await storePage(t)
  const seen = await inWorker(async () => {
    const { store } = await world.open('idb', 'waiting')
    const MiB = 2 ** 20
    const part = new Uint8Array(MiB)
    let held = 0
    let atOnce = 0
    for (let at = 0; at < 40; at++) {
      const writing = store.write(20, at * MiB, part)
      writing ? held++ : atOnce++
      await writing
    }
    return { held, atOnce }
  })
  assert.ok(seen.held >= 2 && seen.atOnce >= 16, JSON.stringify(seen))
})
