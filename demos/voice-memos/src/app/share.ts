// The share sheet's controller: makes the link of a memo as soon as the sheet opens, so that Copy and Send find it within
// the click; follows what becomes of it, and keeps the screen on while nobody has it yet. What a link is, is in make_link.ts.
import { SamaraError, type Samara, type Share } from 'samara-sdk'
import type { Guards, Memo, ShareSheet } from '../view/model.js'
import { isOnThisComputer } from './address.js'
import { AwayWatch, type Counts } from './away.js'
import { idsOf, memoOfSeveral } from './bundle.js'
import { MAX_MEMO_BYTES } from './consent.js'
import type { Library } from './library.js'
import { splitLink } from './link_parts.js'
import { dropLink, guardsOf, linkOf, makeLink, oneMemo, severalMemos, type LinkWishes, type Subject } from './make_link.js'
import { type Engine } from './samara.js'
import type { Store } from './store.js'
import { lackOfBrowser, troubleOf } from './trouble.js'
import { WakeLock } from './wakelock.js'

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
    const memo = this.#memo(id)
    if (!memo) return
    this.store.set({ share: emptySheet(memo) })
    await this.#show(memo, linkOf)
  }

  /** Another link for the same memo, with a password or an end; the one from before stops. */
  async renew(wishes: LinkWishes): Promise<void> {
    const { share } = this.store.state
    if (!share) return
    this.store.set({ share: { ...emptySheet(share.memo), renewed: true } })
    await this.#show(share.memo, (samara, subject) => makeLink(samara, subject, wishes))
  }

  /** A memo by its id, or several by the key of their link. */
  #memo(id: string): Memo | undefined {
    const items = this.library.several(idsOf(id) ?? [])
    return idsOf(id) ? items && memoOfSeveral(items) : this.library.memo(id)
  }

  async #subject(id: string): Promise<Subject> {
    const item = this.library.item(id)
    if (item) return oneMemo(item)
    const items = this.library.several(idsOf(id) ?? [])
    if (!items || items.length === 0) throw new SamaraError('not-found')
    return severalMemos(items)
  }

  async #show(memo: Memo, link: (samara: Samara, subject: Subject) => Promise<Share>): Promise<void> {
    this.#leave()
    const watch = new AbortController()
    this.#watch = watch
    try {
      const lack = await lackOfBrowser()
      if (lack) return this.#set({ step: 'failed', trouble: lack }, watch)
      if (memo.bytes > MAX_MEMO_BYTES) return this.#set({ step: 'failed', trouble: { code: 'too-large', bytes: memo.bytes, limit: MAX_MEMO_BYTES } }, watch)
      const subject = await this.#subject(memo.id)
      const share = await link(await this.engine.open(), subject)
      const guards = await guardsOf(share, subject)
      if (!watch.signal.aborted) this.#follow(share, guards)
    } catch (error) {
      this.#set({ step: 'failed', trouble: troubleOf(error) }, watch)
    }
  }

  /** The link of the sheet, within the click: Safari refuses the clipboard after an await. */
  copy(): void { this.#copyText(this.store.state.share?.link, 'yes', '#share-link') }

  /** The link without its key, or the key. */
  copyPart(part: 'link' | 'key'): void { this.#copyText(this.store.state.share?.parts[part], part, `#share-part-${part}`) }

  showOptions(options: boolean): void { this.#set({ options }) }

  send(): void {
    const { share } = this.store.state
    if (!share?.link || typeof navigator.share !== 'function') return
    navigator.share({ url: share.link }).catch(() => undefined) // closed without choosing: nothing to say
  }

  stop(): void {
    const share = this.#share
    if (share) void dropLink(share).catch((error: unknown) => this.#set({ step: 'failed', trouble: troubleOf(error) }))
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

  #copyText(text: string | undefined, copied: ShareSheet['copied'], field: string): void {
    if (!text) return
    const select = (): void => {
      this.#set({ copied: 'failed' })
      const input = document.querySelector<HTMLInputElement>(field)
      input?.focus()
      input?.select()
    }
    if (!navigator.clipboard) return select()
    navigator.clipboard.writeText(text).then(() => this.#set({ copied }), select)
  }

  #follow(share: Share, guards: Guards): void {
    this.#share = share
    this.#watchUnserved(share)
    const { signal } = this.#watch ?? new AbortController()
    share.addEventListener('change', () => this.#draw(share), { signal })
    const { url: link, compactUrl: code } = share
    const parts = splitLink(link) ?? { link: '', key: '' }
    this.#set({ step: 'ready', link, code, parts, guards, thisComputerOnly: isOnThisComputer(new URL(link).hostname) })
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
      if (found && !watch.signal.aborted) this.#follow(found, share.guards)
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
  parts: { link: '', key: '' }, guards: { password: false, end: 'none' }, options: false, renewed: false, copied: 'no', canSend: typeof navigator.share === 'function', thisComputerOnly: false, awake: false,
})
