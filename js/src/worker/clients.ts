// Owns: who talks to this worker's engine: the page that started it, and over a line each the other tabs of the store. Gives calls and
// sources numbers of the engine's own (every page counts from one), and sends what the engine says to whom it concerns. Knows no engine.
import type { ToPage, ToWorker } from '../shared/messages'
import { In } from '../shared/records'
import { hubOf, lineOf, tabLockOf, type OnHub } from '../shared/tabs'

type Post = (messages: ToPage[], transfers?: Transferable[]) => void
type Start = Extract<ToWorker, { t: 'start' }>
/** `calls`: the engine's numbers of its calls that have not ended. */
export interface Client { post: Post; readonly calls: Map<number, number> }
interface Tab { client: Client; leave(): void }
interface Asked { client: Client; id: number; source: number | undefined }

const SOURCE_BIT = 0x80000000
/** What another tab may say to the engine beside calls. */
const FROM_TABS = [In.abort, In.playhead]
const waitsForEngine = (message: ToWorker): boolean =>
  message.t === 'call' || message.t === 'read' || message.t === 'blob' || (message.t === 'in' && FROM_TABS.includes(message.kind))

export class Clients {
  /** The page that started this worker. */
  readonly own: Client
  readonly #tabs = new Map<string, Tab>()
  /** By the engine's number. */
  readonly #calls = new Map<number, Asked>()
  /** Sources that are being hashed. */
  readonly #sources = new Map<number, { client: Client; id: number }>()
  #lastCall = 0
  #lastSource = SOURCE_BIT
  #ready: ToPage | undefined
  #state: ToPage | undefined
  readonly #waiting: [Client, ToWorker][] = []
  /** The engine takes calls. */
  #isOpen = false
  #isClosing = false

  /** `carryOut` gets messages with the engine's numbers. */
  constructor(post: Post, private readonly carryOut: (message: ToWorker, client: Client) => void) {
    this.own = { post, calls: new Map() }
  }

  /** From now on other tabs find this worker. */
  lead({ name, tab: leader, relayOnly }: Start): void {
    if (typeof BroadcastChannel === 'undefined' || !navigator.locks) return
    const hub = new BroadcastChannel(hubOf(name))
    const say = (fresh: boolean) => hub.postMessage({ t: 'lead', leader, relayOnly, fresh } satisfies OnHub)
    hub.onmessage = ({ data }: MessageEvent<OnHub>) => {
      if (data.t === 'who') say(false)
      else if (data.t === 'hello' && data.leader === leader) this.#join(name, data.tab, leader)
    }
    say(true)
  }

  /** A message of a client. */
  take(from: Client, message: ToWorker): void {
    if (this.#isClosing) return // the next engine is asked
    if (!this.#isOpen && waitsForEngine(message)) this.#waiting.push([from, message])
    else if (message.t === 'call') this.#call(from, message)
    else if (message.t === 'in' && message.kind === In.abort) this.#abort(from, message.handle)
    else this.carryOut(message, from)
  }

  /** The store is open: other tabs are told when the engine takes calls. */
  opened(ready: ToPage): void {
    this.#ready = ready
    this.own.post([ready])
  }

  /** What the engine says, one turn of its pump. */
  deliver(messages: ToPage[], transfers: Transferable[]): void {
    const letters = new Map<Client, ToPage[]>()
    const add = (client: Client, message: ToPage) => {
      const letter = letters.get(client)
      letter ? letter.push(message) : letters.set(client, [message])
    }
    let isReady = false
    for (const message of messages) {
      isReady ||= message.t === 'done' && message.id === 0
      if (message.t === 'state') this.#state = message
      this.#route(message, add)
    }
    for (const [client, letter] of letters) client === this.own ? client.post(letter, transfers) : client.post(letter)
    if (isReady) this.#open()
  }

  /** Nobody's calls are taken any more; what they have done is still told. */
  close(): void {
    this.#isClosing = true
  }

  #route(message: ToPage, add: (client: Client, message: ToPage) => void): void {
    switch (message.t) {
      case 'done':
      case 'failed': {
        const { client = this.own, id } = this.#ended(message.id) ?? { id: message.id }
        return add(client, { ...message, id })
      }
      case 'hashed': {
        const asked = this.#sources.get(message.blob)
        if (asked) return add(asked.client, { ...message, blob: asked.id })
        break // of stored bytes: whoever shares them knows their number
      }
      case 'peer':
      case 'send':
      case 'stretch':
      case 'log':
        return add(this.own, message)
    }
    add(this.own, message)
    for (const { client } of this.#tabs.values()) add(client, message)
  }

  #open(): void {
    this.#isOpen = true
    for (const { client } of this.#tabs.values()) this.#greet(client)
    for (const [from, message] of this.#waiting.splice(0)) this.take(from, message)
  }

  /** Nothing yet: somebody listens. */
  #greet({ post }: Client): void {
    post(this.#isOpen ? [this.#ready!, ...(this.#state ? [this.#state] : [])] : [])
  }

  #call(client: Client, message: Extract<ToWorker, { t: 'call' }>): void {
    const id = ++this.#lastCall
    const source = message.source && { ...message.source, id: ++this.#lastSource }
    this.#calls.set(id, { client, id: message.id, source: source?.id })
    client.calls.set(message.id, id)
    if (source) this.#sources.set(source.id, { client, id: message.source!.id })
    this.carryOut({ ...message, id, ...(source && { source }) }, client)
  }

  #abort(from: Client, call: number): void {
    const handle = from.calls.get(call)
    if (handle !== undefined) this.carryOut({ t: 'in', kind: In.abort, handle }, from)
  }

  /** Who asked, and by what number. */
  #ended(id: number): Asked | undefined {
    const asked = this.#calls.get(id)
    if (!asked) return undefined
    this.#calls.delete(id)
    asked.client.calls.delete(asked.id)
    if (asked.source !== undefined) this.#sources.delete(asked.source)
    return asked
  }

  /** A tab listens on its line. It may have been here before: it slept, or has lost its engine. */
  #join(store: string, tab: string, leader: string): void {
    this.#tabs.get(tab)?.leave()
    const line = new BroadcastChannel(lineOf(store, tab, leader))
    const client: Client = { post: (messages) => line.postMessage(messages), calls: new Map() }
    const patience = new AbortController()
    const leave = () => {
      client.post = () => {}
      this.#tabs.delete(tab)
      patience.abort()
      line.close()
    }
    line.onmessage = ({ data }: MessageEvent<ToWorker>) => {
      if (data.t === 'ping') client.post([])
      else if (data.t === 'bye') leave()
      else if (waitsForEngine(data) || data.t === 'flush') this.take(client, data)
    }
    this.#tabs.set(tab, { client, leave })
    navigator.locks.request(tabLockOf(store, tab), { signal: patience.signal }, leave).catch(() => {}) // when it is gone
    this.#greet(client)
  }
}
