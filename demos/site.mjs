// The demo's two servers behind one port of this computer: the app's static files under a sub-path, as any plain
// static host would serve them, and a real WebSocket tracker at /announce. Used by serve.mjs and story.mjs.
import { createServer } from 'node:http'
import { readFile, stat } from 'node:fs/promises'
import { dirname, extname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import Tracker from 'bittorrent-tracker/server'

export const BASE_PATH = '/voice-memos/'
const TRACKER_PATH = '/announce'
const PORTS_TRIED = 20
const app = join(dirname(fileURLToPath(import.meta.url)), 'voice-memos/dist')

const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
}

const HEADERS = {
  'Cache-Control': 'no-cache',
  'Content-Security-Policy': "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; style-src 'self'; "
    + "img-src 'self' blob:; media-src 'self' blob:; connect-src 'self' blob: wss: https: ws://localhost:* ws://127.0.0.1:* "
    + "http://localhost:* http://127.0.0.1:*; base-uri 'none'; form-action 'none'; frame-ancestors 'self'",
  'Permissions-Policy': 'camera=(), geolocation=()',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
}

/** Only our own names: a page elsewhere must not reach this server under a name of its own (DNS rebinding). */
const isOurHost = (host = '') => /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/.test(host)

function answerPlain(response, status, headers = {}) {
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8', ...headers }).end(`${status}\n`)
}

/** The file for a request path, or undefined; never one outside the app's folder. */
async function fileFor(path) {
  let name
  try {
    name = normalize(decodeURIComponent(path.slice(BASE_PATH.length)))
  } catch {
    return undefined
  }
  if (name.startsWith('..') || name.includes('\0')) return undefined
  const file = join(app, name)
  const found = await stat(file).catch(() => undefined)
  if (found?.isFile()) return { file }
  if (!found?.isDirectory()) return undefined
  return path.endsWith('/') ? { file: join(file, 'index.html') } : { redirect: `${path}/` }
}

async function answer(request, response) {
  if (!isOurHost(request.headers.host)) return answerPlain(response, 403)
  if (request.method !== 'GET' && request.method !== 'HEAD') return answerPlain(response, 405, { Allow: 'GET, HEAD' })
  const path = request.url.split('?', 1)[0]
  if (path === '/') return answerPlain(response, 302, { Location: BASE_PATH })
  const found = path.startsWith(BASE_PATH) ? await fileFor(path) : undefined
  if (found?.redirect) return answerPlain(response, 301, { Location: found.redirect })
  const bytes = found && await readFile(found.file).catch(() => undefined)
  if (!bytes) return answerPlain(response, 404)
  const isPage = extname(found.file) === '.html'
  const body = isPage ? withTrackers(bytes.toString(), `ws://${request.headers.host}${TRACKER_PATH}`) : bytes
  response.writeHead(200, { ...HEADERS, 'Content-Type': TYPES[extname(found.file)] ?? 'application/octet-stream' })
  response.end(request.method === 'HEAD' ? undefined : body)
}

/** Names the tracker in a page, the only thing that is not as in the built files. */
const withTrackers = (page, ...trackers) =>
  page.replace('name="samara-trackers" content=""', `name="samara-trackers" content="${trackers.join(' ')}"`)

/** Listens on the first free port from `port` on; 0 is any. Resolves with the ports that were busy. */
async function listen(server, port) {
  const busy = []
  for (let candidate = port; ; candidate += 1) {
    const error = await new Promise((resolve) => {
      const onError = (reason) => resolve(reason)
      server.once('error', onError)
      server.listen(candidate, '127.0.0.1', () => {
        server.off('error', onError)
        resolve(undefined)
      })
    })
    if (!error) return busy
    if (error.code !== 'EADDRINUSE' || busy.length + 1 >= PORTS_TRIED || candidate >= 65535) throw error
    busy.push(candidate)
  }
}

/** The tracker's sockets go the way of ours: it has no server of its own. */
function attachTracker(server) {
  const tracker = new Tracker({ http: false, udp: false, stats: false, ws: { noServer: true } })
  tracker.on('error', (error) => console.error(`tracker: ${error.message}`))
  tracker.on('warning', () => undefined) // what a client sent wrong is the client's business
  const sockets = new Set()
  server.on('upgrade', (request, socket, head) => {
    if (!isOurHost(request.headers.host) || request.url.split('?', 1)[0] !== TRACKER_PATH) return socket.destroy()
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    tracker.ws.handleUpgrade(request, socket, head, (client) => tracker.ws.emit('connection', client, request))
  })
  return () => { for (const socket of sockets) socket.destroy() }
}

/**
 * Starts both. close() ends them at once, open connections included.
 * @returns {Promise<{url: string, tracker: string, port: number, busy: number[], close: () => Promise<void>}>}
 */
export async function startSite({ port = 8484 } = {}) {
  await stat(join(app, 'index.html')).catch(() => { throw new Error('the demo is not built: run ./run build') })
  const server = createServer((request, response) => {
    answer(request, response).catch(() => (response.headersSent ? response.destroy() : answerPlain(response, 500)))
  })
  const dropSockets = attachTracker(server)
  const busy = await listen(server, port)
  const listening = server.address().port
  const close = () => new Promise((resolve) => {
    server.close(() => resolve())
    dropSockets()
    server.closeAllConnections()
  })
  return { tracker: `ws://localhost:${listening}${TRACKER_PATH}`, url: `http://localhost:${listening}${BASE_PATH}`, port: listening, busy, close }
}
