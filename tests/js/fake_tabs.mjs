// What tabs of one origin share, in a test's hands: channels, Web Locks, and workers that do nothing by themselves.
const tasks = (n = 8) => n ? Promise.resolve().then(() => tasks(n - 1)) : undefined
/** Lets everything that only waits for promises happen. */
export const settled = () => tasks(60)

/** BroadcastChannel by the rules that count here: others of the same name hear it, later, in order; a closed one throws. */
export class FakeChannel {
  static all = new Set()
  /** Everything that was said, by name. */
  static said = []
  onmessage = null
  isClosed = false
  constructor(name) {
    this.name = name
    FakeChannel.all.add(this)
  }
  postMessage(message) {
    if (this.isClosed) throw new DOMException('closed', 'InvalidStateError')
    const data = structuredClone(message)
    FakeChannel.said.push([this.name, data])
    for (const other of FakeChannel.all) if (other !== this && other.name === this.name) queueMicrotask(() => other.isClosed || other.onmessage?.({ data }))
  }
  close() {
    this.isClosed = true
    FakeChannel.all.delete(this)
  }
}

/** Web Locks: exclusive and shared, queues, ifAvailable, steal, signal, query. */
export class FakeLocks {
  #held = []
  #queue = []
  request(name, options, work) {
    return new Promise((resolve, reject) => {
      const request = { name, mode: options.mode ?? 'exclusive', work, resolve, reject }
      if (options.ifAvailable && !this.#isFree(request)) return Promise.resolve().then(() => work(null)).then(resolve, reject)
      options.signal?.addEventListener('abort', () => {
        if (!this.#queue.includes(request)) return
        this.#queue = this.#queue.filter((one) => one !== request)
        reject(new DOMException('aborted', 'AbortError'))
      })
      options.steal ? this.#queue.unshift(request) : this.#queue.push(request)
      if (options.steal) for (const other of this.#held.filter((one) => one.name === name)) other.lose()
      this.#grant()
    })
  }
  async query() {
    return { held: this.#held.map(({ name, mode }) => ({ name, mode, clientId: '' })), pending: this.#queue.map(({ name, mode }) => ({ name, mode, clientId: '' })) }
  }
  #isFree({ name, mode }) {
    const others = [...this.#held, ...this.#queue].filter((one) => one.name === name)
    return others.every((one) => one.mode === 'shared' && mode === 'shared')
  }
  #grant() {
    for (const request of [...this.#queue]) {
      const { name, mode, work, resolve, reject } = request
      if (this.#held.some((one) => one.name === name && !(one.mode === 'shared' && mode === 'shared'))) continue
      this.#queue = this.#queue.filter((one) => one !== request)
      const end = () => {
        this.#held = this.#held.filter((one) => one !== request)
        this.#grant()
      }
      request.lose = () => (end(), reject(new DOMException('stolen', 'AbortError')))
      this.#held.push(request)
      Promise.resolve().then(() => work({ name, mode })).then(resolve, reject).finally(end)
    }
  }
}

/** Workers that were started. */
export class FakeWorker {
  static all = []
  posted = []
  constructor() { FakeWorker.all.push(this) }
  postMessage(message) { this.posted.push(message) }
  terminate() { this.isEnded = true }
  say(...messages) { this.onmessage({ data: messages }) }
}

/** Timers that run when the test lets time pass. */
class FakeTimers {
  now = 0
  #all = new Map()
  #last = 0
  set = (f, ms = 0) => this.#add(f, ms)
  every = (f, ms) => this.#add(f, ms, ms)
  clear = (id) => void this.#all.delete(id)
  #add(f, ms, every) {
    this.#all.set(++this.#last, { f, at: this.now + ms, every })
    return this.#last
  }
  /** Runs what is due in order, and after each whatever waits for promises. */
  async pass(ms) {
    const end = this.now + ms
    for (;;) {
      const [next] = [...this.#all].filter(([, { at }]) => at <= end).sort(([a, x], [b, y]) => x.at - y.at || a - b)
      if (!next) break
      const [id, timer] = next
      this.now = timer.at
      timer.every ? (timer.at += timer.every) : this.#all.delete(id)
      timer.f()
      await settled()
    }
    this.now = end
  }
}

/** Puts all of it where browsers have it. `pass(ms)` lets time pass. */
export function install() {
  const timers = new FakeTimers()
  FakeChannel.all.clear()
  FakeChannel.said.length = 0
  FakeWorker.all.length = 0
  const locks = new FakeLocks()
  Object.defineProperty(globalThis, 'navigator', { value: { locks }, configurable: true })
  Object.assign(globalThis, {
    BroadcastChannel: FakeChannel, Worker: FakeWorker, document: { visibilityState: 'visible' },
    setTimeout: timers.set, clearTimeout: timers.clear, setInterval: timers.every, clearInterval: timers.clear,
  })
  globalThis.performance.now = () => timers.now
  return { locks, document: globalThis.document, pass: (ms) => timers.pass(ms) }
}
