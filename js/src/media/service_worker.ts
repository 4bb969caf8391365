// Owns: the part of an app's service worker that gives <audio> and <video> what is stored or on its way: importScripts('…/media.js').
// It answers URLs below `<scope>samara-media/` with ranges, whose bytes it pulls from a page that has the store open: the one that
// asks, else any. Keeps nothing, and knows nothing of stores: pages read through the tab that leads.
import { MEDIA, wantedOf, type AskFile, type Found, type Part, type Pull } from '../shared/media'

interface Client { id: string; postMessage(message: unknown, transfer: Transferable[]): void }
interface FetchEvent extends Event { request: Request; clientId: string; respondWith(response: Promise<Response>): void }
interface Scope extends EventTarget {
  registration: { scope: string }
  clients: { matchAll(options: { type: 'window'; includeUncontrolled: boolean }): Promise<readonly Client[]> }
}
const scope = self as unknown as Scope
const base = `${scope.registration.scope}${MEDIA}/`

const ANSWER_MS = 2_000 // of one page: does it have that store open?
const LOOKS_MS = 60_000 // of one that has: its device may be busy, or its store read for the first time
const NAME = 'abcdefghijklmnopqrstuvwxyz0123456789.+-'
/** Pictures that cannot hold a script. */
const PICTURES: readonly string[] = ['image/png', 'image/jpeg', 'image/gif', 'image/webp', 'image/avif']

/** The type without its parameters, if a browser may show it by itself. A sender chooses the type: everything else is only ever saved. */
function shownType(type: string): string | undefined {
  const essence = (type.split(';')[0] ?? '').trim().toLowerCase()
  if (PICTURES.includes(essence)) return essence
  const [kind, name = '', ...more] = essence.split('/')
  const isName = name !== '' && !more.length && [...name].every((letter) => NAME.includes(letter))
  return isName && (kind === 'audio' || kind === 'video') ? essence : undefined
}

scope.addEventListener('message', (event) => {
  const { data, ports } = event as MessageEvent<{ samara?: string } | null>
  if (data?.samara === 'media-base') ports[0]?.postMessage(base)
})

scope.addEventListener('fetch', (event) => {
  const { request, clientId, respondWith } = event as FetchEvent
  if (request.method !== 'GET' || !request.url.startsWith(base)) return
  respondWith.call(event, answer(request, clientId))
})

async function answer(request: Request, clientId: string): Promise<Response> {
  const wanted = wantedOf(new URL(request.url).href.slice(base.length))
  if (!wanted) return new Response(null, { status: 404 })
  const pages = [...(await scope.clients.matchAll({ type: 'window', includeUncontrolled: true }))]
  pages.sort((a, b) => Number(b.id === clientId) - Number(a.id === clientId))
  for (const page of pages) {
    const found = await ask(page, { samara: 'media-file', ...wanted })
    if (found) return respond(request, found)
  }
  return new Response(null, { status: 404 })
}

interface Open { port: MessagePort; size: number; type: string }

/** Asks one page. A page that says nothing has nothing; one that looks is waited for. */
function ask(page: Client, wanted: AskFile): Promise<Open | undefined> {
  const { port1: port, port2 } = new MessageChannel()
  return new Promise((resolve) => {
    const none = () => (port.close(), resolve(undefined))
    let late = setTimeout(none, ANSWER_MS)
    port.onmessage = ({ data: { looks, size, type = '' } }: MessageEvent<Found>) => {
      clearTimeout(late)
      if (looks) late = setTimeout(none, LOOKS_MS)
      else size === undefined ? none() : resolve({ port, size, type })
    }
    page.postMessage(wanted, [port2])
  })
}

/** `bytes=a-b`, `a-` and `-n`, the only forms that players use; anything else is the whole. Undefined: nothing of it is there. */
function rangeOf(header: string | null, size: number): { start: number; end: number; isPart: boolean } | undefined {
  const [unit, ranges = ''] = (header ?? '').split('=')
  const [first = '', last = '', ...more] = ranges.split('-')
  const isOne = unit === 'bytes' && !more.length && (first || last) && Number.isSafeInteger(Number(first)) && Number.isSafeInteger(Number(last))
  if (!isOne) return { start: 0, end: size, isPart: false }
  const start = first ? Number(first) : Math.max(0, size - Number(last))
  const end = first && last ? Math.min(size, Number(last) + 1) : size
  return start < end ? { start, end, isPart: true } : undefined
}

function respond(request: Request, { port, size, type }: Open): Response {
  const headers = new Headers({
    'accept-ranges': 'bytes', 'cache-control': 'no-store', 'x-content-type-options': 'nosniff', 'content-security-policy': "sandbox; default-src 'none'",
    'content-type': shownType(type) ?? 'application/octet-stream',
  })
  if (!shownType(type)) headers.set('content-disposition', 'attachment')
  const range = rangeOf(request.headers.get('range'), size)
  if (!range) {
    port.postMessage('end' satisfies Pull)
    headers.set('content-range', `bytes */${size}`)
    return new Response(null, { status: 416, headers })
  }
  const { start, end, isPart } = range
  headers.set('content-length', String(end - start))
  if (isPart) headers.set('content-range', `bytes ${start}-${end - 1}/${size}`)
  return new Response(body(port, start, end), { status: isPart ? 206 : 200, headers })
}

/** Pulled as the player takes it: what nobody listens to is not read. */
function body(port: MessagePort, start: number, end: number): ReadableStream<Uint8Array<ArrayBuffer>> {
  port.postMessage({ start, end } satisfies Pull)
  return new ReadableStream({
    pull: (controller) => new Promise<void>((resolve) => {
      port.onmessage = ({ data: { bytes, failed } }: MessageEvent<Part>) => {
        if (bytes) controller.enqueue(bytes)
        else failed ? controller.error(new TypeError('it cannot be read')) : controller.close()
        resolve()
      }
      port.postMessage('more' satisfies Pull)
    }),
    cancel: () => port.postMessage('end' satisfies Pull),
  }, { highWaterMark: 0 })
}
