// Drives webtorrent 3.0.21 in a page: seeding and leeching in the plainest way its documentation shows.
import WebTorrent from '/tests/node_modules/webtorrent/dist/webtorrent.min.js'

const client = new WebTorrent({ tracker: { rtcConfig: { iceServers: [] } } })
client.on('error', (error) => console.log('webtorrent error', String(error)))

const find = (infoHash) => client.torrents.find((one) => one.infoHash === infoHash)

window.wt = {
  client,
  version: WebTorrent.VERSION ?? client.constructor.VERSION,

  /** @returns {Promise<{infoHash, magnet, torrentFile: string}>} torrentFile in base64; resolves when it serves */
  async seed({ files, options, trackers }) {
    const input = files.map((spec) => kit.file(spec))
    const torrent = await new Promise((resolve, reject) => {
      client.seed(input.length === 1 ? input[0] : input, { ...options, announce: trackers }, resolve).once('error', reject)
    })
    return { infoHash: torrent.infoHash, magnet: torrent.magnetURI, torrentFile: btoa(String.fromCharCode(...torrent.torrentFile)) }
  },

  /** @param {{magnet?: string, torrentFile?: string, trackers: string[]}} what */
  add({ magnet, torrentFile, trackers }) {
    const id = magnet ?? Uint8Array.from(atob(torrentFile), (char) => char.charCodeAt(0))
    return new Promise((resolve, reject) => {
      const torrent = client.add(id, { announce: trackers }, () => resolve(torrent.infoHash))
      torrent.once('error', reject)
    })
  },

  /** Waits for the end: {name, files: [{name, path, size, sha256}], links}, links = the most peers it had at once. */
  async receive(what) {
    const id = what.magnet ?? Uint8Array.from(atob(what.torrentFile), (char) => char.charCodeAt(0))
    const torrent = client.add(id, { announce: what.trackers })
    let links = 0
    torrent.on('wire', () => { links += 1 })
    await new Promise((resolve, reject) => {
      torrent.once('error', reject)
      torrent.once('done', resolve)
    })
    const files = []
    for (const file of torrent.files) {
      files.push({ name: file.name, path: file.path, size: file.length, sha256: await kit.sha256(await file.blob()) })
    }
    return { infoHash: torrent.infoHash, name: torrent.name, files, links }
  },

  progress: (infoHash) => find(infoHash)?.progress ?? 0,
  peers: (infoHash) => find(infoHash)?.numPeers ?? 0,
}
window.describeState = () => JSON.stringify(client.torrents.map((one) =>
  ({ infoHash: one.infoHash, progress: one.progress, peers: one.numPeers, ready: one.ready })))
window.ready = true
