// Drives Samara in a page through its public API only. Its log is kept whole, at debug level, as `sm.log`.
import * as sdk from '/js/dist/index.js'

const OPEN_TIMEOUT_MS = 10_000
const log = []

const sm = {
  sdk,
  log,
  samara: undefined,

  /** @param {object} options OpenOptions that can be sent; no public network unless asked for */
  async open(options = {}) {
    const opening = sdk.open({ iceServers: [], log: (entry) => keep(entry), ...options })
    const late = kit.sleep(OPEN_TIMEOUT_MS).then(() => { throw new Error(`open() did not settle in ${OPEN_TIMEOUT_MS} ms`) })
    late.catch(() => {})
    sm.samara = await Promise.race([opening, late])
    window.samara = sm.samara
    return sm.samara.snapshot.role
  },

  /** Files made of bytes on the spot; one without `many` is shared as itself, not as a list. */
  source: (files) => files.length === 1 ? kit.file(files[0]) : files.map((spec) => kit.file(spec)),

  /** An open torrent. */
  async share({ files, options }) {
    const share = await sm.samara.share(sm.source(files), { encrypt: false, ...options })
    return sm.plainShare(share)
  },

  /** As share() does it when nothing is said. Dates are given in Unix milliseconds, the thumbnail as {bytes: […], type}. */
  async seal({ files, options: { createdAt, expiresAt, thumbnail, ...options } = {} }) {
    const share = await sm.samara.share(sm.source(files), {
      ...options, ...(createdAt && { createdAt: new Date(createdAt) }), ...(expiresAt && { expiresAt: new Date(expiresAt) }),
      ...(thumbnail && { thumbnail: new Blob([Uint8Array.from(thumbnail.bytes)], { type: thumbnail.type }) }),
    })
    return sm.plainShare(share)
  },

  plainShare: (share) => ({
    id: share.id, key: share.key, url: share.url, compactUrl: share.compactUrl, magnet: share.magnet,
    infoHash: share.infoHash, state: share.stats().state,
  }),

  async findShare(id) { return (await sm.samara.shares()).find((share) => share.id === id) },

  /** An Item as plain values, with the digest of every file. */
  async plainItem(item) {
    const files = []
    for (const [index, file] of item.files.entries()) {
      files.push({ name: file.name, size: file.size, type: file.type, sha256: await kit.sha256(await item.blob(index)) })
    }
    return { id: item.id, origin: item.origin, infoHash: item.infoHash, name: item.name, size: item.size, type: item.type, files }
  },

  /** What an Item or Metadata says of its content, as plain values. */
  async description({ name, type, size, description, createdAt, durationSeconds, expiresAt, thumbnail, meta }) {
    return {
      name, type, size, description, createdAt: createdAt?.getTime(), durationSeconds, expiresAt: expiresAt?.getTime(), meta,
      thumbnail: thumbnail && { type: thumbnail.type, bytes: [...new Uint8Array(await thumbnail.arrayBuffer())] },
    }
  },

  async plainItems() { return Promise.all((await sm.samara.items()).map(sm.plainItem)) },

  /** @param {{link?: string, torrentFile?: string, options?: object}} what torrentFile in base64, given as bytes */
  receive({ link, torrentFile, options }) {
    const transfer = sm.samara.receive(link ?? Uint8Array.from(atob(torrentFile), (char) => char.charCodeAt(0)), options)
    sm.transfer = transfer
    return transfer
  },

  /** Receives to the end: the item as plain values and the progress at the end. */
  async receiveAll(what) {
    const transfer = sm.receive(what)
    const item = await transfer.done
    return { ...await sm.plainItem(item), progress: plainProgress(transfer.snapshot) }
  },

  progress: (transfer = sm.transfer) => plainProgress(transfer.snapshot),
}

const plainProgress = ({ state, verifiedBytes, totalBytes, peers, have, error, reason }) =>
  ({ state, verifiedBytes, totalBytes, peers, have: have.map((range) => [...range]), error: error && kit.plainError(error), reason: reason?.code })

function keep(entry) {
  log.push({ level: entry.level, area: entry.area, code: entry.code, message: entry.message, data: { ...entry.data } })
  console.log(`samara ${entry.level} ${entry.area} ${entry.code}: ${entry.message} ${JSON.stringify(entry.data)}`)
}

window.describeState = async () => JSON.stringify({
  transfer: sm.transfer && sm.progress(), shares: (await sm.samara?.shares())?.map((share) => share.stats()),
  health: await sm.samara?.health(), unhandled: kit.unhandled,
})
window.sm = sm
window.ready = true
