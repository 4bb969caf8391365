// The bencode of host and engine: what is written can be read, keys are sorted, and malformed bytes throw.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { load } from './load.mjs'

const { decode, encode, Fields, toText } = await load('bencode', 'shared/bencode.ts')
const text = (value) => toText(encode(value))
const bytes = (value) => new TextEncoder().encode(value)

test('keys are sorted, undefined is left out, booleans are numbers, numbers are whole', () => {
  assert.equal(text({ b: 1, a: 'x', c: undefined, d: true, e: [1.9, -1, ''] }), 'd1:a1:x1:bi1e1:di1e1:eli1ei-1e0:ee')
})

test('strings are measured in bytes, bytes go as they are', () => {
  assert.equal(text('ü☂'), '5:ü☂')
  assert.deepEqual([...encode(new Uint8Array([0, 255]))], [50, 58, 0, 255])
})

test('numbers up to 2^53 survive', () => {
  assert.equal(decode(encode(2 ** 53)), 2 ** 53)
  assert.equal(decode(encode(-(2 ** 53))), -(2 ** 53))
})

test('fields are read by name and type', () => {
  const from = decode(encode({ n: 7, t: 'text', l: [1, 2], d: { x: 1 }, list: [{ a: 1 }, 3] }))
  assert.ok(from instanceof Fields)
  assert.deepEqual([from.number('n'), from.text('t'), from.number('t'), from.text('missing')], [7, 'text', undefined, undefined])
  assert.deepEqual(from.list('l'), [1, 2])
  assert.equal(from.fields('d').number('x'), 1)
  assert.deepEqual(from.each('list', (entry) => entry.number('a')), [1])
  assert.deepEqual(from.rest('n'), { t: 'text' })
})

test('a key named __proto__ is a key like others', () => {
  const rest = decode(bytes('d9:__proto__1:x1:ai1ee')).rest()
  assert.equal(Object.getPrototypeOf(rest), Object.prototype)
  assert.deepEqual(Object.keys(rest).sort(), ['__proto__', 'a'])
})

for (const broken of ['', 'i1', 'ie', 'i1.5e', 'ixe', '5:abc', '-1:', 'l', 'li1e', 'd1:a', 'd1:ai1e', 'i1ei2e', 'x', '1', 'di1ei1ee']) {
  test(`malformed: ${JSON.stringify(broken)} throws`, () => {
    assert.throws(() => decode(bytes(broken)))
  })
}
