// What every store must do (the contract in js/src/store/store.ts), for node and for pages. A case gets a world:
//   open({stolen})  an opened store, {store, listing, lost}, over the same place each time; `lost` lists what onlost was told
//   abandon(store)  its owner dies: nothing of it happens any more. Only where the place outlives a store
//   hold()          locks what stores have open as a frozen owner does, where that can be; gives what lets go again
//   fill()          has the browser refuse more bytes; gives what makes room again
//   clear()         throws the place away under the store
// A case is for stores that have what it `needs`.
import { check, CONTENT, failsWith, FULL, isHole, JOURNAL, KiB, lists, LOST, NOT_FOUND, pattern, same, sizesOf, statusOf } from './store_checks.mjs'

const CAPACITY = 4 * 1024 * KiB // bytes that stores under test are made with, where they have a capacity

export const capacity = CAPACITY
export const cases = []
const test = (name, run, ...needs) => cases.push({ name, run, needs })

test('a new store is empty', async ({ open }) => {
  const { store, listing } = await open()
  check(listing.length === 0, 'empty')
  for (const blob of [JOURNAL, CONTENT]) {
    await failsWith(NOT_FOUND, () => store.read(blob, 0, 1), 'an unknown blob')
    await failsWith(NOT_FOUND, () => store.file(blob, 0, 1), 'a file of an unknown blob')
  }
})

for (const blob of [JOURNAL, CONTENT]) {
  test(`what is written is read at once, in any pieces: blob ${blob}`, async ({ open }) => {
    const { store } = await open()
    const bytes = pattern(1, 700 * KiB)
    for (let at = 0; at < bytes.length; at += 100 * KiB) store.write(blob, at, bytes.subarray(at, at + 100 * KiB)) // none is waited for
    same(await store.read(blob, 0, bytes.length), bytes, 'whole')
    same(await store.read(blob, 250 * KiB, 20 * KiB), bytes.subarray(250 * KiB, 270 * KiB), 'across a cut')
    same(await store.read(blob, 699 * KiB, KiB), bytes.subarray(699 * KiB), 'the end')
    same(await store.read(blob, 5, 0), [], 'nothing')
  })
}

test('write copies before it returns', async ({ open }) => {
  const { store } = await open()
  for (const round of [1, 2]) {
    const bytes = pattern(round, 1000)
    const writing = store.write(CONTENT, 0, bytes)
    bytes.fill(0)
    await writing
    same(await store.read(CONTENT, 0, 1000), pattern(round, 1000), 'the bytes at the time of the call')
  }
})

test('later writes win, before and after a flush', async ({ open }) => {
  const { store } = await open()
  const bytes = pattern(3, 300 * KiB)
  await store.write(CONTENT, 0, bytes)
  await store.write(CONTENT, 10, new Uint8Array(20).fill(1))
  bytes.fill(1, 10, 30)
  same(await store.read(CONTENT, 0, bytes.length), bytes, 'before')
  await store.flush()
  await store.write(CONTENT, 20, new Uint8Array(100).fill(2))
  bytes.fill(2, 20, 120)
  same(await store.read(CONTENT, 0, bytes.length), bytes, 'one flushed, one not')
  await store.flush()
  same(await store.read(CONTENT, 0, bytes.length), bytes, 'after')
})

test('pieces may come in any order, and bytes never written are lost or zeros', async ({ open }) => {
  const { store } = await open()
  const bytes = pattern(4, 5 * 64 * KiB)
  for (const piece of [3, 0, 4]) await store.write(29, piece * 64 * KiB, bytes.subarray(piece * 64 * KiB, (piece + 1) * 64 * KiB))
  await isHole(store, 29, 70 * KiB, 8 * KiB, 'a hole')
  await store.flush()
  await isHole(store, 29, 70 * KiB, 8 * KiB, 'a hole, flushed')
  for (const piece of [2, 1]) await store.write(29, piece * 64 * KiB, bytes.subarray(piece * 64 * KiB, (piece + 1) * 64 * KiB))
  same(await store.read(29, 0, bytes.length), bytes, 'filled')
  await failsWith(LOST, () => store.read(29, bytes.length - 1, 2), 'beyond the end')
})

test('a deleted blob is gone, and its number may be used again', async ({ open }) => {
  const { store } = await open()
  for (const blob of [JOURNAL, CONTENT]) {
    for (const round of [1, 2]) {
      await store.write(blob, 0, pattern(5, 1000))
      if (round === 1) await store.flush()
      const deleting = store.delete(blob)
      await failsWith(NOT_FOUND, () => store.read(blob, 0, 1), 'gone at once')
      const writing = store.write(blob, 500, pattern(6, 10))
      await Promise.all([deleting, writing, store.delete(77)])
      for (const when of ['not flushed', 'flushed']) {
        same(await store.read(blob, 500, 10), pattern(6, 10), `the new blob, ${when}`)
        await isHole(store, blob, 0, 500, `nothing before, ${when}`)
        await failsWith(LOST, () => store.read(blob, 500, 11), `nothing behind, ${when}`)
        await store.flush()
      }
      await store.delete(blob)
    }
  }
})

test('reserve makes a blob exist, and shrinks none', async ({ open }) => {
  const { store } = await open()
  await store.reserve(CONTENT, 300 * KiB)
  await isHole(store, CONTENT, 0, 10, 'reserved')
  await store.write(CONTENT, 200 * KiB, pattern(7, 100 * KiB))
  await store.reserve(CONTENT, 1000)
  await store.reserve(CONTENT, 300 * KiB)
  same(await store.read(CONTENT, 200 * KiB, 100 * KiB), pattern(7, 100 * KiB), 'kept')
  await store.reserve(JOURNAL, 64 * KiB)
  await store.write(JOURNAL, 0, pattern(8, 100))
  await store.flush()
  same(await store.read(JOURNAL, 0, 100), pattern(8, 100), 'within')
})

test('a file is a range of a blob', async ({ open }) => {
  const { store } = await open()
  const bytes = pattern(9, 700 * KiB)
  await store.write(CONTENT, 0, bytes)
  const bytesOf = async (offset, length) => new Uint8Array(await (await store.file(CONTENT, offset, length)).arrayBuffer())
  same(await bytesOf(0, bytes.length), bytes, 'whole, not flushed')
  await store.flush()
  const kept = await store.file(CONTENT, 0, bytes.length)
  same(await bytesOf(300 * KiB, 5000), bytes.subarray(300 * KiB, 300 * KiB + 5000), 'a part')
  same(await store.read(CONTENT, 100, 100), bytes.subarray(100, 200), 'reads go on')
  await store.flush()
  same(new Uint8Array(await kept.arrayBuffer()), bytes, 'after reads and flushes')
  await failsWith(LOST, () => store.file(CONTENT, 0, bytes.length + 1), 'beyond the end')
})

test('any number of blobs at a time', async ({ open }) => {
  const { store } = await open()
  const all = Array.from({ length: 60 }, (_, i) => CONTENT + i)
  await Promise.all(all.map((blob) => store.write(blob, 0, pattern(blob, 3000))))
  await Promise.all(all.map((blob) => store.write(blob, 3000, pattern(blob + 1, 3000))))
  const flushing = store.flush()
  const reads = await Promise.all(all.map((blob) => store.read(blob, 0, 6000)))
  await flushing
  all.forEach((blob, i) => same(reads[i], [...pattern(blob, 3000), ...pattern(blob + 1, 3000)], `blob ${blob}`))
})

test('flushes may overlap, and writes go on meanwhile', async ({ open }) => {
  const { store } = await open()
  const flushes = []
  for (let i = 0; i < 20; i++) {
    await store.write(JOURNAL, i * 100, pattern(i, 100))
    flushes.push(store.flush())
    if (i === 10) await store.delete(CONTENT)
    await store.write(CONTENT, i * 10, pattern(i, 10))
  }
  await Promise.all(flushes)
  for (let i = 0; i < 20; i++) same(await store.read(JOURNAL, i * 100, 100), pattern(i, 100), `write ${i}`)
})

test('an empty write makes an empty blob', async ({ open }) => {
  const { store } = await open()
  await store.write(CONTENT, 0, new Uint8Array(0))
  await store.flush()
  same(await store.read(CONTENT, 0, 0), [], 'no bytes')
})

test('more than can wait is written as fast as the store takes it', async ({ open }) => {
  const { store } = await open()
  const part = pattern(3, 64 * KiB)
  const writes = []
  for (let at = 0; at < 24 * 1024 * KiB; at += part.length) writes.push(store.write(CONTENT, at, part))
  const early = store.read(CONTENT, 23 * 1024 * KiB, 64 * KiB)
  await Promise.all(writes)
  same(await early, part, 'read before it was taken')
  await store.flush()
  for (const at of [0, 11, 23]) same(await store.read(CONTENT, at * 1024 * KiB, 64 * KiB), part, `at ${at} MiB`)
}, 'room')

test('the capacity is kept: full changes nothing, deleting makes room', async ({ open }) => {
  const { store } = await open()
  const half = pattern(7, CAPACITY / 2)
  await store.write(21, 0, half)
  await store.flush()
  await store.write(22, 0, half.subarray(0, CAPACITY / 4))
  await failsWith(FULL, () => store.write(23, 0, half), 'a write')
  await failsWith(FULL, () => store.reserve(23, CAPACITY / 2), 'a reservation')
  await failsWith(NOT_FOUND, () => store.read(23, 0, 1), 'nothing was made')
  await store.delete(21)
  await store.write(23, 0, half)
  await store.flush()
  same(await store.read(23, 0, half.length), half, 'room again')
}, 'capacity')

test('a quota that is used up is full, changes nothing, and is over when there is room', async ({ open, fill, abandon }) => {
  const first = await open()
  const { store } = first
  const bytes = pattern(1, 100 * KiB)
  await store.write(CONTENT, 0, bytes)
  await store.flush()
  const room = fill()
  const big = pattern(2, 9 * 1024 * KiB) // more than any store keeps waiting
  const journalled = await statusOf(() => store.write(JOURNAL, 0, bytes.subarray(0, 100))) === 0
  const statuses = []
  for (const [blob, at] of [[22, 0], [22, big.length], [22, 2 * big.length], [CONTENT, bytes.length], [CONTENT, bytes.length], [25, 0]]) {
    statuses.push(await statusOf(() => store.write(blob, at, big)))
    if (statuses.at(-1)) check([LOST, NOT_FOUND].includes(await statusOf(() => store.read(blob, at, 1))), `something of a refused write to ${blob}`)
  }
  await failsWith(FULL, () => store.reserve(26, 64 * 1024 * KiB), 'a reservation')
  await failsWith(NOT_FOUND, () => store.read(26, 0, 1), 'nothing was made')
  statuses.push(await statusOf(() => store.flush()))
  check(statuses.includes(FULL) && statuses.every((status) => status === 0 || status === FULL), `statuses ${statuses}`)
  same(await store.read(CONTENT, 0, bytes.length), bytes, 'what was there')
  room()
  await store.delete(22)
  await store.write(23, 0, bytes)
  await store.flush()
  await abandon(store)
  const again = await open()
  lists(again.listing, [[CONTENT, bytes.length], [23, bytes.length], ...(journalled ? [[JOURNAL, 100]] : [])])
  same(await again.store.read(23, 0, bytes.length), bytes, 'room again')
  if (journalled) same(await again.store.read(JOURNAL, 0, 100), bytes.subarray(0, 100), 'what waited')
}, 'durable', 'fill')

test('what was flushed is there again', async ({ open, abandon }) => {
  const first = await open()
  const bytes = pattern(8, 600 * KiB)
  await first.store.write(24, 0, bytes)
  await first.store.write(JOURNAL, 0, pattern(9, 10))
  await first.store.reserve(25, 5000)
  await first.store.flush()
  await first.store.write(24, 0, new Uint8Array(100)) // may be there or not, wholly or in part
  await abandon(first.store)
  const { store, listing } = await open()
  lists(listing.filter(({ blob }) => blob !== 25), [[JOURNAL, 10], [24, bytes.length]])
  check(listing.some(({ blob }) => blob === 25), 'what was reserved is there')
  same(await store.read(24, 100, bytes.length - 100), bytes.subarray(100), 'the flushed bytes')
  const start = await store.read(24, 0, 100)
  check(start.every((byte, i) => byte === bytes[i] || byte === 0), 'old or new')
}, 'durable')

test('deletions and replaced bytes are durable with the flush', async ({ open, abandon }) => {
  const first = await open()
  for (const blob of [JOURNAL, 2, 21, 22]) await first.store.write(blob, 0, pattern(12, 1000))
  await first.store.flush()
  for (const blob of [JOURNAL, 21]) await first.store.delete(blob)
  for (const blob of [2, 22]) await first.store.write(blob, 500, pattern(13, 1000))
  await first.store.flush()
  await abandon(first.store)
  const { store, listing } = await open()
  lists(listing, [[2, 1500], [22, 1500]])
  for (const blob of [2, 22]) {
    same(await store.read(blob, 500, 1000), pattern(13, 1000), 'replaced')
    same(await store.read(blob, 0, 500), pattern(12, 500), 'kept')
  }
}, 'durable')

test('close flushes', async ({ open }) => {
  const first = await open()
  await first.store.write(CONTENT, 0, pattern(14, 5000))
  await first.store.close()
  const { store } = await open()
  same(await store.read(CONTENT, 0, 5000), pattern(14, 5000), 'there')
}, 'durable')

test('a journal of 300 appends comes back whole', async ({ open, abandon }) => {
  const first = await open()
  const bytes = pattern(15, 300 * 97)
  for (let i = 0; i < 300; i++) {
    await first.store.write(JOURNAL, i * 97, bytes.subarray(i * 97, (i + 1) * 97))
    await first.store.flush()
  }
  await abandon(first.store)
  const { store, listing } = await open()
  lists(listing, [[JOURNAL, bytes.length]])
  same(await store.read(JOURNAL, 0, bytes.length), bytes, 'whole')
}, 'durable')

test('an owner whose store was taken makes nothing durable any more', async ({ open }) => {
  const first = await open()
  await first.store.write(JOURNAL, 0, pattern(1, 1000))
  await first.store.write(CONTENT, 0, pattern(2, 1000))
  await first.store.flush()
  await first.store.write(JOURNAL, 1000, pattern(3, 100)) // not flushed
  const start = performance.now()
  const second = await open({ stolen: true })
  check(performance.now() - start < 1000, 'a takeover waits for nobody')
  const before = second.listing.find(({ blob }) => blob === JOURNAL).bytes
  check(before === 1000 || before === 1100, `the journal has ${before} bytes`)
  same(await second.store.read(JOURNAL, 0, 1000), pattern(1, 1000), 'what the first had flushed')
  same(await second.store.read(CONTENT, 0, 1000), pattern(2, 1000), 'its content')
  await statusOf(() => first.store.write(JOURNAL, 1100, pattern(4, 100))) // as it wakes up, knowing nothing
  await second.store.write(JOURNAL, 1000, pattern(5, 50))
  await second.store.write(CONTENT, 1000, pattern(6, 1000))
  await second.store.flush()
  await failsWith(LOST, () => first.store.flush(), 'its flush')
  check(first.lost.join() === 'deposed', `told: ${first.lost}`)
  for (const work of [() => first.store.read(CONTENT, 0, 1), () => first.store.write(CONTENT, 0, new Uint8Array(1)), () => first.store.flush()]) {
    await failsWith(LOST, work, 'everything after')
  }
  check(first.lost.length === 1 && !second.lost.length, 'told once')
  await second.store.close()
  const { store, listing } = await open()
  lists(listing, [[JOURNAL, Math.max(before, 1050)], [CONTENT, 2000]])
  same(await store.read(JOURNAL, 1000, 50), pattern(5, 50), 'what the second wrote')
  if (before > 1050) same(await store.read(JOURNAL, 1050, before - 1050), pattern(3, 100).subarray(50), 'what it had seen behind it')
  same(await store.read(CONTENT, 0, 2000), [...pattern(2, 1000), ...pattern(6, 1000)], 'content')
}, 'durable', 'fences')

test('an owner whose store was cleared is told so', async ({ open, clear }) => {
  const first = await open()
  await first.store.write(JOURNAL, 0, pattern(1, 1000))
  await first.store.write(CONTENT, 0, pattern(1, 1000))
  await first.store.flush()
  await clear()
  await statusOf(() => first.store.write(JOURNAL, 1000, pattern(2, 1000)))
  await failsWith(LOST, () => first.store.flush(), 'its flush')
  check(first.lost.join() === 'cleared', `told: ${first.lost}`)
  const { store, listing } = await open()
  check(listing.length === 0, `listed ${sizesOf(listing)}`)
  await store.write(CONTENT, 0, pattern(3, 10))
  await store.flush()
}, 'durable', 'fences', 'clear')

test('what an owner before holds locked is read and written all the same', async ({ open, hold, abandon }) => {
  const first = await open()
  for (const blob of [JOURNAL, CONTENT, 21]) await first.store.write(blob, 0, pattern(blob, 9 * KiB))
  await first.store.close()
  const release = await hold()
  const second = await open()
  lists(second.listing, [[JOURNAL, 9 * KiB], [CONTENT, 9 * KiB], [21, 9 * KiB]])
  for (const blob of [JOURNAL, CONTENT, 21]) same(await second.store.read(blob, KiB, KiB), pattern(blob, 9 * KiB).subarray(KiB, 2 * KiB), 'read')
  for (const blob of [JOURNAL, CONTENT]) await second.store.write(blob, 9 * KiB, pattern(blob + 1, KiB))
  await second.store.flush()
  for (const blob of [JOURNAL, CONTENT]) same(await second.store.read(blob, 8 * KiB, 2 * KiB), [...pattern(blob, 9 * KiB).subarray(8 * KiB), ...pattern(blob + 1, KiB)], 'written')
  await release()
  await abandon(second.store)
  const { store, listing } = await open()
  lists(listing, [[JOURNAL, 10 * KiB], [CONTENT, 10 * KiB], [21, 9 * KiB]])
  for (const blob of [JOURNAL, CONTENT]) same(await store.read(blob, 9 * KiB, KiB), pattern(blob + 1, KiB), 'there again')
}, 'durable', 'hold')

/** Numbers that a seed decides. */
function numbers(seed) {
  let x = seed >>> 0
  return (below) => {
    x = (Math.imul(x, 1664525) + 1013904223) >>> 0
    return Math.floor((x / 2 ** 32) * below)
  }
}

const STEPS = 120
const BLOBS = [1, 2, 20, 21, 22]

test('at random, against bytes in memory', async ({ open, abandon, seed = Math.floor(Math.random() * 2 ** 32) }) => {
  const below = numbers(seed)
  const model = new Map()
  let { store } = await open()
  const act = async (step) => {
    const blob = BLOBS[below(BLOBS.length)]
    const what = below(abandon ? 20 : 19)
    const size = model.get(blob)?.length ?? 0
    if (what < 9) {
      const offset = below(2) ? size : below(size + 1) // no holes: what they read as is another case's
      const bytes = pattern(step, 1 + below(below(4) ? 20 * KiB : 300 * KiB))
      const after = new Uint8Array(Math.max(size, offset + bytes.length))
      after.set(model.get(blob) ?? [])
      after.set(bytes, offset)
      model.set(blob, after)
      const writing = store.write(blob, offset, bytes)
      if (below(2)) await writing
    } else if (what < 15) {
      if (!size) return failsWith(NOT_FOUND, () => store.read(blob, 0, 1), `blob ${blob}`)
      const offset = below(size)
      const length = 1 + below(size - offset)
      same(await store.read(blob, offset, length), model.get(blob).subarray(offset, offset + length), `blob ${blob} at ${offset}, ${length}`)
    } else if (what < 16) {
      model.delete(blob)
      const deleting = store.delete(blob)
      if (below(2)) await deleting
    } else if (what < 19) {
      await store.flush()
    } else {
      await store.flush()
      await abandon(store)
      const again = await open()
      lists(again.listing, [...model].map(([number, bytes]) => [number, bytes.length]))
      store = again.store
    }
  }
  for (let step = 0; step < STEPS; step++) await act(step).catch((error) => { throw new Error(`seed ${seed}, step ${step}: ${error?.stack ?? error}`) })
})
