// Owns: share-v1-negative.json: shares with one thing wrong each, and what a reader must say. Run it after a change here:
//   node tests/vectors/make_negative.mjs
// Each entry says how its sealed bytes come about: `hex` as they stand; `vector` (a place in share-v1.json) cut to `bytes` and
// with `edits`; or `body_hex`, zeros up to `padded_bytes`, `edits`, sealed under the secret (or `prk_hex`).
import { readFileSync, writeFileSync } from 'node:fs'
import { KEY, additionalOf, concat, deriveKey, geometryOf, nonceOf, padme, sealChunk, torrentName } from './format/chunks.mjs'
import { Raw, encodeCbor } from './format/meta.mjs'
import { paddedBody } from './format/share.mjs'

const file = (name) => new URL(name, import.meta.url)
const positive = JSON.parse(readFileSync(file('share-v1.json'), 'utf8')).vectors
const secret = Uint8Array.from({ length: 32 }, (_, i) => 7 * i + 1)
const hex = (bytes) => Buffer.from(bytes).toString('hex')
const content = Buffer.alloc(30, 'x')
const entries = []

function add(title, [code, why = ''], fields) {
  entries.push({ title, code, why, secret_hex: hex(secret), password: null, torrent_name: torrentName(secret), piece_bytes: 16384, ...fields })
}

// ---- shares of share-v1.json, tampered with --------------------------------------------------------------------------

const place = (bytes) => positive.findIndex((vector) => vector.data[0].bytes === bytes && !vector.password)
const of = (vector) => ({ secret_hex: positive[vector].secret_hex, torrent_name: positive[vector].torrent_name })
const long = place(200000)
const [one, two] = [place(16303), place(16304)]
const chunk = ['bad-share', 'chunk']
const length = ['bad-share', 'length']

add('truncated: whole chunks are missing and the length is another legal one', chunk, { ...of(long), vector: long, bytes: 196816 })
add('truncated: one chunk is missing, which gives a length that no share has', length, { ...of(long), vector: long, bytes: 184528 })
add('truncated: one byte is missing', length, { ...of(long), vector: long, bytes: 200911 })
add('truncated: nothing is left', length, { ...of(long), vector: long, bytes: 0 })
add('extended: zeros behind, up to another legal length', chunk, { ...of(long), vector: long, bytes: 205008 })
add('spliced: the second chunk is that of another share', chunk,
  { ...of(one), vector: one, edits: [{ at: 16384, vector: two, from: 16384, bytes: 32 }] })
add('swapped: chunks 1 and 2', chunk, { ...of(long), vector: long,
  edits: [{ at: 16384, vector: long, from: 32768, bytes: 16384 }, { at: 32768, vector: long, from: 16384, bytes: 16384 }] })
add('repeated: chunk 1 stands in the place of chunk 2', chunk,
  { ...of(long), vector: long, edits: [{ at: 32768, vector: long, from: 16384, bytes: 16384 }] })
add('damaged: one bit of the first chunk', chunk, { ...of(long), vector: long, edits: [{ at: 100, xor: '01' }] })
add('damaged: one bit of a tag', chunk, { ...of(long), vector: long, edits: [{ at: 32767, xor: '80' }] })
add('damaged: one bit of the last chunk', chunk, { ...of(long), vector: long, edits: [{ at: 200911, xor: '01' }] })
add('wrong secret: the torrent has another name', ['wrong-key'], { vector: long, torrent_name: positive[long].torrent_name })
add('wrong secret: the name was made to fit', chunk, { vector: long })
add('wrong piece length: legal, but not that of this length', length, { ...of(long), vector: long, piece_bytes: 65536 })
add('wrong piece length: not a power of two', length, { ...of(long), vector: long, piece_bytes: 16385 })

const locked = positive.findIndex((vector) => vector.password === 'correct-horse')
add('wrong password', ['wrong-password'], { ...of(locked), vector: locked, password: 'correct horse',
  stretched_hex: '1e8eea0736964baeeb78d5bd8b7648fbd1378ddf6e4b6b4c7b7a94127addef28' })

// ---- chunks sealed otherwise than the format says ---------------------------------------------------------------------

const goodMeta = { n: 'M', f: [{ n: 'a', s: content.length, t: '' }] }
const body = paddedBody(encodeCbor(goodMeta), content)
const geometry = geometryOf(body.length)
const streamKey = deriveKey(secret, KEY.stream)
const sealedAs = (nonce, additional = additionalOf(geometry)) => ({ hex: hex(sealChunk(streamKey, nonce, additional, body)) })

add('wrong last flag: the only chunk is not sealed as the last', chunk, sealedAs(nonceOf(0, false)))
add('wrong number: the first chunk is sealed as the second', chunk, sealedAs(nonceOf(1, true)))
add('wrong length: sealed as part of a longer share', chunk,
  sealedAs(nonceOf(0, true), additionalOf({ ...geometry, paddedBytes: body.length + 1 })))
add('wrong chunk length: sealed as a chunk of 64 KiB', chunk, sealedAs(nonceOf(0, true), additionalOf({ ...geometry, chunkBytes: 65536 })))
add('wrong key: sealed with the key for signalling', chunk,
  { hex: hex(sealChunk(deriveKey(secret, KEY.signalling), nonceOf(0, true), additionalOf(geometry), body)) })

// ---- bodies that are sealed well and are wrong inside -----------------------------------------------------------------

function addBody(title, why, bytes, fields = {}) {
  const trimmed = Buffer.from(bytes)
  add(title, ['bad-share', why], { body_hex: hex(trimmed), padded_bytes: padme(trimmed.length), ...fields })
}
const u32 = (value) => Uint8Array.from([value, value >> 8, value >> 16, value >> 24])
const withMeta = (cbor, rest = content) => concat(u32(cbor.length), cbor, rest)
const addMeta = (title, why, meta) => addBody(title, why, withMeta(meta instanceof Uint8Array ? meta : encodeCbor(meta)))
const fileWith = (fields) => ({ ...goodMeta, f: [{ ...goodMeta.f[0], ...fields }] })
const without = (object, key) => Object.fromEntries(Object.entries(object).filter(([name]) => name !== key))

const good = encodeCbor(goodMeta)
const end = 4 + good.length + content.length
addBody('padding: the byte behind the content is not zero', 'padding', withMeta(good), { edits: [{ at: end, xor: '01' }] })
addBody('padding: the last byte is not zero', 'padding', withMeta(good), { edits: [{ at: body.length - 1, xor: '80' }] })
addBody('padded length: meta and files make a shorter body', 'sizes', withMeta(good), { padded_bytes: 60 })
addBody('padded length: meta and files make a longer body', 'sizes', withMeta(encodeCbor(fileWith({ s: 33 }))), { padded_bytes: 56 })
addBody('padded length: not one that padding gives', 'length', withMeta(good), { padded_bytes: 57 })
addBody('sizes: a file as large as the largest number', 'sizes', withMeta(encodeCbor(fileWith({ s: 2n ** 64n - 1n }))))
addBody('sizes: two files whose sum overflows', 'sizes', withMeta(encodeCbor({ ...goodMeta, f: [0, 1].map(() => ({ n: 'a', s: 2n ** 63n, t: '' })) })))
addBody('header: no room for the length of meta', 'meta-too-long', [1, 0, 0])
addBody('header: meta ends behind the body', 'meta-too-long', concat(u32(body.length - 3), body.subarray(4)))
addBody('header: the length of meta is the largest number', 'meta-too-long', concat([255, 255, 255, 255], body.subarray(4)))
addBody('header: meta is one byte above its limit', 'meta-too-long', u32(256 * 1024 + 1), { padded_bytes: 270336 })
addBody('header: no meta', 'meta-syntax', withMeta([]))

addMeta('meta: cut by one byte', 'meta-syntax', good.subarray(0, good.length - 1))
addMeta('meta: one byte behind the map', 'meta-syntax', concat(good, [0]))
addMeta('meta: an array', 'meta-syntax', encodeCbor([goodMeta]))
addMeta('meta: JSON', 'meta-syntax', Buffer.from('{"n":"M","f":[{"n":"a","s":30,"t":""}]}'))
addMeta('meta: an open-ended map', 'meta-syntax', concat([0xbf], good.subarray(1), [0xff]))
addMeta('meta: a length in a longer form', 'meta-syntax', concat([0xb8, 2], good.subarray(1)))
addMeta('meta: keys out of order', 'meta-syntax', concat([0xa2], encodeCbor('n'), encodeCbor('M'), encodeCbor('f'), encodeCbor(goodMeta.f)))
addMeta('meta: a key twice', 'meta-syntax', concat([0xa3], good.subarray(1), encodeCbor('n'), encodeCbor('N')))
addMeta('meta: a key twice in a value that is not known', 'meta-syntax', { ...goodMeta, z: new Raw('a2616100616100') })
addMeta('meta: a float in a longer form', 'meta-syntax', { ...goodMeta, d: new Raw('fa3fc00000') })
addMeta('meta: a title that is not UTF-8', 'meta-syntax', { ...goodMeta, n: new Raw('61ff') })
addMeta('meta: nine levels deep', 'meta-too-deep', { ...goodMeta, z: new Raw('818181818181818100') })

const shown = (value) => value instanceof Raw ? value.hex : value instanceof Uint8Array ? 'bytes' : JSON.stringify(value)
for (const [key, value] of [['n', 1], ['n', Buffer.from('M')], ['f', {}], ['f', 'a'], ['a', 1], ['c', '2016'], ['c', 1.5], ['c', 8640000000000001],
  ['d', '93'], ['d', -1], ['d', 2 ** 32], ['d', new Raw('f97e00')], ['d', new Raw('f97c00')], ['e', null], ['h', 'x'], ['x', []],
  ['x', new Raw('a10101')]]) {
  addMeta(`meta type: ${key} is ${shown(value)}`, 'meta-type', { ...goodMeta, [key]: value })
}
for (const [key, value] of [['n', 1], ['s', '30'], ['s', -1], ['s', 1.5], ['t', null]]) {
  addMeta(`meta type: ${key} of a file is ${JSON.stringify(value)}`, 'meta-type', fileWith({ [key]: value }))
}
addMeta('meta type: a file is a text', 'meta-type', { ...goodMeta, f: ['a'] })
addMeta('meta type: a title above 4 096 bytes', 'meta-type', { ...goodMeta, n: 'M'.repeat(4097) })
for (const key of ['n', 'f']) addMeta(`meta: no ${key}`, 'meta-missing', without(goodMeta, key))
for (const key of ['n', 's']) addMeta(`meta: a file without ${key}`, 'meta-missing', { ...goodMeta, f: [without(goodMeta.f[0], key)] })
addMeta('files: none', 'files', { ...goodMeta, f: [] })
addMeta('files: 1 025', 'files', { ...goodMeta, f: Array.from({ length: 1025 }, () => ({ n: 'a', s: 0 })) })
addMeta('thumbnail: one byte above its limit', 'thumbnail', { ...goodMeta, h: Buffer.alloc(8193) })
for (const name of ['', '/', '/a', 'a/', 'a//b', '.', '..', '../a', 'a/../b', 'a/./b', 'a\\b', 'a\0b', 'x'.repeat(256), 'd/'.repeat(32) + 'd']) {
  addMeta(`path: ${JSON.stringify(name.slice(0, 20))}`, 'path', fileWith({ n: name }))
}

const json = { format: 'share v1', about: 'one thing wrong each; how `code` and `why` are told apart: docs/share-format.md', vectors: entries }
writeFileSync(file('share-v1-negative.json'), JSON.stringify(json, null, 1) + '\n')
console.log(`${entries.length} vectors`)
