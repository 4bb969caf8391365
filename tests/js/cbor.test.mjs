// App meta as deterministic CBOR: the shortest form of everything, keys in order of their bytes, and what strangers wrote
// is read without harm.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { load } from './load.mjs'

const { encodeCbor, decodeCbor, metaFrom } = await load('cbor', 'worker/cbor.ts')
const hex = (bytes) => Buffer.from(bytes).toString('hex')
const bytes = (text) => new Uint8Array(Buffer.from(text, 'hex'))
const nested = (levels, inner = 1) => JSON.parse('['.repeat(levels) + JSON.stringify(inner) + ']'.repeat(levels))

/** RFC 8949 appendix A, as far as JSON can say it, and what stands in share-v1.json. */
const VECTORS = [
  [0, '00'], [1, '01'], [10, '0a'], [23, '17'], [24, '1818'], [25, '1819'], [100, '1864'], [255, '18ff'], [256, '190100'], [1000, '1903e8'], [65535, '19ffff'],
  [65536, '1a00010000'], [1000000, '1a000f4240'], [4294967295, '1affffffff'], [4294967296, '1b0000000100000000'], [1000000000000, '1b000000e8d4a51000'],
  [Number.MAX_SAFE_INTEGER, '1b001fffffffffffff'], [-1, '20'], [-10, '29'], [-100, '3863'], [-1000, '3903e7'], [Number.MIN_SAFE_INTEGER, '3b001ffffffffffffe'],
  [1.1, 'fb3ff199999999999a'], [1.5, 'f93e00'], [3.4028234663852886e38, 'fa7f7fffff'], [1e300, 'fb7e37e43c8800759c'],
  [5.960464477539063e-8, 'f90001'], [0.00006103515625, 'f90400'], [-4.1, 'fbc010666666666666'], [65504.5, 'fa477fe080'], [0.5, 'f93800'],
  [2 ** 53, 'fa5a000000'], [2 ** -25, 'fa33000000'], [3 * 2 ** -25, 'fa33c00000'], [2 ** -24 * 1023, 'f903ff'], [1 + 2 ** -10, 'f93c01'], [1 + 2 ** -11, 'fa3f801000'],
  [Infinity, 'f97c00'], [-Infinity, 'f9fc00'], [NaN, 'f97e00'],
  [false, 'f4'], [true, 'f5'], [null, 'f6'], ['', '60'], ['a', '6161'], ['"\\', '62225c'], ['ü', '62c3bc'], ['水', '63e6b0b4'], ['\u{10151}', '64f0908591'],
  [[], '80'], [[1, 2, 3], '83010203'], [[1, [2, 3], [4, 5]], '8301820203820405'],
  [Array.from({ length: 25 }, (_, i) => i + 1), '98190102030405060708090a0b0c0d0e0f101112131415161718181819'],
  [{}, 'a0'], [{ a: 1, b: [2, 3] }, 'a26161016162820203'], [['a', { b: 'c' }], '826161a161626163'],
  [{ waveform: [0, 3, 7, 2], place: 'Zürich' }, 'a265706c616365675ac3bc726963686877617665666f726d8400030702'],
  [new Uint8Array([1, 2, 3, 4]), '4401020304'],
]
for (const [value, encoded] of VECTORS) {
  test(`${encoded} both ways`, () => {
    assert.equal(hex(encodeCbor(value)), encoded)
    assert.deepEqual(decodeCbor(bytes(encoded)), value)
  })
}

test('keys are sorted by their encoded bytes: the shorter first, then byte by byte, whatever the order given', () => {
  const keys = ['b', 'aa', 'a', 'ü', 'z', '10', '9', '', 'constructor']
  const forwards = Object.fromEntries(keys.map((key) => [key, 1]))
  const backwards = Object.fromEntries(keys.toReversed().map((key) => [key, 1]))
  assert.equal(hex(encodeCbor(forwards)), hex(encodeCbor(backwards)))
  assert.deepEqual([...hex(encodeCbor(forwards)).matchAll(/6039|6139/g)].length, 1)
  assert.deepEqual(Object.keys(decodeCbor(encodeCbor(forwards))), ['9', '10', '', 'a', 'b', 'z', 'aa', 'ü', 'constructor'])
})

test('members that JSON cannot hold are null, depth ends at 8 levels', () => {
  assert.equal(hex(encodeCbor([undefined])), '81f6')
  assert.deepEqual(decodeCbor(encodeCbor(nested(8))), nested(8))
  assert.throws(() => encodeCbor(nested(9)), RangeError)
  assert.throws(() => encodeCbor(nested(5_000)), RangeError)
  assert.throws(() => decodeCbor(bytes(`${'81'.repeat(9)}01`)), RangeError)
  assert.throws(() => decodeCbor(bytes(`${'a16161'.repeat(9)}01`)), RangeError)
  assert.throws(() => decodeCbor(bytes(`${'c1'.repeat(100_000)}01`)), RangeError)
})

test('a key named __proto__ or constructor is a key like others', () => {
  const meta = metaFrom(bytes('a2695f5f70726f746f5f5fa161780a6b636f6e7374727563746f72f6'))
  assert.equal(Object.getPrototypeOf(meta), Object.prototype)
  assert.deepEqual(Object.getOwnPropertyDescriptor(meta, '__proto__').value, { x: 10 })
  assert.equal(meta.constructor, null)
  assert.equal(meta.x, undefined)
  assert.equal({}.x, undefined)
  assert.equal(hex(encodeCbor(meta)), 'a2695f5f70726f746f5f5fa161780a6b636f6e7374727563746f72f6', 'and goes out again as it came')
})

test('numbers beyond 2^53 are numbers, tags are left out, unknown simple values are undefined', () => {
  assert.equal(decodeCbor(bytes('1bffffffffffffffff')), 2 ** 64)
  assert.equal(decodeCbor(bytes('3bffffffffffffffff')), -(2 ** 64))
  assert.equal(decodeCbor(bytes('c11a514b67b0')), 1363896240)
  assert.deepEqual(decodeCbor(bytes('82f7f820')), [undefined, undefined])
  assert.ok(Object.is(decodeCbor(bytes('f98000')), -0))
})

for (const broken of ['', '18', '19ff', '1c', '1f', '61', '62c3', '5b7fffffffffffffff00', '9affffffff', 'bb7fffffffffffffff', '81', 'a161', 'a1616101ff', '0000', 'f9', 'fb00']) {
  test(`malformed: ${broken || 'nothing'} throws, and as meta it is empty`, () => {
    assert.throws(() => decodeCbor(bytes(broken)))
    assert.deepEqual(metaFrom(bytes(broken)), {})
  })
}

test('meta of the first version is JSON text; what is no map is empty', () => {
  assert.deepEqual(metaFrom(new TextEncoder().encode('{"a":[1,"ü"],"__proto__":{"x":1}}')).a, [1, 'ü'])
  for (const none of ['7b', '8101', '01', '6161']) assert.deepEqual(metaFrom(bytes(none)), {}, none)
  assert.deepEqual(metaFrom(undefined), {})
})

test('bytes read from the middle of a buffer are read there', () => {
  const buffer = new Uint8Array([9, 9, 0xa1, 0x61, 0x61, 0x42, 1, 2, 9])
  assert.deepEqual(metaFrom(buffer.subarray(2, 8)), { a: new Uint8Array([1, 2]) })
})
