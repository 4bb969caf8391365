// Owns: keys, padding and chunks of the share format, made from docs/share-format.md alone. With meta.mjs and share.mjs a
// second implementation, which proves that the page is enough. ChaCha20-Poly1305 is Node's; BLAKE2b and HChaCha20 are here.
// No speed. Refuses to know: the engine, meta, torrents. Argon2id is the caller's.
import { createCipheriv, createDecipheriv } from 'node:crypto'

/** Why a share was not read: code as in docs/errors.md, `why` for bad-share. */
export class ShareError extends Error {
  constructor(code, why = '') {
    super(why ? `${code} (${why})` : code)
    Object.assign(this, { code, why })
  }
}
export const bad = (why) => new ShareError('bad-share', why)
export const utf8 = (text) => new TextEncoder().encode(text)
export const concat = (...parts) => Uint8Array.from(Buffer.concat(parts.map((part) => Uint8Array.from(part))))

// ---- BLAKE2b (RFC 7693) ---------------------------------------------------------------------------------------------

const BLAKE_IV = [0x6a09e667f3bcc908n, 0xbb67ae8584caa73bn, 0x3c6ef372fe94f82bn, 0xa54ff53a5f1d36f1n, 0x510e527fade682d1n,
  0x9b05688c2b3e6c1fn, 0x1f83d9abfb41bd6bn, 0x5be0cd19137e2179n]
const SIGMA = [[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15], [14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3],
  [11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4], [7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8],
  [9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13], [2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9],
  [12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11], [13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10],
  [6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5], [10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0]]
const WORD = 0xffffffffffffffffn
const rotate64 = (x, n) => ((x >> n) | (x << (64n - n))) & WORD

function blakeMix(v, a, b, c, d, x, y) {
  v[a] = (v[a] + v[b] + x) & WORD
  v[d] = rotate64(v[d] ^ v[a], 32n)
  v[c] = (v[c] + v[d]) & WORD
  v[b] = rotate64(v[b] ^ v[c], 24n)
  v[a] = (v[a] + v[b] + y) & WORD
  v[d] = rotate64(v[d] ^ v[a], 16n)
  v[c] = (v[c] + v[d]) & WORD
  v[b] = rotate64(v[b] ^ v[c], 63n)
}

function blakeBlock(h, block, count, last) {
  const view = new DataView(block.buffer, block.byteOffset, 128)
  const m = Array.from({ length: 16 }, (_, i) => view.getBigUint64(8 * i, true))
  const v = [...h, ...BLAKE_IV]
  v[12] ^= BigInt(count)
  if (last) v[14] ^= WORD
  for (let round = 0; round < 12; round += 1) {
    const s = SIGMA[round % 10]
    for (let i = 0; i < 4; i += 1) blakeMix(v, i, 4 + i, 8 + i, 12 + i, m[s[2 * i]], m[s[2 * i + 1]])
    for (let i = 0; i < 4; i += 1) blakeMix(v, i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4, m[s[8 + 2 * i]], m[s[9 + 2 * i]])
  }
  for (let i = 0; i < 8; i += 1) h[i] ^= v[i] ^ v[i + 8]
}

/** `salt` and `personal`: up to 16 bytes, zeros behind. */
export function blake2b(message, { bytes, key, salt = [], personal = [] }) {
  const parameters = new Uint8Array(64)
  parameters.set([bytes, key.length, 1, 1])
  parameters.set(salt, 32)
  parameters.set(personal, 48)
  const view = new DataView(parameters.buffer)
  const h = BLAKE_IV.map((word, i) => word ^ view.getBigUint64(8 * i, true))
  const keyBlock = new Uint8Array(128)
  keyBlock.set(key)
  const input = concat(keyBlock, message)
  for (let at = 0; at < input.length; at += 128) {
    const block = new Uint8Array(128)
    block.set(input.subarray(at, at + 128))
    blakeBlock(h, block, Math.min(at + 128, input.length), at + 128 >= input.length)
  }
  const out = new DataView(new ArrayBuffer(64))
  h.forEach((word, i) => out.setBigUint64(8 * i, word, true))
  return new Uint8Array(out.buffer, 0, bytes)
}

// ---- keys -----------------------------------------------------------------------------------------------------------

export const KEY = { stream: 1, rendezvous: 2, signalling: 3, psk: 4, name: 5 }
export const deriveKey = (from, number) => blake2b([], { bytes: 32, key: from, salt: [number], personal: utf8('smrShare') })
export const passwordSalt = (secret) => blake2b(utf8('samara/v1/salt'), { bytes: 16, key: secret })
/** `stretched`: Argon2id(NFC(password), passwordSalt(secret), t = 3, m = 64 MiB, 32 bytes). */
export const passwordKey = (secret, stretched) => blake2b(concat(utf8('samara/v1/pw'), stretched), { bytes: 32, key: secret })

export function torrentName(secret) {
  const bits = [...deriveKey(secret, KEY.name).subarray(0, 10)].map((byte) => byte.toString(2).padStart(8, '0')).join('')
  return bits.match(/.{5}/g).map((five) => 'abcdefghijklmnopqrstuvwxyz234567'[parseInt(five, 2)]).join('')
}

// ---- padding, pieces, chunks ----------------------------------------------------------------------------------------

const KIB = 1024
const MIB = 1024 * KIB
const TAG = 16

export function padme(bytes) {
  if (bytes < 2) return bytes
  const e = Math.floor(Math.log2(bytes))
  const s = Math.floor(Math.log2(e)) + 1
  const step = 2 ** (e - s)
  return Math.ceil(bytes / step) * step
}

/** From a padded length: {paddedBytes, pieceBytes, chunkBytes, stride, chunks, sealedBytes}. */
export function geometryOf(paddedBytes) {
  let pieceBytes = paddedBytes < 16 * MIB ? 16 * KIB : paddedBytes < 128 * MIB ? 64 * KIB : 128 * KIB
  const chunkBytes = Math.min(pieceBytes, 64 * KIB)
  const stride = chunkBytes - TAG
  const chunks = Math.max(1, Math.ceil(paddedBytes / stride))
  const sealedBytes = paddedBytes + TAG * chunks
  while (pieceBytes > 64 * KIB && Math.ceil(sealedBytes / pieceBytes) > 2048) pieceBytes *= 2
  if (pieceBytes > 16 * MIB) throw new ShareError('too-large')
  return { paddedBytes, pieceBytes, chunkBytes, stride, chunks, sealedBytes }
}

/** From what the torrent says; throws bad-share (length). */
export function geometryOfTorrent(sealedBytes, pieceBytes) {
  const chunkBytes = Math.min(pieceBytes, 64 * KIB)
  const last = sealedBytes % chunkBytes
  if (sealedBytes === 0 || (last > 0 && last <= TAG)) throw bad('length')
  const paddedBytes = sealedBytes - TAG * Math.ceil(sealedBytes / chunkBytes)
  if (padme(paddedBytes) !== paddedBytes) throw bad('length')
  const geometry = geometryOf(paddedBytes)
  if (geometry.pieceBytes !== pieceBytes || geometry.sealedBytes !== sealedBytes) throw bad('length')
  return geometry
}

// ---- one chunk: XChaCha20-Poly1305 ----------------------------------------------------------------------------------

const rotate32 = (x, n) => (x << n) | (x >>> (32 - n))
function quarter(x, a, b, c, d) {
  x[a] = (x[a] + x[b]) | 0; x[d] = rotate32(x[d] ^ x[a], 16)
  x[c] = (x[c] + x[d]) | 0; x[b] = rotate32(x[b] ^ x[c], 12)
  x[a] = (x[a] + x[b]) | 0; x[d] = rotate32(x[d] ^ x[a], 8)
  x[c] = (x[c] + x[d]) | 0; x[b] = rotate32(x[b] ^ x[c], 7)
}

function hchacha20(key, nonce16) {
  const view = (bytes, i) => new DataView(bytes.buffer, bytes.byteOffset).getInt32(4 * i, true)
  const x = new Int32Array([0x61707865, 0x3320646e, 0x79622d32, 0x6b206574,
    ...Array.from({ length: 8 }, (_, i) => view(key, i)), ...Array.from({ length: 4 }, (_, i) => view(nonce16, i))])
  for (let round = 0; round < 10; round += 1) {
    for (let i = 0; i < 4; i += 1) quarter(x, i, 4 + i, 8 + i, 12 + i)
    for (let i = 0; i < 4; i += 1) quarter(x, i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4)
  }
  const out = new DataView(new ArrayBuffer(32))
  for (let i = 0; i < 4; i += 1) {
    out.setInt32(4 * i, x[i], true)
    out.setInt32(16 + 4 * i, x[12 + i], true)
  }
  return new Uint8Array(out.buffer)
}

export function nonceOf(chunk, last) {
  const nonce = new Uint8Array(24)
  nonce.set(utf8('samara/v1/chunks'))
  for (let i = 0, rest = chunk; i < 6; i += 1, rest = Math.floor(rest / 256)) nonce[22 - i] = rest % 256
  nonce[23] = last ? 1 : 0
  return nonce
}

export function additionalOf({ paddedBytes, chunkBytes }) {
  const data = new Uint8Array(9)
  new DataView(data.buffer).setBigUint64(0, BigInt(paddedBytes), true)
  data[8] = Math.log2(chunkBytes)
  return data
}

/** `make`: createCipheriv or createDecipheriv. */
function xchacha(make, key, nonce, additional, length) {
  const inner = concat(new Uint8Array(4), nonce.subarray(16))
  const cipher = make('chacha20-poly1305', hchacha20(key, nonce.subarray(0, 16)), inner, { authTagLength: TAG })
  cipher.setAAD(additional, { plaintextLength: length })
  return cipher
}

export function sealChunk(streamKey, nonce, additional, plain) {
  const cipher = xchacha(createCipheriv, streamKey, nonce, additional, plain.length)
  return concat(cipher.update(plain), cipher.final(), cipher.getAuthTag())
}

/** null when it does not open. */
export function openChunk(streamKey, nonce, additional, sealed) {
  const decipher = xchacha(createDecipheriv, streamKey, nonce, additional, sealed.length - TAG)
  decipher.setAuthTag(sealed.subarray(sealed.length - TAG))
  try {
    return concat(decipher.update(sealed.subarray(0, sealed.length - TAG)), decipher.final())
  } catch {
    return null
  }
}

export function sealBody(prk, geometry, padded) {
  const key = deriveKey(prk, KEY.stream)
  const parts = []
  for (let i = 0; i < geometry.chunks; i += 1) {
    const plain = padded.subarray(i * geometry.stride, (i + 1) * geometry.stride)
    parts.push(sealChunk(key, nonceOf(i, i === geometry.chunks - 1), additionalOf(geometry), plain))
  }
  return concat(...parts)
}
