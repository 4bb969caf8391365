// Owns: the worker as the page sees it: calls with their ends, restarts after a crash. Knows no API objects.
import { fromData, SamaraError } from '../shared/errors'
import type { Spec } from '../shared/bencode'
import type { ToPage, ToWorker } from '../shared/messages'
import { In } from '../shared/records'

const RESTARTS_PER_MINUTE = 3

export interface CallOptions { a?: number; spec?: Spec; source?: { id: number; blob: Blob } | undefined; signal?: AbortSignal | undefined }
export interface BridgeEvents {
  /** Every message that is not the end of a call. */
  message(message: ToPage): void
  /** After the messages of one turn of the worker. */
  turn?(): void
  /** An engine is being started, the first or after a crash: what is posted now comes before anything it does. */
  starting?(): void
  /** A new engine is up after a crash. */
  restarted?(): void
}
type Pending = { resolve(value: unknown): void; reject(error: SamaraError): void }
type Start = Extract<ToWorker, { t: 'start' }>

/** Starts the worker and has it fetch the engine at once. The URLs are written out for bundlers to find. */
function startWorker(): Worker {
  const worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' })
  worker.postMessage({ t: 'load', wasm: new URL('./samara.wasm', import.meta.url).href } satisfies ToWorker)
  return worker
}

export class Bridge {
  /** The worker of now: another one after a crash. */
  worker: Worker | undefined
  readonly #pending = new Map<number, Pending>()
  #lastId = 0
  #restarts: number[] = []
  #start: Start | undefined
  closed: SamaraError | undefined

  constructor(private readonly on: BridgeEvents) {
    this.#begin()
  }

  #begin(): void {
    const worker = startWorker()
    this.worker = worker
    worker.onmessage = ({ data }: MessageEvent<ToPage[]>) => {
      for (const message of data) {
        if (this.worker !== worker) return
        this.#take(message)
      }
      this.on.turn?.()
    }
    worker.onerror = (event) => this.#fatal(event.message || 'worker.js cannot be loaded')
  }

  /** Opens the store and makes the engine. Resolves when calls may be made. */
  open(start: Start): Promise<void> {
    this.#start = start
    const opened = this.#ask(0, start) as Promise<void>
    this.on.starting?.()
    return opened
  }

  post(message: ToWorker, transfers: Transferable[] = []): void {
    this.worker?.postMessage(message, transfers)
  }

  /** A call of the engine. Aborting ends it in the engine too; the promise settles when the engine says so. */
  async call<T>(kind: In, { signal, ...rest }: CallOptions = {}): Promise<T> {
    if (signal?.aborted) throw new SamaraError('aborted')
    const id = ++this.#lastId
    const abort = () => this.post({ t: 'in', kind: In.abort, handle: id })
    signal?.addEventListener('abort', abort)
    try {
      return (await this.#ask(id, { t: 'call', id, kind, ...rest })) as T
    } finally {
      signal?.removeEventListener('abort', abort)
    }
  }

  read(blob: number, offset: number, bytes: number): Promise<Uint8Array<ArrayBuffer>> {
    const id = ++this.#lastId
    return this.#ask(id, { t: 'read', id, blob, offset, bytes }) as Promise<Uint8Array<ArrayBuffer>>
  }

  inspect(link: string): Promise<unknown> {
    const id = ++this.#lastId
    return this.#ask(id, { t: 'inspect', id, link })
  }

  /** Ends everything; what is asked later rejects with the error. */
  stop(error = new SamaraError('closed')): void {
    this.closed ??= error
    this.worker?.terminate()
    this.worker = undefined
    this.#rejectAll(error)
  }

  /** Has the store write and close itself; an engine that does not answer is not waited for. */
  closeStore(): Promise<unknown> {
    const late = new Promise((resolve) => setTimeout(resolve, 3000))
    return Promise.race([this.#ask(0, { t: 'close' }), late]).catch(() => {})
  }

  #ask(id: number, message: ToWorker): Promise<unknown> {
    if (this.closed) return Promise.reject(this.closed)
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject })
      this.post(message)
    })
  }

  #take(message: ToPage): void {
    if (message.t === 'fatal') return this.#fatal(message.why)
    if (message.t !== 'done' && message.t !== 'failed') return this.on.message(message)
    const call = this.#pending.get(message.id)
    this.#pending.delete(message.id)
    if (message.t === 'done') call?.resolve(message.value)
    else call?.reject(fromData(message.error))
  }

  #rejectAll(error: SamaraError): void {
    for (const call of this.#pending.values()) call.reject(error)
    this.#pending.clear()
  }

  /** The engine is lost: every call in flight rejects and a new one starts from the journal. */
  #fatal(why: string): void {
    this.on.message({ t: 'fatal', why })
    const error = new SamaraError('engine-restarted', undefined, { why: why.slice(0, 500) })
    const now = performance.now()
    this.#restarts = [...this.#restarts.filter((at) => at > now - 60_000), now]
    const opening = this.#pending.has(0)
    this.worker?.terminate()
    this.#rejectAll(error)
    if (opening || !this.#start || this.#restarts.length > RESTARTS_PER_MINUTE) return this.stop(error)
    this.#begin()
    this.open(this.#start).then(() => this.on.restarted?.(), (failure) => this.stop(failure))
  }
}
