// Owns: a whole share in memory, written and read, its torrent and its links, made from docs/share-format.md alone.
// Refuses to know: the engine, and how bytes travel. Argon2id is the caller's.
import { createHash } from 'node:crypto'
import { KEY, ShareError, additionalOf, bad, concat, deriveKey, geometryOf, geometryOfTorrent, nonceOf, openChunk, padme,
  sealBody, torrentName } from './chunks.mjs'
import { encodeCbor, readHeader } from './meta.mjs'

const u32le = (value) => {
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setUint32(0, value, true)
  return bytes
}

/** u32le(length of meta) ‖ meta ‖ content ‖ zeros. */
export function paddedBody(metaCbor, content) {
  const body = concat(u32le(metaCbor.length), metaCbor, content)
  return concat(body, new Uint8Array(padme(body.length) - body.length))
}

/** {geometry, sealed, name, infoHash}: `prk` is the secret, or with a password passwordKey(). */
export function writeShare({ secret, prk = secret, metaCbor, content }) {
  const padded = paddedBody(metaCbor, content)
  const geometry = geometryOf(padded.length)
  const sealed = sealBody(prk, geometry, padded)
  const name = torrentName(secret)
  return { geometry, sealed, name, infoHash: infoHash(name, geometry.pieceBytes, sealed) }
}

export function infoHash(name, pieceBytes, sealed) {
  const pieces = []
  for (let at = 0; at < sealed.length; at += pieceBytes) {
    pieces.push(createHash('sha1').update(sealed.subarray(at, at + pieceBytes)).digest())
  }
  const start = `d6:lengthi${sealed.length}e4:name${name.length}:${name}12:piece lengthi${pieceBytes}e6:pieces${20 * pieces.length}:`
  return createHash('sha1').update(start).update(Buffer.concat(pieces)).update('e').digest('hex')
}

/** {meta, content} of a torrent whose pieces are verified; throws ShareError. `prk` as in writeShare. */
export function readShare({ secret, prk = secret, passwordNeeded = false, name, pieceBytes, sealed }) {
  if (name !== torrentName(secret)) throw new ShareError('wrong-key')
  const geometry = geometryOfTorrent(sealed.length, pieceBytes)
  const key = deriveKey(prk, KEY.stream)
  const parts = []
  for (let i = 0; i < geometry.chunks; i += 1) {
    const chunk = sealed.subarray(i * geometry.chunkBytes, (i + 1) * geometry.chunkBytes)
    const plain = openChunk(key, nonceOf(i, i === geometry.chunks - 1), additionalOf(geometry), chunk)
    if (!plain && i === 0 && passwordNeeded) throw new ShareError('wrong-password')
    if (!plain) throw bad('chunk')
    parts.push(plain)
  }
  const padded = concat(...parts)
  const { meta, contentAt } = readHeader(padded)
  const contentBytes = meta.files.reduce((sum, file) => sum + file.bytes, 0)
  if (padded.subarray(contentAt + contentBytes).some((byte) => byte !== 0)) throw bad('padding')
  return { meta, content: padded.subarray(contentAt, contentAt + contentBytes) }
}

const base64url = (bytes) => Buffer.from(bytes).toString('base64url')

/** `trackers` only where they are not the reader's own. */
export function compactLink(base, { infoHash: hash, secret, password = false, trackers = [] }) {
  const flags = (password ? 1 : 0) | (trackers.length > 0 ? 8 : 0)
  const list = trackers.length > 0 ? encodeCbor(trackers) : []
  return `${base}#s1.${base64url(concat([flags], Buffer.from(hash, 'hex'), secret, list))}`
}

export function link(base, { magnet, secret, password = false }) {
  return `${base}#seeds=${encodeURIComponent(magnet)}&k=${base64url(secret)}${password ? '&p=1' : ''}`
}
