// Owns: the worker's entry: loading, opening the store, and the messages of the page. The rest is the host's.
import { toBytes } from '../shared/bencode'
import type { ToPage, ToWorker } from '../shared/messages'
import { IdbfsStore } from '../store/idbfs'
import { MemoryStore } from '../store/memory'
import { StoreError, StoreStatus, type Store } from '../store/store'
import { Host, nowUs } from './host'
import { isSource } from './sources'
import { links } from './payloads'
import { publicError } from './wording'
import { give, outRecords } from './engine'
import { compile, instantiate, type Loaded } from './wasm'

type Start = Extract<ToWorker, { t: 'start' }>

const scope = self as unknown as { postMessage(message: ToPage[], transfers: Transferable[]): void; onmessage: (event: MessageEvent<ToWorker>) => void }
const post = (messages: ToPage[], transfers: Transferable[] = []) => scope.postMessage(messages, transfers)
const failed = (id: number, error: unknown): void =>
  post([{ t: 'failed', id, error: publicError(codeOf(error), { why: String((error as Error)?.message ?? error) }) }])
const codeOf = (error: unknown) =>
  !(error instanceof StoreError) ? 'unsupported' : error.status === StoreStatus.notFound ? 'not-found' : 'storage-lost'

let loading: Promise<Loaded>
let host: Host | undefined
let store: Store | undefined
const early: ToWorker[] = []

async function openStore(start: Start, files: Loaded['files']) {
  store = start.store === 'memory' ? new MemoryStore(start.storeBytes) : new IdbfsStore(files, start.mount, start.storeBytes)
  try {
    return await store.open()
  } catch (error) {
    if (!start.orMemory) throw error
    store = new MemoryStore(start.storeBytes)
    return store.open()
  }
}

async function start(message: Start): Promise<void> {
  const { engine, files } = await loading
  const loadedUs = nowUs()
  const listing = await openStore(message, files)
  host = new Host(engine, store!, post, message.log)
  post([{ t: 'ready', origin: performance.timeOrigin, store: store!.kind }])
  if (message.log > 1) post([{ t: 'log', level: 2, area: 'host', code: 'wasm-ready', detail: 0, us: loadedUs }])
  host.log(2, 'host', 'store-open', listing.length)
  if (!host.start(message.config, listing)) throw new Error('configuration')
  for (const waiting of early.splice(0)) handle(waiting)
}

async function inspect(id: number, link: string): Promise<void> {
  const { engine } = await loading
  for (const { payload } of outRecords(engine, engine.inspect(give(engine, [toBytes(link)])))) {
    post([{ t: 'done', id, value: links(payload) }])
  }
}

async function readBlob({ id, blob, offset, bytes }: Extract<ToWorker, { t: 'read' }>): Promise<void> {
  const part = await host!.bytes(blob, offset, bytes)
  const whole = isSource(blob) ? part.slice() : part // a source keeps its windows
  post([{ t: 'done', id, value: whole }], [whole.buffer])
}

function handle(message: ToWorker): void {
  if (message.t === 'load') (loading = compile(message.wasm).then(instantiate)).catch(() => {}) // told to whoever needs it
  else if (message.t === 'start') start(message).catch((error) => failed(0, error))
  else if (message.t === 'inspect') inspect(message.id, message.link).catch((error) => failed(message.id, error))
  else if (!host) early.push(message)
  else handleOpen(message, host)
}

function handleOpen(message: ToWorker, to: Host): void {
  switch (message.t) {
    case 'call':
      try {
        return to.call(message.id, message.kind, message.a ?? 0, message.spec, message.source)
      } catch (error) {
        return failed(message.id, error)
      }
    case 'in': {
      const { kind, handle, a, b, payload } = message
      const parts = typeof payload === 'string' ? [toBytes(payload)] : payload?.map((buffer) => new Uint8Array(buffer))
      return to.feed(kind, handle, a, b, parts)
    }
    case 'channel':
      return to.addChannel(message.id, message.dial, message.channel)
    case 'read':
      return void readBlob(message).catch((error) => failed(message.id, error))
    case 'flush':
      return void store?.flush().catch(() => {})
    case 'close':
      return void store?.close().catch(() => {}).then(() => post([{ t: 'done', id: 0, value: undefined }]))
  }
}

scope.onmessage = ({ data }) => handle(data)
