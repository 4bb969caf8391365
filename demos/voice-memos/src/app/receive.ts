// Receiving, step by step: what a link says, whether it is here already, the person's answers (questions.ts), the transfer,
// the memo. Contacts nobody before the consent. Knows the package and the steps of the screen, not how they look.
import type { Item, Samara, Transfer } from 'samara-sdk'
import type { Receive, Trouble } from '../view/model.js'
import { forgetLink, replaceLink, showMemoAddress } from './address.js'
import { MAX_MEMO_BYTES } from './consent.js'
import { EarlyPlayer } from './early.js'
import type { Library } from './library.js'
import { joinLink, joinPasted, keyIn, looksLikeLink } from './link_parts.js'
import { askForLocalNetwork } from './local_network.js'
import { measureType } from './measure.js'
import { titleOf } from './names.js'
import type { Player } from './player.js'
import { Questions, type Run } from './questions.js'
import { findHere, KeyMissing, readLink, Stop } from './read_link.js'
import { mark, type Engine } from './samara.js'
import { aboutOf, endOf } from './sender_says.js'
import type { Store } from './store.js'
import { codeOf, lackOfBrowser, troubleOf } from './trouble.js'

/** Nobody has answered for so long: the sender's device sleeps, most likely, and the page says that it waits for it. */
const SILENCE_MS = 8000

/** Where the link is of no use to anyone: it is not kept any longer. */
const USELESS: readonly Trouble['code'][] = ['bad-link', 'other-app', 'wrong-key', 'bad-share', 'metadata-invalid', 'expired', 'too-large']

export class Receiving {
  #run: Run | undefined
  #transfer: Transfer | undefined
  readonly #early: EarlyPlayer
  readonly questions: Questions

  constructor(private readonly engine: Engine, private readonly store: Store, private readonly library: Library, private readonly player: Player,
    onHide: () => Promise<Samara>) {
    this.questions = new Questions(store, { isStale: (run) => run !== this.#run, onAnswered: () => this.#draw(), onHide })
    this.#early = new EarlyPlayer(player.audio, () => this.#draw())
    player.onTaken = () => this.#early.release()
    player.audio.addEventListener('timeupdate', () => { if (this.#early.isHeld) this.#draw() })
  }

  /** The handle of the link that is shown now. */
  get handle(): string | undefined { return this.#run?.handle }
  get isMoving(): boolean { return ['moving', 'password'].includes(this.store.state.receive.step) }

  showPaste(trouble?: Trouble): void {
    this.#begin({})
    this.#show({ step: 'paste', ...(trouble && { trouble }) })
  }

  /** A link, from the address bar, pasted, or from another tab. */
  async open(link: string, handle?: string, keyless?: string): Promise<void> {
    const run = this.#begin({ link, handle, keyless })
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
      if (transfer.snapshot.state !== 'done') await transfer.resume(this.questions.answers(run)).catch(() => undefined)
      await this.#follow(run, transfer)
    })
  }

  /** The key of the link that came without it; or the whole link after all. False: it is a link of its own. */
  openKey(text: string): boolean {
    const run = this.#run
    const keyless = run?.keyless ?? run?.link
    if (!run || keyless === undefined || looksLikeLink(joinPasted(text))) return false
    const key = keyIn(text)
    if (key === undefined) this.#show({ step: 'key', trouble: 'bad-key' })
    else {
      const link = joinLink(keyless, key)
      replaceLink(run.handle, link)
      void this.open(link, run.handle, keyless)
    }
    return true
  }

  /** The memo whose link has expired. */
  showEnded(): void {
    const { receive } = this.store.state
    if (receive.step === 'ended') void this.openHere(receive.memo.id)
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
    if (run?.link !== undefined) void this.open(run.link, run.handle, run.keyless)
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
    if (run?.link !== undefined && this.isMoving) void this.open(run.link, run.handle, run.keyless)
  }

  #begin(of: Pick<Run, 'link' | 'handle' | 'keyless'>): Run {
    this.#run?.ends.abort()
    this.questions.drop()
    this.#transfer = undefined
    if (this.#early.isHeld) this.player.stop()
    this.#early.leave()
    const run: Run = { ...of, sealed: false, asked: 0, declined: false, isAsking: false, passwords: 0, ends: new AbortController() }
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
    if (error instanceof KeyMissing) return this.#show({ step: 'key' })
    const trouble = error instanceof Stop ? error.trouble : troubleOf(error)
    if (run.keyless !== undefined && (trouble.code === 'wrong-key' || trouble.why === 'bad-secret')) {
      replaceLink(run.handle, run.keyless) // the link was not what is wrong
      return this.#show({ step: 'key', trouble: trouble.code === 'wrong-key' ? 'wrong-key' : 'bad-key' })
    }
    if (USELESS.includes(trouble.code)) forgetLink(run.handle)
    this.#show({ step: 'failed', trouble })
  }

  async #openLink(run: Run, link: string): Promise<void> {
    const lack = await lackOfBrowser()
    if (lack) throw new Stop(lack)
    const opening = this.engine.open()
    opening.catch(() => undefined) // looked at below
    const info = await readLink(link)
    run.sealed = info.kind === 'sealed'
    let samara = await opening
    const here = await findHere(samara, info.infoHash)
    if (here) return endOf(here)?.over ? this.#showEnded(run, here) : this.#arrive(run, here, true)
    await this.library.ready
    const running = info.infoHash === undefined ? undefined : this.library.transferOf(info.infoHash)
    if (this.#isStale(run)) return
    const title = info.name === undefined ? {} : { title: titleOf(info.name) }
    if (!running) {
      const isAgreed = await this.questions.askConsent(run, title, info)
      if (!isAgreed || this.#isStale(run)) return
      samara = await this.engine.open() // with a relay now, perhaps
    }
    void askForLocalNetwork(this.store.state.settings)
    mark('receive')
    const transfer = samara.receive(info.link, this.questions.answers(run))
    this.library.take(transfer)
    await this.#follow(run, transfer, title)
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
    const before = this.store.state.receive
    if (state === 'failed' || state === 'cancelled') return
    if (before.step === 'password' && !metadata) return // one is being tried: its field stays until it was the right one
    const isSilent = this.#isSilent(run, state === 'finding' || (state === 'connecting' && peers === 0))
    const title = metadata ? titleOf(metadata.name) : known.title ?? (before.step === 'moving' ? before.title : undefined)
    const about = aboutOf(metadata)
    const duration = about.durationSeconds ?? (Number.isFinite(this.player.audio.duration) ? this.player.audio.duration : undefined)
    this.#show({
      step: 'moving', state: isSilent ? 'waiting' : state, verified: verifiedBytes, have, bytesPerSecond, peers, early: this.#early.state, at: this.#early.at,
      sealed: metadata?.sealed ?? run.sealed, about,
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

  /** Its link has expired, and it is still here: the person says what becomes of it. */
  async #showEnded(run: Run, item: Item): Promise<void> {
    await this.library.refresh()
    if (this.#isStale(run)) return
    forgetLink(run.handle)
    run.handle = undefined
    showMemoAddress(item.id)
    this.#show({ step: 'ended', memo: this.library.memo(item.id) ?? this.library.asMemo(item) })
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
    this.store.set({ open: item.id }) // where one finds it in the library, whatever its date
    this.#show({ step: 'arrived', memo: this.library.memo(item.id) ?? this.library.asMemo(item), again })
  }

  #show(receive: Receive): void {
    this.store.set({ receive })
  }
}
