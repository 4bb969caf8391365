// The real WebSocket tracker (bittorrent-tracker's server) behind a web server's upgrades, with a switch, and with an eye
// on what it sees. Refuses what would stop the process or list every torrent; knows nothing of the app.
import { EventEmitter } from 'node:events'
import Tracker from 'bittorrent-tracker/server'

export const TRACKER_PATH = '/announce'
const MAX_FRAME_BYTES = 128 * 1024
const MAX_OFFERS = 20
const MAX_SCRAPED = 100
const POLICY_VIOLATION = 1008 // RFC 6455: the peer sent what we do not take

const isObject = (value) => typeof value === 'object' && value !== null

/** What the tracker's own code takes without throwing where nobody catches, and without naming torrents unasked. */
function isSane(data) {
  let message
  try {
    message = JSON.parse(data)
  } catch {
    return false
  }
  if (!isObject(message)) return false
  const { action, offers, answer, event, info_hash: infoHash } = message
  if (action === 'scrape') {
    const wanted = Array.isArray(infoHash) ? infoHash : [infoHash]
    return wanted.length <= MAX_SCRAPED && wanted.every((one) => typeof one === 'string')
  }
  if (event !== undefined && event !== null && typeof event !== 'string') return false
  if (answer && !isObject(answer)) return false
  return !offers || (Array.isArray(offers) && offers.length <= MAX_OFFERS && offers.every((one) => isObject(one) && isObject(one.offer)))
}

/** The addresses in a session description: a tracker passes it on and can read it. */
function addressesIn(...descriptions) {
  const found = descriptions.flatMap((one) => [...String(one?.sdp ?? '').matchAll(/^a=candidate:\S+ \d+ \S+ \d+ (\S+) \d+/gm)])
  return [...new Set(found.map((match) => match[1]))]
}

/**
 * What the tracker saw, as plain objects:
 * {kind: 'open', connection, address, port}; {kind: 'close', connection};
 * {kind: 'announce', connection, infoHash, peerId, event, left, offers, addresses, complete, incomplete};
 * {kind: 'answer', connection, infoHash, peerId, toPeerId, addresses}; {kind: 'count', infoHash, complete, incomplete}.
 * `connection` counts from 1; ids are hexadecimal; `addresses` stand in the descriptions that it passed on; `left` is
 * null where a peer named no number; the counts are of peers after the announce. Every one has `at`, ms since 1970.
 */
class Sight extends EventEmitter {
  #tracker
  #numbers = new WeakMap()
  #last = 0

  constructor(tracker) {
    super()
    this.#tracker = tracker
    for (const name of ['start', 'update', 'complete', 'stop']) tracker.on(name, (_peer, params) => this.#announced(params))
  }

  opened(client, request) {
    const connection = (this.#last += 1)
    const seen = new Set()
    this.#numbers.set(client, { connection, seen })
    const { remoteAddress = '', remotePort } = request.socket
    this.#tell({ kind: 'open', connection, address: remoteAddress.replace(/^::ffff:/, ''), port: remotePort })
    client.once('close', () => setImmediate(() => { // after the tracker has taken it off its lists
      this.#tell({ kind: 'close', connection })
      for (const infoHash of seen) this.#tell({ kind: 'count', infoHash, ...this.#count(infoHash) })
    }))
  }

  #announced(params) {
    const known = this.#numbers.get(params.socket)
    if (!known) return
    const { info_hash: infoHash, peer_id: peerId, to_peer_id: toPeerId, answer, offers } = params
    const { connection, seen } = known
    seen.add(infoHash)
    if (answer) return this.#tell({ kind: 'answer', connection, infoHash, peerId, toPeerId, addresses: addressesIn(answer) })
    this.#tell({
      kind: 'announce', connection, infoHash, peerId, event: params.event, left: Number.isFinite(params.left) ? params.left : null,
      offers: offers?.length ?? 0, addresses: addressesIn(...(offers ?? []).map((one) => one.offer)), ...this.#count(infoHash),
    })
  }

  #count(infoHash) {
    const { complete = 0, incomplete = 0 } = this.#tracker.torrents[infoHash] ?? {}
    return { complete, incomplete }
  }

  #tell(event) { this.emit('seen', { at: Date.now(), ...event }) }
}

/** Hands a client to the tracker, with our own look at each message before it. */
function accept(tracker, client, request) {
  tracker.ws.emit('connection', client, request)
  const handle = client.onMessageBound
  client.off('message', handle)
  client.on('message', (data) => {
    if (client.onMessageBound !== handle) return // closed meanwhile
    if (isSane(data)) handle(data)
    else client.close(POLICY_VIOLATION)
  })
}

/**
 * @param {(request) => boolean} isWelcome decides on each upgrade
 * @returns {{upgrade(request, socket, head): void, sight: Sight, dropSockets(): void, close(): void}}
 */
export function createTracker(isWelcome) {
  const tracker = new Tracker({ http: false, udp: false, stats: false, ws: { noServer: true, maxPayload: MAX_FRAME_BYTES } })
  tracker.on('error', (error) => console.error(`tracker: ${error.message}`))
  tracker.on('warning', () => undefined) // what a client sent wrong is the client's business
  const sight = new Sight(tracker)
  const sockets = new Set()
  const upgrade = (request, socket, head) => {
    if (request.url.split('?', 1)[0] !== TRACKER_PATH || !isWelcome(request)) return socket.destroy()
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    tracker.ws.handleUpgrade(request, socket, head, (client) => {
      sight.opened(client, request)
      accept(tracker, client, request)
    })
  }
  const dropSockets = () => { for (const socket of sockets) socket.destroy() } // the tracker has no server of its own
  const close = () => {
    dropSockets()
    tracker.ws.close()
  }
  return { upgrade, sight, dropSockets, close }
}
