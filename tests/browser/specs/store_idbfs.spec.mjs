// The IDBFS store itself in real browsers: what IDBFS alone would get wrong, and its limits.
import assert from 'node:assert/strict'
import { describe, test } from '../lib/runner.mjs'
import { storePage } from '../lib/store_page.mjs'

describe('store idbfs')

test('a journal of many appends is few files, and no file stores more than its bytes', async (t) => {
  const { inWorker } = await storePage(t)
  const rows = await inWorker(async () => {
    const { store } = await world.open('idbfs', 'journal')
    for (let i = 0; i < 400; i++) {
      store.write(1, i * 100, new Uint8Array(100).fill(i))
      await store.flush()
    }
    const found = await world.idbfsRows('journal')
    return found.filter(({ path }) => !/\/lease\./.test(path)).map(({ bytes }) => bytes)
  })
  assert.equal(rows.reduce((sum, bytes) => sum + bytes, 0), 40_000)
  assert.ok(rows.length <= 16, `${rows.length} files`)
})

test('two writes in the same millisecond are both durable', async (t) => {
  const { inWorker } = await storePage(t)
  const seen = await inWorker(async () => {
    const first = await world.open('idbfs', 'mtime')
    const realNow = Date.now
    Date.now = () => 1_700_000_000_000
    for (let i = 0; i < 3; i++) {
      first.store.write(1, 0, new Uint8Array(10).fill(i))
      await first.store.flush()
    }
    Date.now = realNow
    const { store } = await world.open('idbfs', 'mtime')
    return [...store.read(1, 0, 10)]
  })
  assert.deepEqual(seen, Array(10).fill(2))
})

test('a database closed under it is opened again, also in the middle of a flush', async (t) => {
  const { inWorker } = await storePage(t)
  const seen = await inWorker(async () => {
    const databases = []
    world.patched(IDBFactory.prototype, { open: (open) => function (...rest) {
      const request = open.apply(this, rest)
      request.addEventListener('success', () => databases.push(request.result))
      return request
    } })
    const { store } = await world.open('idbfs', 'closed')
    store.write(1, 0, new Uint8Array(1000).fill(1))
    await store.flush()
    databases.at(-1).close() // as the browser does, without its event
    store.write(1, 1000, new Uint8Array(1000).fill(2))
    await store.flush()
    store.write(1, 2000, new Uint8Array(1000).fill(3))
    const flushing = store.flush()
    databases.at(-1).dispatchEvent(new Event('close'))
    await flushing
    const again = await world.open('idbfs', 'closed')
    return [0, 1000, 2000].map((at) => again.store.read(1, at, 1)[0])
  })
  assert.deepEqual(seen, [1, 2, 3])
})

test('more than it may hold of new content is full; what is there and the journal are not', async (t) => {
  const { inWorker } = await storePage(t)
  const seen = await inWorker(async () => {
    const MiB = 2 ** 20
    const statusOf = (work) => {
      try {
        work()
        return 0
      } catch (error) {
        return error.status
      }
    }
    const files = world.all.createFiles()
    const first = new world.all.IdbfsStore(files, world.all.mountOf('caps'), 64 * MiB) // as large as those of the first version
    await first.open()
    for (let at = 0; at < 20; at++) first.write(20, at * MiB, new Uint8Array(MiB))
    await first.close()
    const store = new world.all.IdbfsStore(world.all.createFiles(), world.all.mountOf('caps'))
    await store.open()
    const large = [statusOf(() => store.write(21, 0, new Uint8Array(1))), statusOf(() => store.reserve(21, 1)), statusOf(() => store.write(1, 0, new Uint8Array(1000))), store.read(20, 19 * MiB, 1).length]
    store.delete(20)
    large.push(statusOf(() => store.write(21, 0, new Uint8Array(MiB))))
    for (let blob = 100; blob < 650; blob++) {
      large.push(statusOf(() => store.write(blob, 0, new Uint8Array(1))))
      if (blob % 50 === 0) await store.flush()
    }
    return { large: large.slice(0, 5), small: large.slice(5).filter((status) => !status).length }
  })
  assert.deepEqual(seen.large, [1, 1, 0, 1, 0])
  assert.ok(seen.small >= 500 && seen.small <= 512, `${seen.small} small blobs`)
})
