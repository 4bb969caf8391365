// Owns: Transfer, the live object of something being received. It exists before the engine has answered.
import type { Item as ItemApi, Metadata, Progress, ReceiveOptions, Transfer as TransferApi, TransferEvents } from '../api'
import { fromData, reason, SamaraError, unsupported } from '../shared/errors'
import type { MetadataData, TransferData } from '../shared/messages'
import { In, Query, Verb } from '../shared/records'
import { describedBy, parseMeta } from './input'
import { fileInfo, Item, pick, pull, within, type Range, type Shelf } from './item'
import { changedPeers, Live } from './live'

const ENDED: readonly string[] = ['done', 'failed', 'cancelled']

function metadataOf(data: MetadataData): Metadata {
  const { name, type, size, sealed } = data
  const files = data.files.map(fileInfo)
  return Object.freeze({ name, type, size, files, sealed, infoHash: data.infoHash ?? '', ...describedBy(data), meta: parseMeta(data.meta) })
}

export class Transfer extends Live<Progress, TransferEvents> implements TransferApi {
  readonly metadata: Promise<Metadata>
  readonly done: Promise<ItemApi>
  #id: string
  #data: TransferData | undefined
  #files: MetadataData | undefined
  #options: ReceiveOptions = {}
  #asked = false
  #settled!: { metadata(m: Metadata): void; done(item: ItemApi): void; fail(error: SamaraError): void }
  #waiting: (() => void)[] = []
  readonly #shelf: Shelf
  /** Settles when the engine has taken the transfer. */
  taken: Promise<unknown> = Promise.resolve()

  constructor(id: string, shelf: Shelf) {
    super(Object.freeze({ state: 'starting', verifiedBytes: 0, totalBytes: undefined, bytesPerSecond: 0, secondsLeft: undefined, peers: 0, have: Object.freeze([]) }))
    this.#id = id
    this.#shelf = shelf
    let known!: (m: Metadata) => void
    let noMetadata!: (error: SamaraError) => void
    this.metadata = new Promise((resolve, reject) => ((known = resolve), (noMetadata = reject)))
    this.done = new Promise((resolve, reject) => {
      this.#settled = { metadata: known, done: resolve, fail: (error) => (reject(error), noMetadata(error)) }
    })
    for (const promise of [this.metadata, this.done]) promise.catch(() => {}) // awaiting them is optional
  }

  get id(): string {
    return this.#id
  }

  async *progress(): AsyncGenerator<Progress> {
    for (;;) {
      const now = this.snapshot
      yield now
      if (ENDED.includes(now.state)) return
      while (this.snapshot === now) await this.#changed()
    }
  }

  async src(file = 0): Promise<string> {
    return (await this.done).src(file)
  }

  stream(file = 0, range?: Range): ReadableStream<Uint8Array> {
    const blob = async () => {
      while (!this.#data?.blob && !this.snapshot.error) await this.#changed()
      if (this.snapshot.error) throw this.snapshot.error
      return this.#data!.blob!
    }
    return pull(
      async (at, bytes) => this.#shelf.bridge.read(await blob(), at, bytes),
      async () => (await this.metadata, within(pick(this.#files!.files, file), range)),
      async (at) => {
        this.#shelf.bridge.post({ t: 'in', kind: In.playhead, handle: await blob(), b: at }) // what is read next is fetched next
        for (;;) {
          const run = this.snapshot.have.find(([start, end]) => start <= at && at < end)
          if (run || this.snapshot.state === 'done') return run ? run[1] : Infinity
          if (this.snapshot.error) throw this.snapshot.error
          await this.#changed()
        }
      },
    )
  }

  select(): Promise<void> {
    return Promise.reject(unsupported('Selecting files is not built yet.'))
  }
  pause(): Promise<void> {
    return this.#control(Verb.pause)
  }
  async resume(options?: ReceiveOptions): Promise<void> {
    if (options) this.follow(options)
    await this.#control(Verb.resume)
    this.#ask()
  }
  async cancel(): Promise<void> {
    if (ENDED.includes(this.snapshot.state)) return
    await this.#control(Verb.cancel)
    this.end('cancelled', new SamaraError('aborted'))
  }
  async #control(a: Verb): Promise<void> {
    await this.taken
    const { bridge } = this.#shelf
    await bridge.call(In.control, { a, spec: { id: this.#id, what: 'transfer' } })
    const data = await bridge.call<TransferData | undefined>(In.query, { a: Query.transfer, spec: { id: this.#id } })
    if (data) this.update(data)
  }

  /** Takes the options of receive() or resume(): the signal detaches, `accept` decides. */
  follow(options: ReceiveOptions): void {
    this.#options = options
    this.#asked = false
    const { signal } = options
    const detach = () => {
      this.#settled.fail(new SamaraError('aborted'))
      this.pause().catch(() => {})
    }
    signal?.addEventListener('abort', detach, { once: true })
    const clear = () => signal?.removeEventListener('abort', detach)
    this.done.then(clear, clear)
  }

  /** Ends it on this side: the engine never had it, or has it no more. */
  end(state: 'failed' | 'cancelled', error: SamaraError): void {
    if (ENDED.includes(this.snapshot.state)) return
    this.#show({ ...this.snapshot, state, error, bytesPerSecond: 0, peers: 0 })
  }

  /** New data of the engine. Metadata stands in it only once. */
  update(data: TransferData): void {
    const before = this.#data
    this.#data = data
    this.#id = data.id
    const metadata = data.metadata ? metadataOf(data.metadata) : this.snapshot.metadata
    if (data.metadata) this.#files = data.metadata
    const error = data.error ? fromData(data.error) : undefined
    const cancelled = data.progress.state === 'cancelled' ? new SamaraError('aborted') : undefined
    this.#show({
      ...data.progress,
      have: Object.freeze(data.progress.have),
      ...(metadata && { metadata }),
      ...(data.item && { item: new Item(data.item, this.#shelf) }),
      ...((error ?? cancelled) && { error: error ?? cancelled! }),
      ...(data.reason && { reason: reason(data.reason) }),
    })
    changedPeers(before?.peers ?? [], data.peers, (peer) => this.emit('peer', peer))
    this.#ask()
  }

  #show(next: Progress): void {
    const before = this.snapshot
    this.replace(next)
    this.emit('progress', next)
    if (next.metadata && !before.metadata) {
      this.#settled.metadata(next.metadata)
      this.emit('metadata', next.metadata)
    }
    if (next.item && next.state === 'done' && before.state !== 'done') {
      this.#settled.done(next.item)
      this.emit('done', next.item)
    }
    if (next.error && !before.error) {
      this.#settled.fail(next.error)
      this.emit('error', next.error)
    }
    for (const wake of this.#waiting.splice(0)) wake()
  }

  #changed(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  /** Has the app decide once the engine waits for it. An `accept` that throws refuses. */
  async #ask(): Promise<void> {
    const { metadata } = this.snapshot
    const { accept } = this.#options
    if (!accept || !metadata || !this.#data?.asking || this.#asked) return
    this.#asked = true
    const verdict = await Promise.resolve(metadata).then(accept).catch(() => false)
    const spec = { id: this.#id, accept: verdict !== false, files: Array.isArray(verdict) ? verdict : undefined }
    await this.#shelf.bridge.call(In.accept, { spec }).catch(() => {})
  }
}
