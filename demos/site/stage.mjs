// The server's side of /stage: the page with two phones, what the tracker saw as it happens, and the switch that turns
// app and tracker off and on. On this computer only, never with --lan; knows nothing of what the page draws.
import { fileURLToPath } from 'node:url'
import { StaticFolder } from './files.mjs'
import { isLoopback } from './hosts.mjs'

const BASE = '/stage/'
const FOLDER = fileURLToPath(new URL('../../build/stage', import.meta.url))
const MAX_BODY_BYTES = 100
const KEPT_EVENTS = 200 // for a page whose event stream was interrupted
const ALIVE_MS = 20_000

export const isStagePath = (path) => path === '/stage' || path.startsWith(BASE)

function end(response, status, headers = {}) {
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-store', ...headers }).end(`${status}\n`)
}

async function readSmall(request) {
  let text = ''
  for await (const chunk of request.setEncoding('utf8')) {
    text += chunk
    if (text.length > MAX_BODY_BYTES) return undefined
  }
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/**
 * Server-sent events: each is one `data:` line of JSON as tracker.mjs describes it, or {kind: 'server', on}. A new
 * listener hears first how the switch stands; one that was interrupted, what it missed.
 */
class Events {
  #listeners = new Set()
  #kept = []
  #last = 0
  #timer

  tell(event) {
    const line = `id: ${(this.#last += 1)}\ndata: ${JSON.stringify(event)}\n\n`
    this.#kept.push({ id: this.#last, line })
    if (this.#kept.length > KEPT_EVENTS) this.#kept.shift()
    for (const listener of this.#listeners) listener.write(line)
  }

  listen(request, response, isOn) {
    response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff' })
    response.write(`retry: 1000\ndata: ${JSON.stringify({ at: Date.now(), kind: 'server', on: isOn })}\n\n`)
    const seen = Number(request.headers['last-event-id'] || this.#last)
    for (const { id, line } of this.#kept) if (id > seen) response.write(line)
    this.#listeners.add(response)
    this.#timer ??= setInterval(() => { for (const listener of this.#listeners) listener.write(': alive\n\n') }, ALIVE_MS)
    response.on('close', () => {
      this.#listeners.delete(response)
      if (this.#listeners.size === 0) this.close()
    })
  }

  close() {
    clearInterval(this.#timer)
    this.#timer = undefined
    for (const listener of this.#listeners) listener.end()
  }
}

export class Stage {
  isOn = true // whether app and tracker answer
  #pages = new StaticFolder({ folder: FOLDER, base: BASE })
  #events = new Events()
  #tracker
  #headers

  /** @param {{tracker: ReturnType<import('./tracker.mjs').createTracker>, headers: object}} parts headers: of its page */
  constructor({ tracker, headers }) {
    this.#tracker = tracker
    this.#headers = headers
    tracker.sight.on('seen', (event) => this.#events.tell(event))
  }

  /** Answers a request below /stage; its host has been checked. */
  async answer(request, response) {
    if (!isLoopback(request.socket.remoteAddress)) return end(response, 403)
    const path = request.url.split('?', 1)[0]
    if (path === '/stage/server') return this.#switch(request, response)
    if (request.method !== 'GET' && request.method !== 'HEAD') return end(response, 405, { Allow: 'GET, HEAD' })
    if (path === '/stage') return end(response, 302, { Location: BASE })
    if (path === '/stage/events' && request.method === 'GET') return this.#events.listen(request, response, this.isOn)
    const isAnswered = await this.#pages.answer(request, response, { headers: this.#headers })
    if (!isAnswered) end(response, 404)
  }

  /** Only a page of ours may throw the switch: a form or a page elsewhere cannot send JSON here with our own origin. */
  async #switch(request, response) {
    if (request.method !== 'POST') return end(response, 405, { Allow: 'POST' })
    if (request.headers.origin !== `http://${request.headers.host}`) return end(response, 403)
    if (!/^application\/json\b/.test(request.headers['content-type'] ?? '')) return end(response, 415)
    const wanted = (await readSmall(request))?.on
    if (typeof wanted !== 'boolean') return end(response, 400)
    if (wanted !== this.isOn) {
      this.isOn = wanted
      this.#events.tell({ at: Date.now(), kind: 'server', on: wanted })
      if (!wanted) this.#tracker.dropSockets()
    }
    response.writeHead(204, { 'Cache-Control': 'no-store' }).end()
  }

  close() { this.#events.close() }
}
