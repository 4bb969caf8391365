// Owns: the Web Locks of a store in one tab: the one whose holder may open it, who waits for that and who takes it away, and those
// that say that a tab lives and that its store is fenced. Knows nothing of engines.
import { lockOf } from '../shared/places'
import { fencedLockOf, heirLockOf, tabLockOf } from '../shared/tabs'

export class Locks {
  /** Gives back the store, which is ours. */
  #release: (() => void) | undefined
  #endQueue = () => {}
  #endFence: (() => void) | undefined
  readonly #ends: (() => void)[] = []
  #isOver = false

  /** `onstolen`: another tab has taken the store away. */
  constructor(private readonly store: string, private readonly onstolen: () => void) {}

  /** Lets other tabs see that this one lives. Says whether there are locks that tabs share. */
  live(tab: string): Promise<boolean> {
    return this.#hold(tabLockOf(this.store, tab)).then(() => true, () => false)
  }

  /** Asks for the store and says whether it is ours now: until it is given back, or another tab takes it away. */
  take(options: LockOptions): Promise<boolean> {
    return new Promise((resolve) => {
      let mine: (() => void) | undefined
      const held = (lock: Lock | null) => {
        if (!lock || this.#isOver) return resolve(false)
        this.leaveQueue()
        const ours = new Promise<void>((release) => (mine = this.#release = release))
        resolve(true)
        return ours
      }
      navigator.locks.request(lockOf(this.store), options, held).catch(() => {
        resolve(false)
        if (mine && mine === this.#release) this.onstolen()
      })
    })
  }

  /** Waits for its turn. */
  queue(): Promise<boolean> {
    const patience = new AbortController()
    this.leaveQueue()
    this.#endQueue = () => patience.abort()
    return this.take({ signal: patience.signal })
  }
  leaveQueue(): void {
    this.#endQueue()
    this.#endQueue = () => {}
  }

  get isOurs(): boolean {
    return this.#release !== undefined
  }
  giveBack(): void {
    this.#release?.()
    this.#release = undefined
    this.unfence()
  }
  /** Whoever takes the store away within the time has it; then the queue goes on. */
  leave(ms: number): void {
    setTimeout(this.#release!, ms)
    this.#release = undefined
    this.unfence()
  }

  /** Says that the store may be taken away. */
  async fence(): Promise<void> {
    this.#endFence ??= await this.#hold(fencedLockOf(this.store), { mode: 'shared' })
  }
  unfence(): void {
    this.#endFence?.()
    this.#endFence = undefined
  }
  /** Whether who has the store can be kept from writing when it wakes up. Earlier versions of this package cannot. */
  async isFenced(): Promise<boolean> {
    const { held = [] } = await navigator.locks.query()
    const owner = held.find(({ name }) => name === lockOf(this.store))?.clientId
    return owner !== undefined && held.some(({ name, clientId }) => name === fencedLockOf(this.store) && clientId === owner)
  }

  /** Does the work if no other tab does it. */
  async asHeir(work: () => Promise<void>): Promise<void> {
    await navigator.locks.request(heirLockOf(this.store), { ifAvailable: true }, async (mine) => (mine ? work() : undefined))
  }

  end(): void {
    this.#isOver = true
    this.leaveQueue()
    this.giveBack()
    for (const end of this.#ends.splice(0)) end()
  }

  /** Holds a lock from now on. Resolves to what gives it back. */
  #hold(name: string, options: LockOptions = {}): Promise<() => void> {
    return new Promise((resolve, reject) => {
      const held = () => new Promise<void>((end) => {
        this.#ends.push(end)
        this.#isOver ? end() : resolve(end)
      })
      navigator.locks.request(name, options, held).catch(reject)
    })
  }
}
