// The share format as a second implementation reads and writes it that was made from docs/share-format.md alone
// (tests/vectors/format): the same vectors, links and refusals as the engine's.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { KEY, concat, deriveKey, geometryOf, geometryOfTorrent, padme, passwordKey, passwordSalt, sealBody } from '../vectors/format/chunks.mjs'
import { encodeCbor, parseMeta } from '../vectors/format/meta.mjs'
import { compactLink, link, readShare, writeShare } from '../vectors/format/share.mjs'

const read = (path) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
const positive = JSON.parse(read('tests/vectors/share-v1.json'))
const negative = JSON.parse(read('tests/vectors/share-v1-negative.json')).vectors
const bytesOf = (hex) => Uint8Array.from(Buffer.from(hex, 'hex'))
const hexOf = (bytes) => Buffer.from(bytes).toString('hex')

/** What Argon2id gives for the passwords of the vectors: Node has no Argon2id before version 24. */
const STRETCHED = {
  'correct-horse': '60bca7e5374f5ba8d8184db6ae542692576c8f4d37727c839bc9ae069a9f0a09',
  pässwörd: '02cdf4be985dc441768f95483d225cfb1bb6daa14ce1febffff528edc3443ff3',
}

function lcg(seed, bytes) {
  const out = new Uint8Array(bytes)
  for (let i = 0, x = seed; i < bytes; i += 1) {
    x = (Math.imul(x, 1664525) + 1013904223) >>> 0
    out[i] = x >>> 24
  }
  return out
}

function sharePartsOf(vector) {
  const secret = bytesOf(vector.secret_hex)
  const prk = vector.password ? passwordKey(secret, bytesOf(STRETCHED[vector.password])) : secret
  return { secret, prk, metaCbor: bytesOf(vector.meta_cbor_hex), content: concat(...vector.data.map((part) => lcg(part.lcg_seed, part.bytes))) }
}

/** The vector's "meta_json" with its thumbnail made. */
const metaOf = ({ meta_json: { h, ...meta } }) => (h ? { ...meta, h: lcg(h.lcg_seed, h.lcg_bytes) } : meta)

test('every published share is written and read byte for byte', () => {
  for (const vector of positive.vectors) {
    const parts = sharePartsOf(vector)
    assert.equal(hexOf(encodeCbor(metaOf(vector))), vector.meta_cbor_hex)
    const share = writeShare(parts)
    assert.equal(share.geometry.paddedBytes, vector.padded_bytes)
    assert.equal(share.geometry.pieceBytes, vector.piece_bytes)
    assert.equal(share.geometry.chunks, vector.chunks)
    assert.equal(share.sealed.length, vector.ciphertext_bytes)
    assert.equal(createHash('sha256').update(share.sealed).digest('hex'), vector.ciphertext_sha256)
    assert.equal(share.name, vector.torrent_name)
    assert.equal(share.infoHash, vector.infohash)
    const { meta, content } = readShare({ ...parts, ...share, pieceBytes: vector.piece_bytes, passwordNeeded: Boolean(vector.password) })
    assert.equal(meta.title, vector.meta_json.n)
    assert.deepEqual(meta.files, vector.meta_json.f.map((file) => ({ name: file.n, bytes: file.s, type: file.t })))
    assert.equal(meta.durationMs, vector.meta_json.d && vector.meta_json.d * 1000)
    assert.equal(Buffer.compare(content, parts.content), 0)
  }
})

test('every published geometry row follows from the length', () => {
  for (const row of positive.geometry) {
    const geometry = geometryOf(padme(row.body_bytes))
    assert.deepEqual([geometry.paddedBytes, geometry.pieceBytes, geometry.chunkBytes, geometry.chunks, geometry.sealedBytes],
      [row.padded_bytes, row.piece_bytes, row.chunk_bytes, row.chunks, row.ciphertext_bytes])
    if (row.body_bytes > 0) assert.deepEqual(geometryOfTorrent(row.ciphertext_bytes, row.piece_bytes), geometry)
  }
})

function sealedOf(vector) {
  if (vector.hex) return bytesOf(vector.hex)
  const isEdited = vector.vector !== undefined
  const source = isEdited ? writeShare(sharePartsOf(positive.vectors[vector.vector])).sealed : bytesOf(vector.body_hex)
  const bytes = new Uint8Array((isEdited ? vector.bytes : vector.padded_bytes) ?? source.length)
  bytes.set(source.subarray(0, bytes.length))
  for (const edit of vector.edits ?? []) {
    if (edit.xor) bytesOf(edit.xor).forEach((byte, i) => { bytes[edit.at + i] ^= byte })
    else bytes.set(writeShare(sharePartsOf(positive.vectors[edit.vector])).sealed.subarray(edit.from, edit.from + edit.bytes), edit.at)
  }
  return isEdited ? bytes : sealBody(bytesOf(vector.secret_hex), geometryOf(bytes.length), bytes)
}

test('shares with one thing wrong are refused, each for its reason', () => {
  assert.ok(negative.length > 80)
  for (const vector of negative) {
    const secret = bytesOf(vector.secret_hex)
    const prk = vector.password ? passwordKey(secret, bytesOf(vector.stretched_hex)) : secret
    const share = { secret, prk, passwordNeeded: vector.password !== null, name: vector.torrent_name, pieceBytes: vector.piece_bytes, sealed: sealedOf(vector) }
    assert.throws(() => readShare(share), ({ code, why }) => code === vector.code && why === vector.why, vector.title)
  }
})

test('the worked example of the page is what the page says, with and without the password', () => {
  const page = read('docs/share-format.md')
  const packed = page.replace(/\s+/g, '')
  const { secret, metaCbor, content } = EXAMPLE
  const salt = passwordSalt(secret)
  for (const prk of [secret, passwordKey(secret, EXAMPLE.stretched)]) {
    const share = writeShare({ secret, prk, metaCbor, content })
    const compact = compactLink('https://memo.example/', { infoHash: share.infoHash, secret, password: prk !== secret })
    for (const value of [secret, prk, deriveKey(prk, KEY.stream), deriveKey(secret, KEY.name), metaCbor, salt, share.sealed]) {
      assert.ok(packed.includes(hexOf(value)), hexOf(value))
    }
    for (const value of [share.name, share.infoHash, compact]) assert.ok(page.includes(value), value)
  }
  const { infoHash } = writeShare({ secret, metaCbor, content })
  assert.ok(page.includes(link('https://memo.example/', { magnet: `magnet:?xt=urn:btih:${infoHash}`, secret })))
})

test('a compact link of a sealed share is 71 characters behind the form', () => {
  const [vector] = positive.vectors
  const compact = compactLink('', { infoHash: vector.infohash, secret: bytesOf(vector.secret_hex) })
  assert.equal(compact.length, '#s1.'.length + 71)
  assert.match(compact, /^#s1\.[\w-]+$/)
})

test('numbers are read from their shortest form only, and written in it', () => {
  const withDuration = (hex) => parseMeta(bytesOf(`a36164${hex}616681a2616e6161617301616e614d`)).durationMs
  assert.equal(withDuration('f93e00'), 1500)
  assert.equal(withDuration('fb3ff004189374bc6a'), 1001)
  assert.equal(hexOf(encodeCbor(1.001)), 'fb3ff004189374bc6a')
  assert.equal(hexOf(encodeCbor(100000.5)), 'fa47c35040')
  assert.throws(() => withDuration('fa3fc00000'), { why: 'meta-syntax' })
})

const EXAMPLE = {
  secret: Uint8Array.from({ length: 32 }, (_, i) => i),
  metaCbor: encodeCbor({ n: 'Hi', f: [{ n: 'hi.txt', s: 14, t: 'text/plain' }] }),
  content: Buffer.from('Hello, sealed!'),
  stretched: bytesOf('c36bbf131475cc31547ac6d0d9546e3f80f192b669c9e7a33d847967d4aa6624'),
}
