// What every store must do (the contract in js/src/store/store.ts), for node and for pages: no imports.
// `open()` gives an opened store, {store, listing}, over the same place each time; `isDurable`: the place outlives a store.
const KiB = 1024
const CAPACITY = 4 * 1024 * KiB // bytes that stores under test are made with

export const capacity = CAPACITY
export const cases = []
const test = (name, run, { durable = false } = {}) => cases.push({ name, run, durable })

function check(condition, what) {
  if (!condition) throw new Error(what)
}
const pattern = (seed, length) => Uint8Array.from({ length }, (_, i) => (seed * 31 + i * 7 + (i >> 8)) & 255)
const same = (a, b, what) => check(a.length === b.length && a.every((byte, i) => byte === b[i]), what)
const statusOf = async (work) => {
  try {
    await work()
  } catch (error) {
    return error.status
  }
  return 0
}
const FULL = 1
const LOST = 2
const NOT_FOUND = 4

test('a new store is empty', async ({ open }) => {
  const { store, listing } = await open()
  check(listing.length === 0 && store.usage() === 0, 'empty')
  check(await statusOf(() => store.read(1, 0, 1)) === NOT_FOUND, 'an unknown blob is not found')
})

test('what is written is read at once, in any pieces', async ({ open }) => {
  const { store } = await open()
  const bytes = pattern(1, 700 * KiB)
  for (let at = 0; at < bytes.length; at += 100 * KiB) await store.write(5, at, bytes.subarray(at, at + 100 * KiB))
  same(await store.read(5, 0, bytes.length), bytes, 'whole')
  same(await store.read(5, 250 * KiB, 20 * KiB), bytes.subarray(250 * KiB, 270 * KiB), 'across a cut')
  same(await store.read(5, 699 * KiB, KiB), bytes.subarray(699 * KiB), 'the end')
})

test('write copies before it returns', async ({ open }) => {
  const { store } = await open()
  const bytes = pattern(2, 1000)
  const writing = store.write(1, 0, bytes)
  bytes.fill(0)
  await writing
  same(await store.read(1, 0, 1000), pattern(2, 1000), 'the bytes at the time of the call')
})

test('later writes win, before and after a flush', async ({ open }) => {
  const { store } = await open()
  const bytes = pattern(3, 300 * KiB)
  await store.write(1, 0, bytes)
  await store.write(1, 10, new Uint8Array(20).fill(1))
  bytes.fill(1, 10, 30)
  same(await store.read(1, 0, bytes.length), bytes, 'before')
  await store.flush()
  await store.write(1, 20, new Uint8Array(100).fill(2))
  bytes.fill(2, 20, 120)
  same(await store.read(1, 0, bytes.length), bytes, 'one flushed, one not')
  await store.flush()
  same(await store.read(1, 0, bytes.length), bytes, 'after')
})

test('pieces may come in any order, and holes are not zeros', async ({ open }) => {
  const { store } = await open()
  const bytes = pattern(4, 5 * 64 * KiB)
  for (const piece of [3, 0, 4]) await store.write(9, piece * 64 * KiB, bytes.subarray(piece * 64 * KiB, (piece + 1) * 64 * KiB))
  await store.flush()
  check(await statusOf(() => store.read(9, 60 * KiB, 8 * KiB)) === LOST, 'a hole is lost')
  for (const piece of [2, 1]) await store.write(9, piece * 64 * KiB, bytes.subarray(piece * 64 * KiB, (piece + 1) * 64 * KiB))
  same(await store.read(9, 0, bytes.length), bytes, 'filled')
  check(await statusOf(() => store.read(9, bytes.length - 1, 2)) === LOST, 'beyond the end is lost')
})

test('a deleted blob is gone, and its number may be used again', async ({ open }) => {
  const { store } = await open()
  await store.write(1, 0, pattern(5, 1000))
  await store.flush()
  await store.delete(1)
  await store.delete(77)
  check(await statusOf(() => store.read(1, 0, 1)) === NOT_FOUND, 'gone at once')
  await store.write(1, 0, pattern(6, 10))
  await store.flush()
  same(await store.read(1, 0, 10), pattern(6, 10), 'the new blob')
  check(await statusOf(() => store.read(1, 0, 11)) === LOST, 'nothing of the old one')
})

test('the capacity is kept: full changes nothing, deleting makes room', async ({ open }) => {
  const { store } = await open()
  const half = pattern(7, CAPACITY / 2)
  await store.write(1, 0, half)
  await store.flush()
  await store.write(2, 0, half.subarray(0, CAPACITY / 4))
  check(await statusOf(() => store.write(3, 0, half)) === FULL, 'full')
  check(await statusOf(() => store.read(3, 0, 1)) === NOT_FOUND, 'nothing was made')
  check(store.usage() === (CAPACITY * 3) / 4, `usage ${store.usage()}`)
  await store.delete(1)
  await store.write(3, 0, half)
  await store.flush()
  same(await store.read(3, 0, half.length), half, 'room again')
})

test('flushes may overlap, and writes go on meanwhile', async ({ open }) => {
  const { store } = await open()
  const flushes = []
  for (let i = 0; i < 20; i++) {
    await store.write(1, i * 100, pattern(i, 100))
    flushes.push(store.flush())
    if (i === 10) await store.delete(2)
    await store.write(2, i * 10, pattern(i, 10))
  }
  await Promise.all(flushes)
  for (let i = 0; i < 20; i++) same(await store.read(1, i * 100, 100), pattern(i, 100), `write ${i}`)
})

test('an empty write makes no trouble', async ({ open }) => {
  const { store } = await open()
  await store.write(1, 0, new Uint8Array(0))
  await store.flush()
  check(store.usage() === 0, 'no bytes')
})

test('what was flushed is there again, what was not is not', async ({ open, abandon }) => {
  const first = await open()
  const bytes = pattern(8, 600 * KiB)
  await first.store.write(4, 0, bytes)
  await first.store.write(6, 0, pattern(9, 10))
  await first.store.flush()
  await first.store.write(7, 0, pattern(10, 10))
  await first.store.write(4, 0, new Uint8Array(100))
  await abandon(first.store)
  const { store, listing } = await open()
  const sizes = listing.map(({ blob, bytes: size }) => `${blob}:${size}`).sort()
  check(sizes.join() === `4:${bytes.length},6:10`, `listed ${sizes}`)
  same(await store.read(4, 0, bytes.length), bytes, 'the flushed bytes')
}, { durable: true })

test('deletions and replaced bytes are durable with the flush', async ({ open, abandon }) => {
  const first = await open()
  await first.store.write(1, 0, pattern(11, 1000))
  await first.store.write(2, 0, pattern(12, 1000))
  await first.store.flush()
  await first.store.delete(1)
  await first.store.write(2, 500, pattern(13, 1000))
  await first.store.flush()
  await abandon(first.store)
  const { store, listing } = await open()
  check(listing.length === 1 && listing[0].blob === 2 && listing[0].bytes === 1500, JSON.stringify(listing))
  same(await store.read(2, 500, 1000), pattern(13, 1000), 'replaced')
  same(await store.read(2, 0, 500), pattern(12, 500), 'kept')
}, { durable: true })

test('close flushes', async ({ open }) => {
  const first = await open()
  await first.store.write(3, 0, pattern(14, 5000))
  await first.store.close()
  const { store } = await open()
  same(await store.read(3, 0, 5000), pattern(14, 5000), 'there')
}, { durable: true })

test('a journal of 300 appends comes back whole', async ({ open, abandon }) => {
  const first = await open()
  const bytes = pattern(15, 300 * 97)
  for (let i = 0; i < 300; i++) {
    await first.store.write(1, i * 97, bytes.subarray(i * 97, (i + 1) * 97))
    await first.store.flush()
  }
  await abandon(first.store)
  const { store } = await open()
  same(await store.read(1, 0, bytes.length), bytes, 'whole')
}, { durable: true })
