// Receiving, step by step: what a link says, whether it is here already, the person's consent, the transfer, the memo.
// Contacts nobody before the consent. Knows the package and the steps of the screen, not how they look.
import { inspect, type Item, type LinkInfo, type Metadata, type Samara, type Transfer } from 'samara-sdk'
import type { Receive, Trouble } from '../view/model.js'
import { appBase, forgetLink, showMemoAddress } from './address.js'
import { giveConsent, hasConsent, isWorthAsking, MAX_MEMO_BYTES, savesData } from './consent.js'
import { EarlyPlayer } from './early.js'
import { handOver } from './handover.js'
import type { Library } from './library.js'
import { askForLocalNetwork } from './local_network.js'
import { measureType } from './measure.js'
import { titleOf } from './names.js'
import type { Player } from './player.js'
import { canRelay, mark, type Engine } from './samara.js'
import type { Store } from './store.js'
import { codeOf, lackOfBrowser, troubleOf } from './trouble.js'

type Choice = 'accept' | 'hidden' | 'decline'
type Step<Name extends Receive['step']> = Extract<Receive, { step: Name }>

/** Nobody has answered for so long: the sender's device sleeps, most likely, and the page says that it waits for it. */
const SILENCE_MS = 8000

/** A trouble that ends receiving; thrown within this file. */
class Stop extends Error {
  constructor(readonly trouble: Trouble) { super(trouble.code) }
}

/** One run of the steps: what comes late for an older run is dropped. */
interface Run { link?: string; handle?: string | undefined; metadataSize?: number; asked: number; declined: boolean; isAsking: boolean; ends: AbortController; silentSince?: number | undefined }

/** An address of the web that is not of this app and has no memo in it. */
function isOfOtherApp(link: string): boolean {
  const url = URL.canParse(link.trim()) ? new URL(link.trim()) : undefined
  if (!url || !/^https?:$/.test(url.protocol)) return false
  const isOurs = url.origin === appBase.origin && url.pathname.startsWith(appBase.pathname)
  return !isOurs && !/seeds=|magnet:|#[msw]1\./i.test(link)
}

/** What the link says, without asking anybody. */
async function readLink(link: string): Promise<LinkInfo> {
  if (isOfOtherApp(link)) throw new Stop({ code: 'other-app' })
  const infos = await inspect(link)
  const info = infos.find(({ problem }) => !problem)
  if (!info) throw infos[0]?.problem ?? new Stop({ code: 'bad-link', why: 'empty' })
  if ((info.size ?? 0) > MAX_MEMO_BYTES) throw new Stop({ code: 'too-large', bytes: info.size ?? 0, limit: MAX_MEMO_BYTES })
  return info
}

async function findHere(samara: Samara, infoHash: string | undefined): Promise<Item | undefined> {
  if (!infoHash) return undefined
  const item = (await samara.items()).find((one) => one.infoHash === infoHash)
  if (item) return item
  const share = (await samara.shares()).find((one) => one.infoHash === infoHash)
  return share?.key === undefined ? undefined : samara.item(share.key)
}

export class Receiving {
  #run: Run | undefined
  #choose: ((choice: Choice) => void) | undefined
  #transfer: Transfer | undefined
  readonly #early: EarlyPlayer

  constructor(private readonly engine: Engine, private readonly store: Store, private readonly library: Library, private readonly player: Player,
    private readonly onHide: () => Promise<Samara>) {
    this.#early = new EarlyPlayer(player.audio, () => this.#draw())
    player.onTaken = () => this.#early.release()
    player.audio.addEventListener('timeupdate', () => { if (this.#early.isHeld) this.#draw() })
  }

  /** The handle of the link that is shown now. */
  get handle(): string | undefined { return this.#run?.handle }
  get isMoving(): boolean { return this.store.state.receive.step === 'moving' }

  showPaste(trouble?: Trouble): void {
    this.#begin({})
    this.#show({ step: 'paste', ...(trouble && { trouble }) })
  }

  /** A link, from the address bar, pasted, or from another tab. */
  async open(link: string, handle?: string): Promise<void> {
    const run = this.#begin({ link, handle })
    this.#show({ step: 'opening' })
    mark('link')
    await this.#guarded(run, () => this.#openLink(run, link))
  }

  /** A memo that is here, by a page's own address. */
  async openHere(id: string): Promise<void> {
    const run = this.#begin({})
    this.#show({ step: 'opening' })
    await this.#guarded(run, async () => {
      const item = await (await this.engine.open()).item(id)
      if (!item) throw new Stop({ code: 'not-here' })
      await this.#arrive(run, item, true)
    })
  }

  /** One that is on its way already; it was agreed to before. */
  async openIncoming(id: string): Promise<void> {
    const run = this.#begin({})
    this.#show({ step: 'opening' })
    await this.#guarded(run, async () => {
      await this.engine.open()
      await this.library.ready
      const transfer = this.library.transfer(id)
      if (!transfer) throw new Stop({ code: 'not-here' })
      if (transfer.snapshot.state !== 'done') await transfer.resume({ accept: (metadata) => this.#accept(run, metadata) }).catch(() => undefined)
      await this.#follow(run, transfer)
    })
  }

  /** The person's answer to what is asked now. */
  choose(choice: Choice): void {
    const choose = this.#choose
    this.#choose = undefined
    choose?.(choice)
  }

  async cancel(): Promise<void> {
    const run = this.#run
    const transfer = this.#transfer
    if (!run || !transfer) return
    if (this.#early.isHeld) this.player.stop()
    await transfer.cancel().catch(() => undefined)
  }

  retry(): void {
    const run = this.#run
    if (run?.link !== undefined) void this.open(run.link, run.handle)
    else if (this.#transfer && this.isMoving) void this.#transfer.resume().catch(() => undefined)
    else location.reload()
  }

  /** Within the click. */
  toggleEarly(): void {
    if (!this.#early.isHeld) this.player.stop()
    this.#early.toggle()
  }

  /** The engine was opened anew: what was being received is followed again. */
  resumeAfterReopen(): void {
    const run = this.#run
    if (run?.link !== undefined && this.isMoving) void this.open(run.link, run.handle)
  }

  #begin(of: Pick<Run, 'link' | 'handle'>): Run {
    this.#run?.ends.abort()
    this.#choose = undefined
    this.#transfer = undefined
    if (this.#early.isHeld) this.player.stop()
    this.#early.leave()
    const run: Run = { ...of, asked: 0, declined: false, isAsking: false, ends: new AbortController() }
    this.#run = run
    return run
  }

  #isStale(run: Run): boolean { return run !== this.#run }

  async #guarded(run: Run, steps: () => Promise<void>): Promise<void> {
    try {
      await steps()
    } catch (error) {
      if (!this.#isStale(run) && !this.engine.isReopening) await this.#fail(run, error)
    }
  }

  async #fail(run: Run, error: unknown): Promise<void> {
    const trouble = error instanceof Stop ? error.trouble : troubleOf(error)
    if (trouble.code === 'already-open' && run.link !== undefined && await handOver(run.link)) {
      forgetLink(run.handle)
      return this.#show({ step: 'elsewhere' })
    }
    if (trouble.code === 'bad-link' || trouble.code === 'other-app') forgetLink(run.handle)
    this.#show({ step: 'failed', trouble })
  }

  async #openLink(run: Run, link: string): Promise<void> {
    const lack = await lackOfBrowser()
    if (lack) throw new Stop(lack)
    const opening = this.engine.open()
    opening.catch(() => undefined) // looked at below
    const info = await readLink(link)
    let samara = await opening
    const here = await findHere(samara, info.infoHash)
    if (here) return this.#arrive(run, here, true)
    await this.library.ready
    const running = info.infoHash === undefined ? undefined : this.library.transferOf(info.infoHash)
    if (this.#isStale(run)) return
    const title = info.name === undefined ? {} : { title: titleOf(info.name) }
    if (!running) {
      const isAgreed = await this.#askConsent(run, title, info.size)
      if (!isAgreed || this.#isStale(run)) return
      samara = await this.engine.open() // with a relay now, perhaps
    }
    void askForLocalNetwork(this.store.state.settings)
    mark('receive')
    const transfer = samara.receive(info.link, { accept: (metadata) => this.#accept(run, metadata) })
    this.library.take(transfer)
    await this.#follow(run, transfer, title)
  }

  /** Once per device, and for what is large. False: not now. Nobody is contacted meanwhile. */
  async #askConsent(run: Run, title: { title?: string }, bytes: number | undefined): Promise<boolean> {
    if (!hasConsent()) {
      const choice = await this.#ask(run, { step: 'consent', ...title, ...(bytes !== undefined && { bytes }), canHide: canRelay && !this.store.state.settings.hideAddress })
      if (choice === 'decline') return false
      if (choice === 'hidden') {
        this.#show({ step: 'opening' })
        await this.onHide()
      }
      giveConsent()
    }
    if (bytes === undefined || !isWorthAsking(bytes)) return true
    run.asked = bytes
    return await this.#ask(run, { step: 'size', ...title, bytes, saver: savesData() }) !== 'decline'
  }

  /** What the sender describes counts, whatever the link said. Nothing is fetched before this has answered. */
  async #accept(run: Run, { name, size }: Metadata): Promise<boolean> {
    if (size > MAX_MEMO_BYTES) {
      run.metadataSize = size
      return false
    }
    if (size <= run.asked || !isWorthAsking(size)) return true
    run.asked = size
    if (this.#isStale(run)) return false
    return await this.#ask(run, { step: 'size', title: titleOf(name), bytes: size, saver: savesData() }) !== 'decline'
  }

  async #ask(run: Run, step: Step<'consent'> | Step<'size'>): Promise<Choice> {
    run.isAsking = true
    this.#show(step)
    const choice = await new Promise<Choice>((resolve) => { this.#choose = resolve })
    run.isAsking = false
    if (choice === 'decline') {
      run.declined = true
      this.#show({ step: 'declined' }) // the link is kept: a reload asks again
    } else this.#draw()
    return choice
  }

  async #follow(run: Run, transfer: Transfer, known: { title?: string } = {}): Promise<void> {
    this.#transfer = transfer
    const draw = (): void => this.#draw(known)
    transfer.addEventListener('change', draw, { signal: run.ends.signal })
    draw()
    void this.#early.watch(transfer)
    try {
      const item = await transfer.done
      mark('done')
      if (!this.#isStale(run)) await this.#arrive(run, item, false)
    } catch (error) {
      if (this.#isStale(run) || run.declined || this.engine.isReopening) return
      if (run.metadataSize !== undefined) throw new Stop({ code: 'too-large', bytes: run.metadataSize, limit: MAX_MEMO_BYTES })
      const { state, totalBytes } = transfer.snapshot
      if (codeOf(error) === 'storage-full' && (totalBytes ?? 0) > MAX_MEMO_BYTES) throw new Stop({ code: 'too-large', bytes: totalBytes ?? 0, limit: MAX_MEMO_BYTES })
      if (state !== 'cancelled' && codeOf(error) !== 'aborted') throw error
      forgetLink(run.handle)
      this.#show({ step: 'cancelled' })
    }
  }

  /** One snapshot of the transfer: only what has been verified counts as there. */
  #draw(known: { title?: string } = {}): void {
    const run = this.#run
    const transfer = this.#transfer
    if (!run || !transfer || run.isAsking || run.declined || this.store.state.receive.step === 'arrived') return
    const { state, verifiedBytes, totalBytes, have, bytesPerSecond, secondsLeft, peers, reason, metadata } = transfer.snapshot
    if (state === 'failed' || state === 'cancelled') return
    const before = this.store.state.receive
    const isSilent = this.#isSilent(run, state === 'finding' || (state === 'connecting' && peers === 0))
    const title = metadata ? titleOf(metadata.name) : known.title ?? (before.step === 'moving' ? before.title : undefined)
    const duration = metadata?.durationSeconds ?? (Number.isFinite(this.player.audio.duration) ? this.player.audio.duration : undefined)
    this.#show({
      step: 'moving', state: isSilent ? 'waiting' : state, verified: verifiedBytes, have, bytesPerSecond, peers, early: this.#early.state, at: this.#early.at,
      ...(title !== undefined && { title }),
      ...(totalBytes !== undefined && { total: totalBytes }),
      ...(secondsLeft !== undefined && { secondsLeft }),
      ...(reason && state !== 'done' && { reason: reason.code }),
      ...(this.#early.isHeld && duration !== undefined && { duration }),
    })
  }

  /** Whether nobody has answered for a while: measured from the first snapshot without a peer. */
  #isSilent(run: Run, isLooking: boolean): boolean {
    if (!isLooking) run.silentSince = undefined
    else if (run.silentSince === undefined) {
      run.silentSince = performance.now()
      setTimeout(() => { if (!this.#isStale(run)) this.#draw() }, SILENCE_MS + 1)
    }
    return run.silentSince !== undefined && performance.now() - run.silentSince >= SILENCE_MS
  }

  async #arrive(run: Run, found: Item, again: boolean): Promise<void> {
    const wasHeard = !again && this.#early.isHeld
    const item = wasHeard ? found : await measureType(found).catch(() => found)
    await this.library.refresh()
    if (this.#isStale(run)) return
    mark('playable')
    if (this.#early.isHeld) {
      this.#early.release()
      this.player.adopt(item)
    }
    forgetLink(run.handle)
    run.handle = undefined
    showMemoAddress(item.id)
    this.#show({ step: 'arrived', memo: this.library.memo(item.id) ?? this.library.asMemo(item), again })
  }

  #show(receive: Receive): void {
    this.store.set({ receive })
  }
}
