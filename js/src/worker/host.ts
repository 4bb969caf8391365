// Owns: the pump. One input → samara_handle → every record carried out → the timer. Never re-enters: what happens
// while records are carried out is queued as further inputs. Knows what records are, not why the engine wrote them.
import { encode, toText, type Spec } from '../shared/bencode'
import { Channels } from '../shared/channels'
import { CODES } from '../shared/codes'
import type { ToPage } from '../shared/messages'
import { fresh, spent } from '../shared/spent'
import { In, Out, Query, Subject } from '../shared/records'
import type { Listing, Store } from '../store/store'
import * as read from './payloads'
import { Sockets } from './sockets'
import { Sources } from './sources'
import { Storage } from './storage'
import { publicError } from './wording'
import { encodeCbor } from './cbor'
import { give, outRecords, type Engine, type OutRecord } from './engine'

interface Input { kind: In; handle: number; a: number; b: number; parts: readonly Uint8Array[] }
type Reader = (payload: Uint8Array) => unknown

const WALL_CLOCK_MS = 60_000
const ENTROPY_BYTES = 64 // fed before every share
/** Inputs whose bytes hold passwords, links or keys: ours are wiped once the engine has its copy. */
const SECRET = new Set([In.entropy, In.share, In.receive, In.control, In.passwordStretched])
const REFUSED = 0xffffffff // instead of a number of records: an input that is none
const TIMER_MS_MAX = 2 ** 31 - 1
const SHUTDOWN_CALL = 0xffffffff // ours, not a client's
const UNKNOWN_BYTES = 2n ** 64n - 1n // in the listing

/** Microseconds of a clock that never goes back. */
export const nowUs = (): number => Math.floor(performance.now() * 1000)

export class Host {
  readonly #inputs: Input[] = []
  #running = false
  #timer: ReturnType<typeof setTimeout> | undefined
  #timerUs = Infinity
  readonly #readers = new Map<number, Reader>()
  readonly #sources = new Sources()
  readonly #storage: Storage
  readonly #sockets: Sockets
  readonly channels: Channels
  /** Channels that live on this side; sends to others go to the page. */
  readonly #here = new Set<number>()
  #outgoing: ToPage[] = []
  #transfers: Transferable[] = []
  #clock: ReturnType<typeof setInterval> | undefined
  #isStopped = false
  #shutDown = () => {}

  constructor(
    private readonly engine: Engine,
    store: Store,
    private readonly post: (messages: ToPage[], transfers: Transferable[]) => void,
    private readonly logLevel: number,
  ) {
    this.#storage = new Storage(store, this.#sources, {
      feed: (kind, handle, a, b, payload) => this.feed(kind, handle, a, b, payload && [payload]),
      sha1: (bytes, pieceBytes) => this.#sha1(bytes, pieceBytes),
      hashed: (blob, hashed, total) => this.tell({ t: 'hashed', blob, hashed, total }),
    })
    this.#sockets = new Sockets((kind, handle, payload) => this.feed(kind, handle, 0, 0, payload && [payload]), (code, detail) => this.log(2, 'host', code, detail))
    this.channels = new Channels({
      opened: (id, dial, max) => this.feed(In.channelOpened, id, dial, max),
      bytes: (id, bytes) => this.feed(In.channelBytes, id, 0, 0, [fresh(new Uint8Array(bytes))]),
      buffered: (id, bytes) => this.feed(In.channelBuffered, id, bytes),
      closed: (id) => this.feed(In.channelClosed, id),
    })
  }

  /** Makes the engine and starts its clock. Says whether the configuration was taken. */
  start(config: Spec, listing: readonly Listing[]): boolean {
    const [low, high] = crypto.getRandomValues(new Uint32Array(2)) as unknown as [number, number]
    if (!this.engine.create(low, high, give(this.engine, [encode(config)]))) return false
    const bytes = new DataView(new ArrayBuffer(12 * listing.length))
    listing.forEach((entry, i) => {
      bytes.setUint32(12 * i, entry.blob, true)
      bytes.setBigUint64(12 * i + 4, entry.bytes === undefined ? UNKNOWN_BYTES : BigInt(entry.bytes), true)
    })
    this.#wallClock()
    this.#clock = setInterval(() => this.#wallClock(), WALL_CLOCK_MS)
    this.feed(In.storeOpened, 0, 0, 0, [new Uint8Array(bytes.buffer)])
    this.#storage.tellRoom()
    return true
  }

  /** Everything queued becomes durable, trackers and peers are told goodbye. */
  shutDown(): Promise<void> {
    return new Promise((resolve) => {
      this.#shutDown = resolve
      this.feed(In.shutdown, SHUTDOWN_CALL)
    })
  }

  /** At once: nothing is decided, written, sent or told any more. */
  stop(): void {
    this.#isStopped = true
    this.#inputs.length = 0
    clearTimeout(this.#timer)
    clearInterval(this.#clock)
    this.#sockets.closeAll()
  }

  #wallClock(): void {
    this.feed(In.wallClock, 0, 0, Date.now())
  }

  feed(kind: In, handle = 0, a = 0, b = 0, parts: readonly Uint8Array[] = []): void {
    if (this.#isStopped) return
    if (kind === In.network) this.#wallClock() // the page is back, perhaps from sleep: the minute's timer may be late
    this.#inputs.push({ kind, handle, a, b, parts })
    this.#run()
  }

  /** A call of the API: its result is read as the kind of call wants it. Throws on app meta that cannot be encoded. */
  call(id: number, kind: In, a: number, { meta, ...spec }: Spec = {}, source?: { id: number; blob: Blob }): void {
    const payload = encode({ ...spec, meta: meta && encodeCbor(meta) })
    if (source) this.#sources.add(source.id, source.blob)
    if (kind === In.share) this.feed(In.entropy, 0, 0, 0, [crypto.getRandomValues(new Uint8Array(ENTROPY_BYTES))])
    this.#readers.set(id, resultReader(kind, a))
    this.feed(kind, id, source ? source.id : a, 0, [payload])
  }

  /** Bytes of a blob for the page: items and transfers being played. */
  bytes(blob: number, offset: number, bytes: number): Uint8Array | Promise<Uint8Array> {
    return this.#storage.bytes(blob, offset, bytes)
  }
  file(blob: number, offset: number, bytes: number): Promise<Blob> {
    return this.#storage.file(blob, offset, bytes)
  }

  addChannel(id: number, dial: number, channel: RTCDataChannel): void {
    this.#here.add(id)
    this.channels.attach(id, dial, channel, () => 0)
  }

  /** Sends a message to the page with the others of this turn. */
  tell(message: ToPage, transfer?: Transferable): void {
    if (this.#isStopped) return
    this.#outgoing.push(message)
    if (transfer) this.#transfers.push(transfer)
    if (!this.#running) this.#deliver()
  }

  log(level: number, area: string, code: string, detail: number): void {
    if (level <= this.logLevel) this.tell({ t: 'log', level, area, code, detail, us: nowUs() })
  }

  #run(): void {
    if (this.#running) return
    this.#running = true
    try {
      for (let input = this.#inputs.shift(); input; input = this.#inputs.shift()) this.#step(input)
      this.#setTimer()
    } catch (error) {
      this.#outgoing.push({ t: 'fatal', why: String((error as Error)?.stack ?? error) })
      this.#inputs.length = 0
    }
    this.#running = false
    this.#deliver()
  }

  #step({ kind, handle, a, b, parts }: Input): void {
    const bytes = give(this.engine, parts)
    if (SECRET.has(kind)) for (const part of parts) part.fill(0)
    parts.forEach(spent)
    const count = this.engine.handle(kind, handle, a, b, bytes, nowUs()) >>> 0
    if (count === REFUSED) throw new Error(`the engine refused input ${kind}`)
    for (const record of outRecords(this.engine, count)) if (!this.#isStopped) this.#carryOut(record)
    this.channels.settle()
  }

  #deliver(): void {
    if (!this.#outgoing.length) return
    const [messages, transfers] = [this.#outgoing, this.#transfers]
    this.#outgoing = []
    this.#transfers = []
    this.post(messages, transfers) // which may make calls
  }

  /** A timer that fires early finds nothing due and is set again: cheaper than setting it after every input. */
  #setTimer(): void {
    const due = this.engine.deadlineUs()
    if (this.#isStopped || due < 0 || due >= this.#timerUs) return
    clearTimeout(this.#timer)
    this.#timerUs = due
    this.#timer = setTimeout(
      () => {
        this.#timerUs = Infinity
        const at = this.engine.deadlineUs()
        if (at >= 0 && at <= nowUs()) this.feed(In.tick)
        else this.#setTimer()
      },
      Math.min(TIMER_MS_MAX, Math.max(0, Math.ceil((due - nowUs()) / 1000))),
    )
  }

  #carryOut(record: OutRecord): void {
    const { kind, handle, a, b, payload } = record
    switch (kind) {
      case Out.ready:
        return this.#completed(0, record.flags, payload)
      case Out.openSocket:
        return this.#sockets.open(handle, toText(payload))
      case Out.sendText:
        return this.#sockets.send(handle, toText(payload))
      case Out.closeSocket:
        return void this.#sockets.close(handle)
      case Out.makeOffer:
      case Out.makeAnswer:
      case Out.applyAnswer:
      case Out.openChannel:
      case Out.closeDial:
      case Out.closeChannel:
        if (kind === Out.closeDial) this.channels.closeDial(handle)
        if (kind === Out.closeChannel && this.channels.close(handle)) return
        return this.tell({ t: 'peer', kind, handle, gives: a === 1, over: b, text: toText(payload) })
      case Out.sendBytes:
        return this.#send(handle, payload)
      case Out.storeRead:
        return this.#storage.read(handle, a, b, record.payloadBytes)
      case Out.storeWrite:
        return this.#storage.write(handle, a, b, payload)
      case Out.storeReserve:
        return this.#storage.reserve(handle, a, b)
      case Out.storeFlush:
        return this.#storage.flush(handle)
      case Out.storeDelete:
        return this.#storage.delete(handle, a)
      case Out.storeCopy:
        return this.#storage.copy(handle, a, u32(payload), b)
      case Out.hashPieces:
        return this.#storage.hash(handle, a, b, u32(payload))
      case Out.hashBytes:
        return this.#storage.hashBytes(handle, a, b, 2 ** record.flags, payload)
      case Out.stretchPassword: { // in a worker that only the page can start
        const bytes = payload.slice()
        return this.tell({ t: 'stretch', op: handle, bytes }, bytes.buffer)
      }
      case Out.releaseSource:
        return this.#sources.delete(handle)
      case Out.completed:
        return this.#completed(handle, record.flags, payload)
      case Out.changed:
        return this.#changed(a, payload)
      case Out.gone:
        return this.tell({ t: 'gone', subject: a, id: toText(payload) })
      case Out.log: {
        const [area = '', code = ''] = toText(payload).split(' ')
        return this.log(a, area, code, b)
      }
    }
  }

  #send(channel: number, bytes: Uint8Array): void {
    if (this.#here.has(channel)) return this.channels.send(channel, bytes)
    const copy = bytes.slice()
    this.tell({ t: 'send', channel, bytes: copy }, copy.buffer)
  }

  #completed(id: number, code: number, payload: Uint8Array): void {
    if (id === SHUTDOWN_CALL) return this.#shutDown()
    const reader = this.#readers.get(id)
    this.#readers.delete(id)
    if (code) this.tell({ t: 'failed', id, error: publicError(CODES[code] ?? '', read.fields(payload).rest()) })
    else this.tell({ t: 'done', id, value: reader?.(payload) })
  }

  #changed(subject: Subject, payload: Uint8Array): void {
    const from = read.fields(payload)
    if (subject === Subject.state) this.tell({ t: 'state', state: read.state(from) })
    else if (subject === Subject.item) this.tell({ t: 'item', item: read.item(from) })
    else if (subject === Subject.share) this.tell({ t: 'share', share: read.share(from) })
    else this.tell({ t: 'transfer', transfer: read.transfer(from) })
  }

  /** By the engine, a mebibyte or one piece at a time. */
  #sha1(bytes: Uint8Array, pieceBytes: number): Uint8Array {
    const count = this.engine.sha1(give(this.engine, [bytes]), pieceBytes)
    for (const { payload } of outRecords(this.engine, count)) return payload.slice()
    return new Uint8Array(0)
  }
}

const u32 = (bytes: Uint8Array): number => new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true)

const QUERIES: Record<Query, (from: ReturnType<typeof read.fields>) => unknown> = {
  [Query.items]: (from) => from.each('list', read.item),
  [Query.item]: read.item,
  [Query.shares]: (from) => from.each('list', read.share),
  [Query.share]: read.share,
  [Query.findShare]: read.share,
  [Query.transfers]: (from) => from.each('list', read.transfer),
  [Query.transfer]: read.transfer,
  [Query.health]: read.health,
  [Query.torrentFile]: (from) => from.bytes('bytes'),
  [Query.exportHead]: read.exportHead,
  [Query.readExport]: read.exportList,
}

/** How the result of a call is read. An empty dictionary means that there is none. */
function resultReader(kind: In, a: number): Reader {
  const one = kind === In.query ? QUERIES[a as Query] : RESULTS.get(kind)
  return (payload) => {
    const from = read.fields(payload)
    return one && from.map.size ? one(from) : undefined
  }
}

const RESULTS = new Map<In, (from: ReturnType<typeof read.fields>) => unknown>([
  [In.save, read.item],
  [In.updateItem, read.item],
  [In.share, read.share],
  [In.provide, read.share],
  [In.receive, read.transfer],
  [In.accept, read.transfer],
])
