// Owns: Transfer, the live object of something being received. It exists before the engine has answered.
import type { Item as ItemApi, Metadata, Progress, ReceiveOptions, Transfer as TransferApi, TransferEvents } from '../api'
import { fromData, reason, SamaraError, unsupported } from '../shared/errors'
import type { MetadataData, TransferData } from '../shared/messages'
import { In, Query, Verb } from '../shared/records'
import { describedBy } from './input'
import { fileInfo, Item, pick, pull, within, type Range, type Shelf } from './item'
import { changedPeers, Live } from './live'

const ENDED: readonly string[] = ['done', 'failed', 'cancelled']

function metadataOf(data: MetadataData): Metadata {
  const { name, type, size, sealed } = data
  const files = data.files.map(fileInfo)
  return Object.freeze({ name, type, size, files, sealed, infoHash: data.infoHash ?? '', ...describedBy(data), meta: data.meta })
}

/** A password as it is stretched. A function is asked later; an empty one is none. */
export const passwordIn = ({ password }: ReceiveOptions): string | undefined =>
  typeof password === 'string' && password ? password.normalize() : undefined

class Outcome<T> {
  resolve!: (value: T) => void
  reject!: (error: SamaraError) => void
  readonly promise = new Promise<T>((resolve, reject) => ((this.resolve = resolve), (this.reject = reject)))
  constructor() {
    this.promise.catch(() => {}) // awaiting it is optional
  }
}

export class Transfer extends Live<Progress, TransferEvents> implements TransferApi {
  #metadata = new Outcome<Metadata>()
  #done = new Outcome<ItemApi>()
  /** The promises above have failed: whatever goes on needs new ones. */
  #isRejected = false
  /** The app is being asked for a password: that one is missing or wrong is known. */
  #isAsking = false
  #attempt = 0
  /** A resume is on its way: what the engine says until it is there is old. */
  #isResuming = false
  #id: string
  #data: TransferData | undefined
  #files: MetadataData | undefined
  #options: ReceiveOptions = {}
  #asked = false
  /** What the app's `accept` says: it is asked once, and an engine that asks again is told the same. */
  #verdict: Promise<boolean | number[]> | undefined
  #waiting: (() => void)[] = []
  readonly #shelf: Shelf
  /** Settles when the engine has taken the transfer. */
  taken: Promise<unknown> = Promise.resolve()

  constructor(id: string, shelf: Shelf) {
    super(Object.freeze({ state: 'starting', verifiedBytes: 0, totalBytes: undefined, bytesPerSecond: 0, secondsLeft: undefined, peers: 0, have: Object.freeze([]) }))
    this.#id = id
    this.#shelf = shelf
  }

  get metadata(): Promise<Metadata> {
    return this.#metadata.promise
  }
  get done(): Promise<ItemApi> {
    return this.#done.promise
  }
  #fail(error: SamaraError): void {
    this.#isRejected = true
    this.#metadata.reject(error)
    this.#done.reject(error)
  }
  /** What has failed is tried again. */
  #renew(): void {
    if (!this.#isRejected) return
    this.#isRejected = false
    this.#done = new Outcome()
    if (!this.snapshot.metadata) this.#metadata = new Outcome()
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

  /** Through a service worker at once, while it arrives; without one when it is whole. */
  async src(file = 0): Promise<string> {
    const { name } = pick((await this.metadata).files, file)
    const url = await this.#shelf.media.url('transfer', this.#id, file, name)
    if (url === undefined) return (await this.done).src(file)
    this.#shelf.playing.set(this.#id, this)
    return url
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
  async resume(options: ReceiveOptions = {}): Promise<void> {
    this.#renew()
    this.follow(options)
    await this.#resume(passwordIn(options))
    this.#ask()
  }
  async #resume(password: string | undefined): Promise<void> {
    const before = this.snapshot
    const { error, ...rest } = before
    if (error) this.#show(rest)
    this.#isResuming = true
    try {
      await this.#control(Verb.resume, password)
    } catch (failure) {
      this.#isResuming = false
      if (error) this.#show(before)
      throw failure
    }
  }
  async cancel(): Promise<void> {
    if (ENDED.includes(this.snapshot.state)) return
    await this.#control(Verb.cancel)
    this.end('cancelled', new SamaraError('aborted'))
  }
  async #control(a: Verb, password?: string): Promise<void> {
    await this.taken
    const { bridge } = this.#shelf
    await bridge.call(In.control, { a, spec: { id: this.#id, password, what: 'transfer' } })
    if (a === Verb.resume) this.#isResuming = false
    const data = await bridge.call<TransferData | undefined>(In.query, { a: Query.transfer, spec: { id: this.#id } })
    if (data) this.update(data)
  }

  /** Takes the options of receive() or resume(): the signal detaches, `accept` decides, `password` is asked. */
  follow(options: ReceiveOptions): void {
    this.#options = { ...this.#options, ...options }
    this.askAgain()
    this.#verdict = undefined
    this.#attempt = 0
    const { signal } = options
    const detach = () => {
      this.#fail(new SamaraError('aborted'))
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
    if (this.#isResuming) return // it will be asked for
    const before = this.#data
    this.#data = data
    this.#id = data.id
    const metadata = data.metadata ? metadataOf(data.metadata) : this.snapshot.metadata
    if (data.metadata) this.#files = data.metadata
    let error = data.error && fromData(data.error)
    if (error?.retryable && data.progress.state === 'locked' && this.#unlocks(error)) error = undefined
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
    if (before.error && !next.error) this.#renew()
    this.replace(next)
    this.emit('progress', next)
    if (next.metadata && !before.metadata) {
      this.#metadata.resolve(next.metadata)
      this.emit('metadata', next.metadata)
    }
    if (next.item && next.state === 'done' && before.state !== 'done') {
      this.#done.resolve(next.item)
      this.emit('done', next.item)
    }
    if (next.error && !before.error) {
      this.#fail(next.error)
      this.emit('error', next.error)
    }
    for (const wake of this.#waiting.splice(0)) wake()
  }

  /** Whether the app's function sees to a missing or wrong password. It is called once for each. */
  #unlocks(verdict: SamaraError): boolean {
    const { password } = this.#options
    if (typeof password !== 'function') return false
    if (!this.#isAsking) this.#askPassword(password, verdict)
    return true
  }
  /** Giving nothing, and throwing, give up. */
  async #askPassword(ask: (attempt: number) => Promise<string | undefined>, verdict: SamaraError): Promise<void> {
    this.#isAsking = true
    let password: string | undefined
    try {
      password = await ask(++this.#attempt)
    } catch {
      // As if there were none.
    }
    this.#isAsking = false
    if (password !== undefined) return this.#resume(passwordIn({ password })).catch(() => {})
    delete this.#options.password
    if (this.snapshot.state === 'locked') this.#show({ ...this.snapshot, error: verdict })
  }

  #changed(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  /** Another engine may not know what was accepted. */
  askAgain(): void {
    this.#asked = false
  }
  /** Has the app decide once the engine waits for it. An `accept` that throws refuses. */
  async #ask(): Promise<void> {
    const { metadata } = this.snapshot
    const { accept } = this.#options
    if (!accept || !metadata || !this.#data?.asking || this.#asked) return
    this.#asked = true
    this.#verdict ??= Promise.resolve(metadata).then(accept).catch(() => false)
    const verdict = await this.#verdict
    const spec = { id: this.#id, accept: verdict !== false, files: Array.isArray(verdict) ? verdict : undefined }
    await this.#shelf.bridge.call(In.accept, { spec }).catch(() => this.askAgain())
  }
}
