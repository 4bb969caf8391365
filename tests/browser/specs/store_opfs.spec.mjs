// The OPFS store itself: handles, files, leases, and what opening costs.
import assert from 'node:assert/strict'
import { describe, test } from '../lib/runner.mjs'
import { storePage } from '../lib/store_page.mjs'

describe('store opfs')

for (const browser of ['chromium', 'firefox']) {
  test(`${browser}: no more than 16 handles are open, and those of journals stay`, async (t) => {
    const { inWorker } = await storePage(t, { browser })
    const seen = await inWorker(async () => {
      let now = 0
      let most = 0
      world.patched(FileSystemSyncAccessHandle.prototype, { close: (close) => function () { now--; close.call(this) } })
      world.patched(FileSystemFileHandle.prototype, { createSyncAccessHandle: (create) => async function (...options) {
        const handle = await create.apply(this, options)
        most = Math.max(most, ++now)
        return handle
      } })
      const { store } = await world.open('opfs', 'handles')
      await store.write(1, 0, new Uint8Array(10))
      for (let blob = 20; blob < 60; blob++) await store.write(blob, 0, new Uint8Array(10))
      for (let blob = 20; blob < 60; blob++) await store.read(blob, 0, 10)
      const isAtOnce = store.write(1, 10, new Uint8Array(10)) === undefined && store.read(59, 0, 10) instanceof Uint8Array
      await store.flush()
      return { most, now, isAtOnce }
    })
    assert.deepEqual(seen, { most: 16, now: 16, isAtOnce: true })
  })

  test(`${browser}: opening looks at names, not at files`, async (t) => {
    const { inWorker } = await storePage(t, { browser })
    const seen = await inWorker(async () => {
      const first = await world.open('opfs', 'many')
      for (const blob of [1, ...Array(60).keys()].map((n, i) => i ? 20 + n : n)) await first.store.write(blob, 0, new Uint8Array(7))
      await first.store.close()
      const calls = { getFile: 0, handles: 0 }
      world.patched(FileSystemFileHandle.prototype, {
        getFile: (f) => function () { calls.getFile++; return f.call(this) },
        createSyncAccessHandle: (f) => function (...options) { calls.handles++; return f.apply(this, options) },
      })
      const { listing } = await world.open('opfs', 'many')
      return { ...calls, blobs: listing.length, known: listing.filter(({ bytes }) => bytes !== undefined) }
    })
    assert.deepEqual(seen, { getFile: 0, handles: 1, blobs: 61, known: [{ blob: 1, bytes: 7 }] })
  })
}

test('a flush flushes each file that was written since the last one, and no other', async (t) => {
  const { inWorker } = await storePage(t)
  const seen = await inWorker(async () => {
    const { store } = await world.open('opfs', 'flushes')
    let flushed = 0
    world.patched(FileSystemSyncAccessHandle.prototype, { flush: (flush) => function () { flushed++; flush.call(this) } })
    const counts = []
    const flush = async () => {
      flushed = 0
      await store.flush()
      counts.push(flushed)
    }
    for (const blob of [1, 20, 21]) await store.write(blob, 0, new Uint8Array(10))
    await flush()
    await flush()
    await store.write(20, 10, new Uint8Array(10))
    store.write(22, 0, new Uint8Array(10)) // its handle is not open yet
    await flush()
    await store.reserve(1, 65536)
    await flush()
    for (let blob = 30; blob < 60; blob++) await store.write(blob, 0, new Uint8Array(10))
    flushed = 0
    await store.flush()
    return { counts, open: flushed }
  })
  assert.deepEqual(seen, { counts: [3, 0, 2, 1], open: 15 }) // those closed to make way were flushed then
})

test('the file of the highest lease counts, a copy that was not finished does not, and the rest is swept', async (t) => {
  const { inWorker } = await storePage(t)
  const seen = await inWorker(async () => {
    const first = await world.open('opfs', 'sweep')
    for (const blob of [20, 21, 22]) await first.store.write(blob, 0, new Uint8Array(10).fill(1))
    await first.store.close()
    const folder = await world.blobsFolder('sweep')
    const make = async (name, bytes) => {
      const handle = await (await folder.getFileHandle(name, { create: true })).createSyncAccessHandle()
      handle.write(bytes)
      handle.close()
    }
    await make('15.fffffffffff', new Uint8Array(20).fill(2)) // 21, of a later lease
    await make('16.fffffffffff', new Uint8Array(5).fill(3)) // 22, not finished
    await make('16.fffffffffff.part', new Uint8Array(0))
    await make('nobody', new Uint8Array(1))
    const names = async () => {
      const found = []
      for await (const name of folder.keys()) found.push(name.replace(/\.(?!f{11})[0-9a-f]{8,}/, '.lease'))
      return found.sort()
    }
    const { store, listing } = await world.open('opfs', 'sweep')
    const firsts = []
    for (const { blob } of listing) firsts.push([blob, (await store.read(blob, 0, 1))[0]])
    for (let tries = 0; (await names()).length > 4 && tries < 100; tries++) await new Promise((resolve) => setTimeout(resolve, 10))
    return { firsts: firsts.sort(), names: await names() }
  })
  assert.deepEqual(seen, { firsts: [[20, 1], [21, 2], [22, 1]], names: ['14.lease', '15.fffffffffff', '16.lease', 'nobody'] })
})

test('content of an owner that is frozen is written in place, its journals are copied', async (t) => {
  const { inWorker } = await storePage(t)
  const names = await inWorker(async () => {
    const first = await world.open('opfs', 'stolen')
    for (const blob of [1, 20]) await first.store.write(blob, 0, new Uint8Array(10))
    await first.store.flush()
    const second = await world.open('opfs', 'stolen', { stolen: true })
    for (const blob of [1, 20]) await second.store.write(blob, 10, new Uint8Array(10))
    await second.store.flush()
    const found = []
    for await (const name of (await world.blobsFolder('stolen')).keys()) found.push(parseInt(name.split('.')[0], 16))
    return found.sort()
  })
  assert.deepEqual(names, [1, 1, 20])
})
