// One sender, several receivers that start together: Samara, webtorrent 3.0.21, and both in one swarm. Each gives the time
// until the last receiver has it all, the copies of it that the sender sent, what that cost all processes of the browser, and the
// messages that went over the data channels.
import { browserTime } from './processor_time.mjs'

const MiB = 1024 * 1024
const NAME = 'memo.webm'
const CLIENTS = {
  samara: {
    path: 'browser/pages/samara.html',
    open: (trackers) => kit.until(() => window.ready).then(() => sm.open({ trackers, log: 'silent' })).then(() => {}),
    share: ({ files }) => sm.share({ files }),
    receive: async ({ magnet, size }) => {
      const item = await sm.samara.receive(magnet).done
      if (item.size !== size) throw new Error(`received ${item.size} bytes`)
    },
    sentBytes: async () => (await sm.samara.shares())[0].stats().uploadedBytes,
  },
  webtorrent: {
    path: 'browser/pages/webtorrent.html',
    open: () => kit.until(() => window.ready),
    share: (what) => wt.seed(what),
    receive: async ({ magnet, trackers, size }) => {
      const torrent = wt.client.add(magnet, { announce: trackers })
      await new Promise((resolve, reject) => torrent.once('error', reject).once('done', resolve))
      if (torrent.length !== size) throw new Error(`received ${torrent.length} bytes`)
    },
    sentBytes: () => wt.client.torrents[0].uploaded,
  },
}

/** Keeps the page's connections, so that their messages can be counted at the end; to be called before the client opens. */
function keepConnections() {
  window.connections = []
  window.RTCPeerConnection = class extends window.RTCPeerConnection {
    constructor(...options) {
      super(...options)
      window.connections.push(this)
    }
  }
}

/** The messages that the page's channels have sent; nothing where the client had taken the browser's class before it was wrapped. */
async function sentMessages() {
  const reports = await Promise.all(window.connections.map((peer) => peer.getStats()))
  return reports.flatMap((report) => [...report.values()]).reduce((sum, { type, messagesSent }) => sum + (type === 'data-channel' ? messagesSent : 0), 0)
}

/**
 * A swarm: who sends, who receives.
 * @returns {Promise<{copies: number, cpu: number, messages?: number, times: {client: string, ms: number}[]}>} `cpu`: processor time
 *   in ms per MiB that a receiver got
 */
async function swarm({ page, tracker, seed, size }, from, to) {
  const trackers = [tracker.url]
  const [sender, ...receivers] = await Promise.all([from, ...to].map(async (client) => {
    const opened = await page(CLIENTS[client].path)
    await opened.evaluate(keepConnections)
    await opened.evaluate(CLIENTS[client].open, trackers)
    return opened
  }))
  const { magnet, infoHash } = await sender.evaluate(CLIENTS[from].share, { files: [{ name: NAME, seed, size }], trackers })
  await tracker.until(infoHash, 1)
  const [start, spent] = [performance.now(), browserTime()]
  const times = await Promise.all(receivers.map(async (one, at) => {
    await one.evaluate(CLIENTS[to[at]].receive, { magnet, trackers, size })
    return { client: to[at], ms: performance.now() - start }
  }))
  const cpu = (browserTime() - spent) / ((size / MiB) * to.length)
  const messages = (await Promise.all([sender, ...receivers].map((one) => one.evaluate(sentMessages)))).reduce((sum, count) => sum + count, 0) || undefined
  return { copies: await sender.evaluate(CLIENTS[from].sentBytes) / size, cpu, messages, times }
}

const last = (times) => Math.max(...times.map(({ ms }) => ms))

/** One sender to `count` receivers, all the same client. */
export const toMany = (client, count) => async (world) => {
  const { times, ...counted } = await swarm(world, client, Array(count).fill(client))
  return { value: last(times), ...counted }
}

/** The last of the webtorrent receivers, among two of each client; `others`: the last one of Samara. */
export const mixed = (from) => async (world) => {
  const { copies, times } = await swarm(world, from, ['webtorrent', 'samara', 'webtorrent', 'samara'])
  const of = (client) => last(times.filter((one) => one.client === client))
  return { value: of('webtorrent'), others: of('samara'), copies }
}
