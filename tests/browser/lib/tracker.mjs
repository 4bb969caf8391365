// The real WebSocket tracker (bittorrent-tracker's server) on a loopback port, with start, stop and restart.
// Only its server is imported, so that no native WebRTC is loaded.
import Server from 'bittorrent-tracker/server'

/**
 * @param {{interval_ms?: number, port?: number, keepFrames?: boolean}} options interval_ms: what the server hands out is a fifth
 *   of it; keepFrames: `frames` holds everything that is ever sent to it
 * @returns {Promise<{url: string, port: number, announces: {infoHash: string, event: string, at: number}[], members(infoHash: string): number, frames: Buffer[],
 *   start(): Promise<void>, stop(): Promise<void>, until(infoHash: string, members: number, timeout_ms?: number): Promise<void>}>}
 */
export async function startTracker({ interval_ms = 600_000, port = 0, keepFrames = false } = {}) {
  let server
  let bound = port
  const announces = []
  const frames = []
  const record = (event) => (_address, params) => announces.push({ infoHash: params?.info_hash, event, at: performance.now() })
  const start = async () => {
    server = new Server({ udp: false, http: false, ws: { clientTracking: true }, stats: false, interval: interval_ms })
    for (const event of ['start', 'update', 'complete', 'stop']) server.on(event, record(event))
    if (keepFrames) server.ws.on('connection', (socket, request) => {
      frames.push(Buffer.from(JSON.stringify([request?.url, request?.headers])))
      socket.on('message', (data) => frames.push(Buffer.from(data)))
    })
    server.on('warning', () => {})
    server.on('error', () => {})
    await new Promise((resolve) => server.listen(bound, '127.0.0.1', resolve))
    bound = server.ws.address().port
  }
  const stop = async () => {
    if (server.destroyed) return
    for (const socket of server.ws.clients) socket.terminate()
    await new Promise((resolve) => server.close(resolve))
  }
  const members = (infoHash) => server.torrents[infoHash]?.peers.length ?? 0
  const until = async (infoHash, wanted, timeout_ms = 10_000) => {
    for (const end = Date.now() + timeout_ms; members(infoHash) < wanted;) {
      if (Date.now() > end) throw new Error(`the tracker knows ${members(infoHash)} of ${wanted} peers of ${infoHash}`)
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }
  await start()
  return { url: `ws://127.0.0.1:${bound}`, port: bound, announces, frames, members, start, stop, until }
}
