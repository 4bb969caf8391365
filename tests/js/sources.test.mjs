// Sources: read-ahead for those that fit, exact reads for the others, and a file that changed is lost, not wrong.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { load } from './load.mjs'

const { Sources, StoreStatus } = await load('sources', 'worker/sources.ts', 'shared/records.ts')
const MiB = 1024 * 1024

/** A Blob that counts what is read of it; `fail` makes reads fail as those of a changed file. */
class Watched extends Blob {
  reads = []
  fail = false
  slice(start, end) {
    this.reads.push([start, end])
    const part = super.slice(start, end)
    if (this.fail) part.arrayBuffer = () => Promise.reject(new DOMException('changed', 'NotReadableError'))
    return part
  }
}
const start = (blob) => {
  const sources = new Sources()
  sources.add(0x80000001, blob)
  return (offset, bytes) => sources.read(0x80000001, offset, bytes)
}

test('neighbouring reads of a small source are one read of the file', async () => {
  const data = new Uint8Array(3 * MiB).map((_, i) => i >> 4)
  const blob = new Watched([data])
  const read = start(blob)
  const [a, b] = await Promise.all([read(0, 100), read(MiB - 10, 10)])
  assert.deepEqual([...a, ...b], [...data.subarray(0, 100), ...data.subarray(MiB - 10, MiB)])
  assert.equal(blob.reads.length, 1)
  assert.deepEqual(await read(MiB - 10, 20), data.subarray(MiB - 10, MiB + 10), 'across two windows')
  assert.deepEqual(await read(3 * MiB - 5, 5), data.subarray(3 * MiB - 5))
})

test('of a large source windows are as small as a run of pieces', async () => {
  const blob = new Watched(Array(65).fill(new Uint8Array(MiB)))
  const read = start(blob)
  assert.equal((await read(5, 100)).length, 100)
  await read(MiB / 4 - 100, 100)
  await read(MiB / 4, 100)
  assert.deepEqual(blob.reads, [[0, MiB / 4], [MiB / 4, MiB / 2]])
})

/** A Blob whose stream comes in chunks of these lengths, as browsers cut them; `isGone` ends it early. */
class Cut extends Blob {
  streams = 0
  constructor(data, lengths) {
    super([data])
    this.data = data
    this.lengths = lengths
  }
  stream() {
    this.streams += 1
    const lengths = [...this.lengths]
    let at = 0
    return new ReadableStream({
      pull: (controller) => {
        const length = lengths.shift() ?? this.data.length
        if (at >= this.data.length || this.isGone) return controller.close()
        controller.enqueue(this.data.slice(at, (at += length)))
      },
    })
  }
}
const numbered = (bytes) => new Uint8Array(bytes).map((_, i) => (i * 31) >> 7)

test('who reads a source from its start in large parts reads one stream, several parts being asked for at once', async () => {
  const data = numbered(5 * MiB + 77)
  const blob = new Cut(data, [10, 3 * MiB, 65_536, 1])
  const read = start(blob)
  const parts = await Promise.all([read(0, 2 * MiB), read(2 * MiB, 2 * MiB), read(4 * MiB, MiB + 77)])
  assert.deepEqual(Buffer.concat(parts), Buffer.from(data))
  assert.equal(blob.streams, 1)
  assert.deepEqual(await read(0, 100), data.subarray(0, 100), 'and small parts of it afterwards')
  assert.deepEqual(await read(5 * MiB, 77), data.subarray(5 * MiB))
  assert.deepEqual(await read(0, 2 * MiB), data.subarray(0, 2 * MiB), 'from the start again is another stream')
  assert.equal(blob.streams, 2)
})

for (const [unit, lengths] of [[16, [16, 32, 7, 9, 1, 1]], [100, [1, 1, 250, 49, 99]], [4096, [10, 10]], [7, [1000]]]) {
  test(`slices of whole units however a stream is cut: ${unit} of ${lengths}`, async () => {
    const data = numbered(1003)
    const sources = new Sources()
    sources.add(0x80000003, new Cut(data, lengths))
    const slices = []
    for await (const slice of sources.units(0x80000003, 1003, unit)) slices.push(slice.slice())
    assert.deepEqual(Buffer.concat(slices), Buffer.from(data))
    for (const slice of slices.slice(0, -1)) assert.equal(slice.length % unit, 0)
    assert.deepEqual(await sources.read(0x80000003, 0, 5), data.subarray(0, 5), 'read as ever afterwards')
  })
}

test('a stream that ends early or whose source is released is lost', async () => {
  const blob = new Cut(numbered(4 * MiB), Array(8).fill(MiB / 2))
  const sources = new Sources()
  sources.add(0x80000004, blob)
  const [first, second] = [sources.read(0x80000004, 0, 2 * MiB), sources.read(0x80000004, 2 * MiB, 2 * MiB)]
  await first
  blob.isGone = true
  await assert.rejects(second, { status: StoreStatus.lost })
  await assert.rejects(sources.read(0x80000004, 0, 2 * MiB), { status: StoreStatus.lost })
  blob.isGone = false
  assert.equal((await sources.read(0x80000004, 0, 2 * MiB)).length, 2 * MiB, 'read again when it is back')
  const units = sources.units(0x80000004, 4 * MiB, 65_536)
  await units.next()
  sources.delete(0x80000004)
  await assert.rejects(async () => { for await (const _ of units); }, { status: StoreStatus.lost })
})

test('a changed file is lost, and is read again when it is back', async () => {
  const blob = new Watched(['abcdef'])
  const read = start(blob)
  blob.fail = true
  await assert.rejects(read(0, 3), { status: StoreStatus.lost })
  blob.fail = false
  assert.equal(new TextDecoder().decode(await read(0, 3)), 'abc')
  await assert.rejects(read(5, 2), { status: StoreStatus.lost }, 'beyond the end')
})

test('a released source is not found', async () => {
  const sources = new Sources()
  sources.add(0x80000002, new Blob(['x']))
  assert.equal((await sources.read(0x80000002, 0, 1)).length, 1)
  sources.delete(0x80000002)
  await assert.rejects(sources.read(0x80000002, 0, 1), { status: StoreStatus.notFound })
})
