// The files of the tests: the same bytes as kit.bytes makes in pages, their digests, and create-torrent's opinion on them.
import { createHash } from 'node:crypto'
import createTorrent from 'create-torrent'
import parseTorrent from 'parse-torrent'

export const KiB = 1024
export const MiB = 1024 * KiB

/** @typedef {{name?: string, seed: number, size: number, type?: string}} FileSpec */

export function bytesOf({ seed, size }) {
  const bytes = Buffer.alloc(size)
  let x = seed >>> 0
  for (let i = 0; i < size; i += 1) {
    x = (Math.imul(x, 1664525) + 1013904223) >>> 0
    bytes[i] = x >>> 24
  }
  return bytes
}

/** @param {FileSpec} spec */
export const digestOf = (spec) => createHash('sha256').update(bytesOf(spec)).digest('hex')

/** What create-torrent makes of these files: {infoHash, torrentFile: Buffer}. */
export async function referenceTorrent(files, { name, trackers = [], pieceLength } = {}) {
  const input = files.map((spec) => Object.assign(bytesOf(spec), { name: spec.name }))
  const torrentFile = await new Promise((resolve, reject) => {
    const options = { announceList: trackers.map((url) => [url]), ...(name && { name }), ...(pieceLength && { pieceLength }) }
    createTorrent(input.length === 1 ? input[0] : input, options, (error, torrent) => error ? reject(error) : resolve(Buffer.from(torrent)))
  })
  return { infoHash: (await parseTorrent(torrentFile)).infoHash, torrentFile }
}
