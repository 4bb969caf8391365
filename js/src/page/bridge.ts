// Owns: the engine as the page sees it, wherever it runs: calls with their ends. A call that has not ended stays with what was asked,
// and is asked of the next engine again: every call may be made twice (docs/engine-api.md). Knows no API objects, and not who leads.
import { fromData, SamaraError } from '../shared/errors'
import type { Spec } from '../shared/bencode'
import type { ToPage, ToWorker } from '../shared/messages'
import { In, Verb } from '../shared/records'
import { workerPort, type Port, type Take } from './ports'

const CLOSING_MS = 5_000 // for the engine and its store; then it is ended as it is

export interface CallOptions { a?: number; spec?: Spec; source?: { id: number; blob: Blob } | undefined; signal?: AbortSignal | undefined }
export interface BridgeEvents {
  /** Every message that is not the end of a call. */
  message(message: ToPage): void
  /** After the messages of one turn of the worker. */
  turn?(): void
  /** The engine is lost: it trapped, or could not be loaded. Calls in flight have rejected with this error. */
  trapped?(error: SamaraError): void
  /** An engine is being started here: what is posted now comes before anything it does. */
  starting?(): void
}
type Start = Extract<ToWorker, { t: 'start' }>
type Asked = Extract<ToWorker, { id: number }> | Start | { t: 'close' }
interface Pending { asked: Asked; resolve(value: unknown): void; reject(error: SamaraError): void; isSent: boolean; isAgain?: boolean; isAborted?: boolean }

const START = 0 // the call that starts or closes an engine: of that one only

/** What ends something has done so when it is not there the second time. */
const hasEnded = ({ asked, isAgain }: Pending, code: string): boolean =>
  !!isAgain && code === 'not-found' && asked.t === 'call' && asked.kind === In.control && (asked.a ?? 0) >= Verb.stop

export class Bridge {
  /** The way to the engine of now: another one after each change. */
  port: Port | undefined
  closed: SamaraError | undefined
  readonly #pending = new Map<number, Pending>()
  #lastId = START
  /** Somebody listens at the other end. */
  #isOpen = false
  #isOurs = false
  #retiring: Promise<void> | undefined
  /** Where somebody reads something that is being received. */
  #playhead: ToWorker | undefined

  constructor(private readonly on: BridgeEvents = { message: () => {} }) {}

  /** Starts a worker of this page. What needs no store can be asked of it at once. */
  load(): void {
    this.#plug(workerPort)
    this.#isOpen = this.#isOurs = true
  }

  /** Opens the store and makes the engine, here. Resolves when it answers calls. */
  run(start: Start): Promise<void> {
    if (this.closed) return Promise.reject(this.closed)
    this.load()
    const opened = this.#ask(START, start) as Promise<void>
    this.on.starting?.()
    this.#askAgain()
    return opened
  }

  /** Asks the leader's engine from now on, over a line. */
  follow(line: (take: Take) => Port): void {
    if (!this.closed) this.#plug(line)
  }

  get isOpen(): boolean {
    return this.#isOpen
  }

  /** What is posted while there is no engine is lost. */
  post(message: ToWorker, transfers?: Transferable[]): void {
    if (message.t === 'in' && message.kind === In.playhead) this.#playhead = message
    if (this.#isOpen) this.port?.post(message, transfers)
  }

  /** A call of the engine. Aborting ends it in the engine too; the promise settles when the engine says so. */
  async call<T>(kind: In, { signal, ...rest }: CallOptions = {}): Promise<T> {
    if (signal?.aborted) throw new SamaraError('aborted')
    const id = ++this.#lastId
    const abort = () => this.#abort(id)
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

  /** A range of a blob without its bytes, where the store has files. */
  blob(blob: number, offset: number, bytes: number, type: string): Promise<Blob> {
    const id = ++this.#lastId
    return this.#ask(id, { t: 'blob', id, blob, offset, bytes, type }) as Promise<Blob>
  }

  inspect(link: string): Promise<unknown> {
    const id = ++this.#lastId
    return this.#ask(id, { t: 'inspect', id, link })
  }

  /** Has the engine of this page end in peace, its store closed; one that does not answer is not waited for. Calls wait for the next. */
  async retire(): Promise<void> {
    if (!this.#isOurs) return
    this.#retiring ??= this.#close()
    await this.#retiring
  }
  async #close(): Promise<void> {
    const { port } = this
    const late = new Promise((resolve) => setTimeout(resolve, CLOSING_MS))
    const ended = this.#ask(START, { t: 'close' }).catch(() => {})
    this.#isOpen = false
    await Promise.race([ended, late])
    if (this.port === port) this.unplug()
  }

  /** There is no engine from now on: calls wait for the next. */
  unplug(): void {
    this.port?.end()
    this.port = undefined
    this.#isOpen = this.#isOurs = false
    this.#retiring = undefined
    this.#end(START)?.reject(new SamaraError('engine-restarted'))
  }

  /** Ends everything; what is asked later rejects with the error. */
  stop(error = new SamaraError('closed')): void {
    this.closed ??= error
    this.unplug()
    this.#rejectAll(error)
  }

  #plug(make: (take: Take) => Port): void {
    this.unplug()
    const port = make((messages) => {
      if (this.port !== port) return
      if (!this.#isOpen && !this.#retiring) this.#askAgain()
      for (const message of messages) if (this.port === port) this.#take(message)
      this.on.turn?.()
    })
    this.port = port
  }

  #ask(id: number, asked: Asked): Promise<unknown> {
    if (this.closed) return Promise.reject(this.closed)
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { asked, resolve, reject, isSent: this.#isOpen })
      this.post(asked)
    })
  }

  /** Everything that has not ended is asked of the engine that is there now. */
  #askAgain(): void {
    this.#isOpen = true
    for (const [id, call] of [...this.#pending]) {
      if (id === START) continue
      call.isAgain = call.isSent
      call.isSent = true
      call.isAborted ? this.#end(id)!.reject(new SamaraError('aborted')) : this.post(call.asked)
    }
    if (this.#playhead) this.post(this.#playhead)
  }

  #abort(id: number): void {
    const call = this.#pending.get(id)
    if (!call) return
    call.isAborted = true
    this.#isOpen ? this.post({ t: 'in', kind: In.abort, handle: id }) : this.#end(id)!.reject(new SamaraError('aborted'))
  }

  #end(id: number): Pending | undefined {
    const call = this.#pending.get(id)
    this.#pending.delete(id)
    return call
  }

  #take(message: ToPage): void {
    if (message.t === 'fatal') return this.#fatal(message.why)
    if (message.t !== 'done' && message.t !== 'failed') return this.on.message(message)
    if (message.t === 'done') return this.#end(message.id)?.resolve(message.value)
    if (this.#retiring && message.id !== START) return // the next engine is asked
    const call = this.#end(message.id)
    if (call) hasEnded(call, message.error.code) ? call.resolve(undefined) : call.reject(fromData(message.error))
  }

  #rejectAll(error: SamaraError): void {
    for (const id of [...this.#pending.keys()]) this.#end(id)!.reject(error)
  }

  /** A call may be what it trapped at, so none is asked again. */
  #fatal(why: string): void {
    const error = new SamaraError('engine-restarted', undefined, { why: why.slice(0, 500) })
    this.on.message({ t: 'fatal', why })
    this.#rejectAll(error)
    this.unplug()
    this.on.trapped?.(error)
  }
}
