// Owns: the worker's entry: loading, opening the store, and the messages of those it serves. The rest is the host's.
import { fresh } from '../shared/spent'
import { toBytes } from '../shared/bencode'
import type { ToPage, ToWorker } from '../shared/messages'
import { statusOf, StoreError, StoreStatus, type Store } from '../store/store'
import { Clients, type Client } from './clients'
import { give, outRecords, type Engine } from './engine'
import { Host, nowUs } from './host'
import { openStore } from './opening'
import { links } from './payloads'
import { isSource } from './sources'
import { compile, instantiate } from './wasm'
import { publicError } from './wording'

type Start = Extract<ToWorker, { t: 'start' }>
type Ask<T extends ToWorker['t']> = Extract<ToWorker, { t: T }>

const SHUTDOWN_MS = 2_000

const scope = self as unknown as { postMessage(message: ToPage[], transfers: Transferable[]): void; onmessage: (event: MessageEvent<ToWorker>) => void }
const clients = new Clients((messages, transfers = []) => scope.postMessage(messages, transfers), (message, client) => carryOut(message, client))

let loading: Promise<Engine>
let idbfs = ''
let host: Host | undefined
let store: Store | undefined
let isLost = false
const early: ToWorker[] = []

const failed = ({ post }: Client, id: number, error: unknown): void =>
  post([{ t: 'failed', id, error: publicError(codeOf(error), { why: String((error as Error)?.message ?? error) }) }])
const codeOf = (error: unknown) => {
  if (!(error as { status?: unknown })?.status) return 'unsupported'
  return statusOf(error) === StoreStatus.notFound ? 'not-found' : statusOf(error) === StoreStatus.full ? 'storage-full' : 'storage-lost'
}

async function start(message: Start): Promise<void> {
  clients.lead(message)
  const engine = await loading
  const loadedUs = nowUs()
  const opening = await openStore(message, lost, idbfs)
  if (isLost) throw new StoreError(StoreStatus.lost)
  store = opening.store
  host = new Host(engine, store, (messages, transfers) => clients.deliver(messages, transfers), message.log)
  clients.opened({ t: 'ready', origin: performance.timeOrigin, store: store.kind, fell: opening.fell })
  if (message.log > 1) clients.deliver([{ t: 'log', level: 2, area: 'host', code: 'wasm-ready', detail: 0, us: loadedUs }], [])
  host.log(2, 'host', 'store-open', opening.listing.length)
  if (!host.start(message.config, opening.listing)) throw new Error('configuration')
  for (const waiting of early.splice(0)) handle(waiting)
}

/** Another tab has the store, or there is none any more: what the engine does from now on must not be seen. */
function lost(why: 'deposed' | 'cleared'): void {
  isLost = true
  host?.stop()
  clients.deliver([{ t: 'lost', why }], [])
}

async function inspect(id: number, link: string): Promise<void> {
  const engine = await loading
  for (const { payload } of outRecords(engine, engine.inspect(give(engine, [toBytes(link)])))) {
    clients.own.post([{ t: 'done', id, value: links(payload) }])
  }
}

async function readBlob({ post }: Client, { id, blob, offset, bytes }: Ask<'read'>): Promise<void> {
  const part = await host!.bytes(blob, offset, bytes)
  const whole = isSource(blob) ? part.slice() : part // a source keeps its windows
  post([{ t: 'done', id, value: whole }], [whole.buffer])
}

async function giveFile({ post }: Client, { id, blob, offset, bytes, type }: Ask<'blob'>): Promise<void> {
  const file = await host!.file(blob, offset, bytes)
  post([{ t: 'done', id, value: file.slice(0, file.size, type) }])
}

/** In peace: everything that was asked for is durable, and the store can be opened by another. */
async function close(): Promise<void> {
  clients.close()
  await Promise.race([host!.shutDown(), new Promise((resolve) => setTimeout(resolve, SHUTDOWN_MS))])
  host!.stop()
  await store!.close().catch(() => {})
  clients.own.post([{ t: 'done', id: 0, value: undefined }])
}

/** A message of our page. */
function handle(message: ToWorker): void {
  if (message.t === 'load') {
    idbfs = message.idbfs
    loading = compile(message.wasm).then(instantiate)
    loading.catch(() => {}) // told to whoever needs it
  } else if (message.t === 'start') start(message).catch((error) => failed(clients.own, 0, error))
  else if (message.t === 'inspect') inspect(message.id, message.link).catch((error) => failed(clients.own, message.id, error))
  else if (!host) early.push(message)
  else if (message.t === 'close') void close()
  else clients.take(clients.own, message)
}

/** What a client asks of the engine and its store. */
function carryOut(message: ToWorker, client: Client): void {
  const to = host!
  switch (message.t) {
    case 'call':
      try {
        return to.call(message.id, message.kind, message.a ?? 0, message.spec, message.source)
      } catch (error) {
        return clients.deliver([{ t: 'failed', id: message.id, error: publicError('unsupported', { why: String(error) }) }], [])
      }
    case 'in': {
      const { kind, handle, a, b, payload } = message
      const parts = typeof payload === 'string' ? [toBytes(payload)] : payload?.map((buffer) => fresh(new Uint8Array(buffer)))
      return to.feed(kind, handle, a, b, parts)
    }
    case 'channel':
      return to.addChannel(message.id, message.dial, message.channel)
    case 'read':
      return void readBlob(client, message).catch((error) => failed(client, message.id, error))
    case 'blob':
      return void giveFile(client, message).catch((error) => failed(client, message.id, error))
    case 'flush':
      return void store?.flush().catch(() => {})
  }
}

scope.onmessage = ({ data }) => handle(data)
