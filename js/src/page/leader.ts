// Owns: which tab leads. The one that has the store runs the engine, the others follow it over a line to its worker. When the leader
// closes, crashes or is put to sleep, the browser gives the store to the next tab in its queue; when it says nothing any more, one of
// the others takes the store away; when nobody sees it, it hands over to a tab that is seen. Knows no API objects, no engine.
// docs/architecture.md, "Tabs".
import { SamaraError } from '../shared/errors'
import type { StoreKind } from '../shared/messages'
import { randomHex } from '../shared/random'
import { hubOf, lineOf, type OnHub } from '../shared/tabs'
import type { Bridge } from './bridge'
import { Locks } from './locks'
import { linePort } from './ports'

const PING_MS = 500
const PINGS = 3 // without an answer: 1.5 s
const BUSY_PINGS = 10 // while the leader's page answers in between
const AWAKE_MS = 900 // since this page's last timer: in Chromium a frozen page hears its channels and runs no timers
const SEEN_MS = 300 // a tab that is only passed by does not ask to lead
const TAKEN_MS = 1_000 // for the tab that was handed over to; then whoever waits may lead
const RESTARTS_PER_MINUTE = 3

export interface Hooks {
  /** Runs the engine here. Rejects when it cannot. */
  run(stolen: boolean): Promise<void>
  /** Another engine answers: what is alive follows it. `cleared`: on an empty store. */
  engine(cleared: boolean): void
  /** There is no engine of this page any more. */
  ended(): void
  role(role: 'leader' | 'follower'): void
  /** A leader is there that does not answer, and whose store cannot be taken away from it. */
  silent(isSilent: boolean): void
  /** It is over: no engine can be had. */
  failed(error: SamaraError): void
}

/** A store whose former owner can be kept from writing. What is in memory goes with its tab, and a sync of IDBFS deletes what it does not know. */
const canBeFenced = (kind: StoreKind | undefined): boolean => kind !== 'memory' && kind !== 'idbfs'
const isHidden = (): boolean => document.visibilityState === 'hidden'
const asError = (error: unknown): SamaraError => (error instanceof SamaraError ? error : new SamaraError('storage-lost', String(error)))

export class Leadership {
  readonly tab = randomHex(8)
  role: 'leader' | 'follower' | undefined
  readonly #locks: Locks
  /** None: there is only this tab. */
  #hub: BroadcastChannel | undefined
  /** Roles had so far: what was begun in an earlier one is void. */
  #turn = 0
  #isReady = false
  /** What it has open. */
  #kind: StoreKind | undefined
  /** Others follow it. */
  #isFollowed = false
  #leader: string | undefined
  #missed = 0
  #isBusy = false
  #beat = 0
  #isHeir = false
  #isCleared = false
  #isAsleep = false
  #isOver = false
  #restarts: number[] = []
  #pings: ReturnType<typeof setInterval> | undefined
  #asking: ReturnType<typeof setTimeout> | undefined
  #begun: { resolve: () => void; reject: (error: SamaraError) => void } | undefined
  #hasBegun = false

  constructor(private readonly store: string, private readonly relayOnly: boolean, private readonly bridge: Bridge, private readonly hooks: Hooks) {
    this.#locks = new Locks(store, () => this.#deposed())
  }

  /** Settles when there is an engine, here or elsewhere, or when it is clear that there will be none. */
  async begin(): Promise<void> {
    const begun = new Promise<void>((resolve, reject) => (this.#begun = { resolve, reject }))
    if (!navigator.locks || typeof BroadcastChannel === 'undefined' || !(await this.#locks.live(this.tab))) void this.#lead(false)
    else {
      this.#hub = new BroadcastChannel(hubOf(this.store))
      this.#hub.onmessage = ({ data }) => this.#heard(data)
      this.#pings = setInterval(() => this.#ping(), PING_MS)
      ;(await this.#locks.take({ ifAvailable: true })) ? void this.#lead(false) : this.#follow()
    }
    await begun
    this.#hasBegun = true
  }

  /** Gives everything back. An engine of ours ends in peace first. */
  async close(): Promise<void> {
    this.#isOver = true
    this.#locks.leaveQueue()
    await this.bridge.retire()
    this.bridge.stop()
    this.#end()
  }

  /** Ends it as it is. */
  fail(error: SamaraError): void {
    this.#isOver = true
    this.bridge.stop(error)
    this.#end()
    this.#hasBegun ? this.hooks.failed(error) : this.#begun?.reject(error)
  }

  /** A store is open, here or elsewhere. */
  answers(kind: StoreKind): void {
    if (this.role === 'follower') return this.#has(true)
    this.#kind = kind
    if (!canBeFenced(kind)) this.#locks.unfence()
  }

  /** The engine's store is another tab's, or gone. */
  lost(why: 'deposed' | 'cleared'): void {
    this.#isCleared = why === 'cleared'
    if (this.role !== 'leader') return
    if (!this.#isCleared) return this.#deposed()
    this.#stopEngine()
    this.#mayRestart() ? void this.#lead(false) : this.fail(new SamaraError('storage-lost'))
  }

  /** The engine was lost by an error of its own. */
  trapped(error: SamaraError): void {
    const mayRestart = this.#mayRestart()
    if (!this.#isReady && this.role === 'leader') return // it is being opened, which fails
    this.#isReady = false
    if (!mayRestart) this.fail(error)
    else if (this.role === 'leader') void this.#lead(false)
  }

  // ---- the life of the page

  /** It will not be able to answer. A leader that is followed ends at once: peers and trackers learn of it, and the next one finds the store free. */
  frozen(): void {
    const leads = this.role === 'leader'
    if (!this.role || (leads && (!this.#isFollowed || this.#kind === 'memory'))) return
    this.#isAsleep = true
    this.role = undefined
    this.#stopEngine()
    this.#locks.leaveQueue()
    this.#locks.giveBack()
  }
  resumed(): void {
    if (this.#isAsleep) this.#follow()
  }
  seen(isSeen: boolean): void {
    if (isSeen) this.#want()
    else if (this.role === 'leader') this.#say({ t: 'hidden' })
  }

  // ---- leading

  async #lead(stolen: boolean): Promise<void> {
    if (this.#isOver) return
    const turn = this.#is('leader')
    this.hooks.silent(false)
    try {
      if (this.#hub && canBeFenced(this.#kind)) await this.#locks.fence()
      if (turn !== this.#turn) return
      await this.hooks.run(stolen)
    } catch (error) {
      if (turn === this.#turn && this.role) this.#cannotLead(asError(error))
      return
    }
    this.#has(false)
    if (isHidden()) this.#say({ t: 'hidden' })
  }

  /** Perhaps another tab can, or this one a little later. */
  #cannotLead(error: SamaraError): void {
    if (!this.#hasBegun || !error.retryable || !this.#mayRestart()) return this.fail(error)
    this.#deposed()
  }

  async #handOver(tab: string): Promise<void> {
    this.role = undefined
    const turn = this.#turn
    await this.bridge.retire()
    this.hooks.ended()
    if (this.#isOver || turn !== this.#turn) return // closed, or taken away meanwhile
    this.#locks.leave(TAKEN_MS)
    this.#say({ t: 'yours', tab })
    this.#follow()
  }

  /** The store is not ours any more, or of no use here: nothing of this page writes from now on. */
  #deposed(): void {
    this.#stopEngine()
    this.#locks.giveBack()
    this.#hub ? this.#follow() : this.fail(new SamaraError('already-open'))
  }

  #stopEngine(): void {
    this.bridge.unplug()
    this.hooks.ended()
  }

  // ---- following

  #follow(): void {
    if (this.#isOver) return
    this.#is('follower')
    this.#leader = undefined
    this.#missed = 0
    this.#isAsleep = this.#isBusy = false
    void this.#locks.queue().then((isOurs) => (isOurs ? this.#lead(false) : undefined))
    this.#say({ t: 'who' })
  }

  #heard(message: OnHub): void {
    if (this.role === 'leader') {
      if (message.t === 'who' && performance.now() - this.#beat < AWAKE_MS) this.#say({ t: 'here' })
      else if (message.t === 'hello') this.#isFollowed = true
      else if (message.t === 'wanted' && isHidden() && this.#isReady && this.#kind !== 'memory') void this.#handOver(message.tab)
    } else if (this.role === 'follower') {
      if (message.t === 'lead') this.#attach(message)
      else if (message.t === 'here') this.#isBusy = true
      else if (message.t === 'hidden') this.#want()
      else if (message.t === 'yours' && message.tab === this.tab) void this.#steal(false)
    }
  }

  #attach({ leader, relayOnly, fresh }: Extract<OnHub, { t: 'lead' }>): void {
    if (relayOnly !== this.relayOnly) return this.fail(new SamaraError('already-open', undefined, { why: 'ice-transport-policy' }))
    if (leader === this.#leader && !fresh && this.bridge.isOpen) return
    this.#leader = leader
    this.bridge.follow(linePort(lineOf(this.store, this.tab, leader), () => this.#alive()))
    this.#say({ t: 'hello', leader, tab: this.tab })
  }

  #alive(): void {
    this.#missed = 0
    this.hooks.silent(false)
  }

  #ping(): void {
    this.#beat = performance.now()
    if (this.role !== 'follower') return
    if (++this.#missed > (this.#isBusy ? BUSY_PINGS : PINGS)) void this.#replace()
    this.#isBusy = false
    this.bridge.post({ t: 'ping' })
    if (this.#missed >= PINGS) this.#say({ t: 'who' })
  }

  /** Takes the place of a leader that says nothing. Of several tabs one does so. */
  async #replace(): Promise<void> {
    if (this.#isHeir) return
    this.#isHeir = true
    const isStill = () => this.role === 'follower' && this.#missed > PINGS
    await this.#locks.asHeir(async () => {
      const isFenced = isStill() && (await this.#locks.isFenced())
      if (!isStill()) return
      if (isFenced) return this.#steal(true)
      this.hooks.silent(true)
      this.#begun?.resolve()
    })
    this.#isHeir = false
  }

  async #steal(stolen: boolean): Promise<void> {
    if (await this.#locks.take({ steal: true })) await this.#lead(stolen)
  }

  /** Asks a leader that nobody sees to hand over. */
  #want(): void {
    const wants = () => this.role === 'follower' && !isHidden()
    clearTimeout(this.#asking)
    if (wants()) this.#asking = setTimeout(() => wants() && this.#say({ t: 'wanted', tab: this.tab }), SEEN_MS)
  }

  // ---- both

  #is(role: 'leader' | 'follower'): number {
    this.role = role
    this.#isReady = this.#isFollowed = false
    this.hooks.role(role)
    return ++this.#turn
  }

  /** There is an engine. */
  #has(isElsewhere: boolean): void {
    const cleared = this.#isCleared
    this.#isReady = !isElsewhere
    this.#isCleared = false
    if (this.#hasBegun || isElsewhere) this.hooks.engine(cleared)
    this.#begun?.resolve()
    if (isElsewhere) this.#want()
  }

  #say(message: OnHub): void {
    if (!this.#isOver) this.#hub?.postMessage(message)
  }

  /** At most so many engines a minute. */
  #mayRestart(): boolean {
    const now = performance.now()
    this.#restarts = [...this.#restarts.filter((at) => at > now - 60_000), now]
    return this.#restarts.length <= RESTARTS_PER_MINUTE
  }

  #end(): void {
    this.role = undefined
    clearInterval(this.#pings)
    this.#locks.end()
    this.#hub?.close()
  }
}
