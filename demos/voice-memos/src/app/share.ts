// The share sheet's controller: makes the link of a memo as soon as the sheet opens, so that Copy and Send find it within
// the click; follows what becomes of it, and keeps the screen on while nobody has it yet.
import type { Item, Samara, Share } from 'samara-sdk'
import type { Memo, ShareSheet } from '../view/model.js'
import { isOnThisComputer } from './address.js'
import { AwayWatch, type Counts } from './away.js'
import type { Library } from './library.js'
import { fileNameFor, titleOf } from './names.js'
import { type Engine } from './samara.js'
import type { Store } from './store.js'
import { lackOfBrowser, troubleOf } from './trouble.js'
import { WakeLock } from './wakelock.js'

/** Makes the share of a memo, or finds the one there is: the memo's id is its key. */
function shareItem(samara: Samara, item: Item): Promise<Share> {
  return samara.share(item, { encrypt: false, key: item.id, name: fileNameFor(titleOf(item.name), item.type, item.files[0]?.name) })
}

/** How far the one is who has most of it and not all. */
const leaderOf = (share: Share): number => Math.max(0, ...share.peers().map(({ fraction }) => fraction).filter((fraction) => fraction < 1))

const isLive = (share: Share): boolean => ['waiting', 'serving'].includes(share.snapshot.state)

export class ShareControl {
  #share: Share | undefined
  #watch: AbortController | undefined
  /** Shares made in this visit that nobody has fetched yet. */
  readonly #unserved = new Set<Share>()
  readonly #wakeLock = new WakeLock((awake) => this.#set({ awake }))
  readonly #away = new AwayWatch(() => this.#counts(), (away) => this.#set({ away }))

  constructor(private readonly engine: Engine, private readonly store: Store, private readonly library: Library) {
    engine.onOpen(() => this.#followAgain())
  }

  get isUnserved(): boolean { return this.#unserved.size > 0 }

  async open(id: string): Promise<void> {
    const item = this.library.item(id)
    if (!item) return
    this.#leave()
    const watch = new AbortController()
    this.#watch = watch
    const memo = this.library.asMemo(item)
    this.store.set({ share: emptySheet(memo) })
    try {
      const lack = await lackOfBrowser()
      if (lack) return this.#set({ step: 'failed', trouble: lack }, watch)
      const share = await shareItem(await this.engine.open(), item)
      if (watch.signal.aborted) return
      this.#follow(share)
    } catch (error) {
      this.#set({ step: 'failed', trouble: troubleOf(error) }, watch)
    }
  }

  /** The link of the sheet, within the click: Safari refuses the clipboard after an await. */
  copy(): void {
    const { share } = this.store.state
    if (!share?.link) return
    if (!navigator.clipboard) return this.#selectLink()
    navigator.clipboard.writeText(share.link).then(() => this.#set({ copied: 'yes' }), () => this.#selectLink())
  }

  send(): void {
    const { share } = this.store.state
    if (!share?.link || typeof navigator.share !== 'function') return
    navigator.share({ url: share.link }).catch(() => undefined) // closed without choosing: nothing to say
  }

  stop(): void {
    const share = this.#share
    void share?.stop().catch((error: unknown) => this.#set({ step: 'failed', trouble: troubleOf(error) }))
  }

  close(): void {
    this.#leave()
    this.store.set({ share: undefined })
  }

  #leave(): void {
    this.#watch?.abort()
    this.#watch = undefined
    this.#share = undefined
    this.#away.forget()
  }

  #selectLink(): void {
    this.#set({ copied: 'failed' })
    const input = document.querySelector<HTMLInputElement>('#share-link')
    input?.focus()
    input?.select()
  }

  #follow(share: Share): void {
    this.#share = share
    this.#watchUnserved(share)
    const { signal } = this.#watch ?? new AbortController()
    share.addEventListener('change', () => this.#draw(share), { signal })
    const { url: link, compactUrl: code } = share
    this.#set({ step: 'ready', link, code, thisComputerOnly: isOnThisComputer(new URL(link).hostname) })
    this.#draw(share)
  }

  /** The screen stays on until somebody has what was just shared. */
  #watchUnserved(share: Share): void {
    if (this.#unserved.has(share) || share.snapshot.delivered > 0) return
    this.#unserved.add(share)
    const over = new AbortController()
    const look = (): void => {
      if (isLive(share) && share.snapshot.delivered === 0) return
      over.abort()
      this.#unserved.delete(share)
      this.#wakeLock.want(this.isUnserved)
    }
    share.addEventListener('change', look, { signal: over.signal })
    this.#wakeLock.want(true)
    look()
  }

  #draw(share: Share): void {
    if (share !== this.#share) return
    const { state, peers, delivered, uploadedBytes, bytesPerSecond, reason } = share.snapshot
    this.#set({ state, peers, delivered, fraction: leaderOf(share), sentBytes: uploadedBytes, bytesPerSecond, reason: reason?.code })
    this.#away.look()
  }

  /** The engine was opened anew under an open sheet: the same share, another object. */
  #followAgain(): void {
    const { share } = this.store.state
    this.#unserved.clear()
    this.#wakeLock.want(false)
    if (!share || !this.#share) return
    const id = share.memo.id
    this.#watch?.abort()
    const watch = new AbortController()
    this.#watch = watch
    void this.engine.open().then((samara) => samara.findShare(id)).then((found) => {
      if (found && !watch.signal.aborted) this.#follow(found)
    }).catch(() => undefined)
  }

  #counts(): Counts | undefined {
    const share = this.#share
    if (!share) return undefined
    const { delivered, uploadedBytes, peers } = share.snapshot
    return { delivered, uploadedBytes, peers }
  }

  #set(change: Partial<ShareSheet>, watch = this.#watch): void {
    const { share } = this.store.state
    if (share && watch && !watch.signal.aborted) this.store.set({ share: { ...share, ...change } })
  }
}

const emptySheet = (memo: Memo): ShareSheet => ({
  memo, step: 'preparing', link: '', code: '', state: 'waiting', peers: 0, delivered: 0, fraction: 0, sentBytes: 0, bytesPerSecond: 0,
  copied: 'no', canSend: typeof navigator.share === 'function', thisComputerOnly: false, awake: false,
})
