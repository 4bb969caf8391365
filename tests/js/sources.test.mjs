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

test('of a large source exactly what is asked for is read', async () => {
  const blob = new Watched(Array(65).fill(new Uint8Array(MiB)))
  const read = start(blob)
  assert.equal((await read(5, 100)).length, 100)
  await read(5, 100)
  assert.deepEqual(blob.reads, [[5, 105], [5, 105]])
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
