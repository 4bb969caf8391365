// The demo's two servers behind one port: the app's static files under a sub-path, as any plain static host would serve
// them, and a real WebSocket tracker at /announce. On this computer alone over http, or with `lan` for one address of
// it over https. Used by serve.mjs, story.mjs and tests; its parts are in site/.
import { createServer } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { certificatesFor } from './site/authority.mjs'
import { StaticFolder } from './site/files.mjs'
import { plainHalf } from './site/help.mjs'
import { chooseAddress, hostCheck, LOCAL_NAMES, localName } from './site/hosts.mjs'
import { isStagePath, Stage } from './site/stage.mjs'
import { createTracker, TRACKER_PATH } from './site/tracker.mjs'
import { twoInOne } from './site/two_in_one.mjs'
import { headerPolicy } from './voice-memos/policy.mjs'

export const BASE_PATH = '/voice-memos/'
const PORTS_TRIED = 20
const app = fileURLToPath(new URL('./voice-memos/dist', import.meta.url))
const authorities = fileURLToPath(new URL('../build/lan', import.meta.url))

const HEADERS = {
  'Content-Security-Policy': headerPolicy(),
  'Permissions-Policy': 'camera=(self), microphone=(self), geolocation=()',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
}
const STAGE_HEADERS = { ...HEADERS, 'Content-Security-Policy': `${headerPolicy()}; frame-src 'self'` }

function answerPlain(response, status, headers = {}) {
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8', ...headers }).end(`${status}\n`)
}

/** Names the tracker in a page, and with `lan` that no server beside it is to be asked: all else is as built. */
function filled(page, { tracker, isLan }) {
  const named = page.replace('name="samara-trackers" content=""', `name="samara-trackers" content="${tracker}"`)
  if (!isLan) return named
  return named.replace(/<meta name="samara-ice"[^>]*>\n?/, '').replace(/(<meta name="samara-trackers"[^>]*>)/, '$1\n<meta name="samara-ice" content="none">')
}

/** The origin that a page of ours has; a request without one comes from no page. */
const originHost = (request) => /^https?:\/\/(.*)$/.exec(request.headers.origin ?? '')?.[1]

class Site {
  #folder = new StaticFolder({ folder: app, base: BASE_PATH })
  #isOurHost
  #lanTracker
  #tracker
  #stage
  #servers = []
  #listener
  #sockets = new Set()

  /** @param {{names: string[], lan?: {address: string, certificates: object, name?: string}}} options */
  constructor({ names, lan }) {
    this.#isOurHost = hostCheck(names)
    this.#tracker = createTracker((request) => this.#isWelcome(request))
    if (!lan) this.#stage = new Stage({ tracker: this.#tracker, headers: STAGE_HEADERS })
    this.lan = lan
    void this.#folder.warm().catch(() => undefined) // what cannot be read now is answered when it is asked for
  }

  #isOn() { return this.#stage?.isOn ?? true }

  #isWelcome(request) {
    if (!this.#isOn() || !this.#isOurHost(request.headers.host)) return false
    return request.headers.origin === undefined || this.#isOurHost(originHost(request))
  }

  async #answer(request, response) {
    const { host } = request.headers
    if (!this.#isOurHost(host)) return answerPlain(response, 403)
    const path = request.url.split('?', 1)[0]
    if (this.#stage && isStagePath(path)) return this.#stage.answer(request, response)
    if (!this.#isOn()) return void request.socket.destroy() // as a server that is gone: no answer at all
    if (request.method !== 'GET' && request.method !== 'HEAD') return answerPlain(response, 405, { Allow: 'GET, HEAD' })
    if (path === '/') return answerPlain(response, 302, { Location: BASE_PATH })
    const tracker = this.#lanTracker ?? `ws://${host}${TRACKER_PATH}`
    const fill = (page) => filled(page, { tracker, isLan: Boolean(this.lan) })
    const isAnswered = this.#folder.owns(path) && await this.#folder.answer(request, response, { headers: HEADERS, fill, variant: tracker })
    if (!isAnswered) answerPlain(response, 404)
  }

  #withHandlers(server) {
    server.on('request', (request, response) => {
      this.#answer(request, response).catch(() => (response.headersSent ? response.destroy() : answerPlain(response, 500)))
    })
    server.on('upgrade', this.#tracker.upgrade)
    this.#servers.push(server)
    return server
  }

  /** The server for a port: plain for this computer alone, both kinds on one port for the local network. */
  #makeListener(port) {
    if (!this.lan) return this.#withHandlers(createServer())
    const { address, name, certificates } = this.lan
    const authority = `${address}:${port}`
    this.#lanTracker = `wss://${authority}${TRACKER_PATH}`
    const secure = this.#withHandlers(createSecureServer({ key: certificates.key, cert: certificates.cert, minVersion: 'TLSv1.2' }))
    secure.on('tlsClientError', () => undefined) // a device that does not trust the authority yet
    const plain = createServer(plainHalf({ isOurHost: this.#isOurHost, appUrl: `https://${authority}${BASE_PATH}`, address, name, certificates }))
    plain.on('upgrade', (_request, socket) => socket.destroy())
    this.#servers.push(plain)
    return twoInOne({ secure, plain })
  }

  /** Listens on the first free port from `port` on; 0 is any. Resolves with the ports that were busy. */
  async listen(port) {
    const busy = []
    const address = this.lan?.address ?? '127.0.0.1'
    const probe = this.lan && port === 0 ? await freePort(address) : port // --lan's page names its port before it listens
    for (let candidate = probe; ; candidate += 1) {
      const server = this.#makeListener(candidate)
      const error = await new Promise((resolve) => server.once('error', resolve).listen(candidate, address, () => resolve(undefined)))
      if (!error) return this.#listening(server, busy)
      this.#servers = []
      if (error.code !== 'EADDRINUSE' || busy.length + 1 >= PORTS_TRIED || candidate >= 65535) throw error
      busy.push(candidate)
    }
  }

  #listening(server, busy) {
    this.#listener = server
    server.on('connection', (socket) => {
      this.#sockets.add(socket)
      socket.on('close', () => this.#sockets.delete(socket))
    })
    return { busy, port: server.address().port }
  }

  async close() {
    const closed = new Promise((resolve) => this.#listener.close(resolve))
    this.#tracker.close()
    this.#stage?.close()
    for (const socket of this.#sockets) socket.destroy()
    for (const server of this.#servers) server.closeAllConnections()
    await closed
  }
}

async function freePort(address) {
  const server = createServer()
  await new Promise((resolve, reject) => server.once('error', reject).listen(0, address, resolve))
  const { port } = server.address()
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** What --lan needs before it can listen: an address that a phone can reach, and certificates for it. */
async function prepareLan({ address: wanted, folder = authorities }) {
  const { address, others } = await chooseAddress(wanted)
  const name = localName()
  const certificates = await certificatesFor({ parent: folder, address, name })
  return { address, others, name, certificates }
}

/**
 * Starts both. close() ends them at once, open connections included.
 * @param {{port?: number, lan?: {address?: string, folder?: string}}} options lan: for the local network, by https;
 *   address: which of this computer's addresses; folder: where its certificates are kept
 * @returns {Promise<{url: string, tracker: string, port: number, busy: number[], close: () => Promise<void>,
 *   lan?: {address: string, others: {name: string, address: string}[], name?: string, help: string, certificates: object}}>}
 */
export async function startSite({ port = 8484, lan: wanted } = {}) {
  await stat(join(app, 'index.html')).catch(() => { throw new Error('the demo is not built: run ./run build') })
  const lan = wanted && await prepareLan(wanted)
  const site = new Site({ names: lan ? [lan.address, lan.name].filter(Boolean) : LOCAL_NAMES, lan })
  const { busy, port: listening } = await site.listen(port)
  const close = () => site.close()
  if (!lan) {
    const authority = `localhost:${listening}`
    return { url: `http://${authority}${BASE_PATH}`, tracker: `ws://${authority}${TRACKER_PATH}`, port: listening, busy, close }
  }
  const authority = `${lan.address}:${listening}`
  return {
    url: `https://${authority}${BASE_PATH}`, tracker: `wss://${authority}${TRACKER_PATH}`, port: listening, busy, close,
    lan: { ...lan, help: `http://${authority}/` },
  }
}
