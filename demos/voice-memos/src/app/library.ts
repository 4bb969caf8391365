// The memos of this device: reads them out of the package, follows what changes, saves new ones, renames. Deleting is
// removal.ts. Knows no screens.
import type { Item, Metadata, Samara, Share, Transfer } from 'samara-sdk'
import type { App, Incoming, Memo } from '../view/model.js'
import { words } from '../words/words.js'
import { idsOf, memoOfSeveral } from './bundle.js'
import { isWorthAsking, MAX_MEMO_BYTES } from './consent.js'
import { isPlayable, measure, measuredOf, typeOf } from './measure.js'
import { fileNameFor, titleOf } from './names.js'
import type { Engine } from './samara.js'
import { endOf, lengthOf, partsOf, timeOf } from './sender_says.js'
import { canPlay, decodeSound } from './sound.js'
import type { Store } from './store.js'
import { codeOf } from './trouble.js'

const SETTLE_MS = 60 // events of the package come in bursts
const LOOK_AGAIN_MS = 60_000 // timers stand still while a device sleeps
const BUNDLE_STATES = ['waiting', 'serving', 'paused', 'source-needed']
const ENDED = ['done', 'failed', 'cancelled']

const newestFirst = (a: Memo, b: Memo): number => b.at.getTime() - a.at.getTime()

const shareOf = (share: Share | undefined): Memo['share'] => {
  if (!share) return undefined
  const { state, delivered, peers } = share.snapshot
  return { state, delivered, peers }
}

/** The same array as long as a memo's peaks are the same: views draw again what is another object. */
const peaksSeen = new Map<string, number[]>()

function peaksOf(item: Item): number[] | undefined {
  const { peaks } = measuredOf(item)
  const seen = peaksSeen.get(item.id)
  if (!peaks || (seen && seen.every((peak, bar) => peak === peaks[bar]))) return peaks && seen
  peaksSeen.set(item.id, peaks)
  return peaks
}

const titled = (item: Item, share?: Share): Memo => {
  const peaks = peaksOf(item)
  const shared = shareOf(share)
  const at = timeOf(item)
  const ends = endOf(item)
  const durationSeconds = lengthOf(item)
  const parts = partsOf(item)
  return {
    id: item.id, title: titleOf(item.name), type: typeOf(item), bytes: item.size, at, origin: item.origin,
    playable: isPlayable(item),
    ...(durationSeconds !== undefined && { durationSeconds }),
    ...(peaks && { peaks }), ...(ends && { ends }), ...(parts && { parts }),
    ...(item.receivedAt && item.receivedAt !== at && { receivedAt: item.receivedAt }),
    ...(shared && { share: shared }),
  }
}

const incomingOf = (transfer: Transfer): Incoming => {
  const { state, verifiedBytes, totalBytes, have, metadata, reason } = transfer.snapshot
  return {
    id: transfer.id, state, verified: verifiedBytes, have,
    ...(metadata && { title: titleOf(metadata.name) }),
    ...(totalBytes !== undefined && { total: totalBytes }),
    ...(reason && { reason: reason.code }),
  }
}

/** What goes on from an earlier visit was agreed to then; something large waits until it is opened, which asks. */
function acceptUnseen({ size }: Metadata): boolean | Promise<boolean> {
  if (size > MAX_MEMO_BYTES) return false
  return isWorthAsking(size) ? new Promise(() => undefined) : true
}

export class Library {
  readonly #items = new Map<string, Item>()
  #shares = new Map<string, Share>()
  #transfers: Transfer[] = []
  #samara: Samara | undefined
  #timer: ReturnType<typeof setTimeout> | undefined
  #endTimer: ReturnType<typeof setTimeout> | undefined
  #mustRead = false
  #reading: Promise<void> = Promise.resolve()
  #measuring = false
  /** What an earlier visit left on its way is known. */
  ready: Promise<void> = Promise.resolve()
  #unsaved: File[] = [] // what could not be saved: kept in this page until it can
  #isFull = false // there was no room for it
  /** Memos that are deleted but can still be brought back. */
  isHidden: (id: string) => boolean = () => false

  constructor(private readonly engine: Engine, private readonly store: Store) {
    engine.onOpen((samara) => this.#follow(samara))
  }

  item(id: string): Item | undefined { return this.#items.get(id) }
  shareOf(id: string): Share | undefined { return this.#shares.get(id) }
  transfer(id: string): Transfer | undefined { return this.#transfers.find((one) => one.id === id) }
  transferOf(infoHash: string): Transfer | undefined {
    return this.#transfers.find(({ snapshot }) => snapshot.metadata?.infoHash === infoHash && !ENDED.includes(snapshot.state))
  }

  /** A transfer that began just now; those of earlier visits are read once, when the store opens. */
  take(transfer: Transfer): void {
    if (!this.#transfers.includes(transfer)) this.#transfers.push(transfer)
  }

  /** Whether bytes are moving, in or out. */
  get isMoving(): boolean {
    return this.#transfers.some(({ snapshot }) => snapshot.state === 'receiving')
      || [...this.#shares.values()].some(({ snapshot }) => snapshot.peers > 0 && snapshot.bytesPerSecond > 0)
  }

  memo(id: string): Memo | undefined {
    const item = this.#items.get(id)
    return item && titled(item, this.#shares.get(id))
  }

  /** The memos of a link for several; undefined when one of them is gone. */
  several(ids: readonly string[]): Item[] | undefined {
    const items = ids.map((id) => this.#items.get(id)).filter((item) => item !== undefined)
    return items.length === ids.length ? items : undefined
  }

  /** The links for several memos that this one is in. */
  bundlesWith(id: string): Share[] { return [...this.#shares.values()].filter(({ key }) => idsOf(key)?.includes(id)) }

  #bundles(): Memo[] {
    return [...this.#shares.values()].flatMap((share) => {
      const ids = idsOf(share.key)
      const items = ids && !ids.some((id) => this.isHidden(id)) ? this.several(ids) : undefined
      return items && BUNDLE_STATES.includes(share.snapshot.state) ? [{ ...memoOfSeveral(items), share: shareOf(share) }] : []
    })
  }

  asMemo(item: Item): Memo { return titled(item, this.#shares.get(item.id)) }

  #follow(samara: Samara): void {
    this.#samara = samara
    for (const type of ['items', 'change'] as const) samara.addEventListener(type, () => this.#soon(samara, true))
    samara.addEventListener('shares', ({ detail }) => {
      const known = new Set([...this.#shares.values()].map(({ id }) => id))
      this.#soon(samara, detail.ids.some((id) => !known.has(id)))
    })
    samara.addEventListener('transfers', () => this.#soon(samara, false))
    this.ready = samara.transfers().then((transfers) => {
      this.#transfers = [...transfers]
      for (const transfer of transfers) if (!ENDED.includes(transfer.snapshot.state)) void transfer.resume({ accept: acceptUnseen }).catch(() => undefined)
    }).catch(() => undefined)
    void this.ready.then(() => this.refresh())
  }

  /** Live objects show by themselves how far they are: the package is asked only for what is new. */
  #soon(samara: Samara, isNew: boolean): void {
    if (samara !== this.#samara) return
    this.#mustRead ||= isNew
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      const mustRead = this.#mustRead
      this.#mustRead = false
      if (mustRead) void this.refresh()
      else this.show()
    }, SETTLE_MS)
  }

  /** Reads everything again; one reading at a time, the last call sees what is there after it. */
  refresh(): Promise<void> {
    this.#reading = this.#reading.then(() => this.#read()).catch((error: unknown) => {
      if (!this.engine.isReopening && codeOf(error) !== 'closed') console.error(error)
    })
    return this.#reading
  }

  async #read(): Promise<void> {
    const samara = await this.engine.open()
    const [items, shares, health] = await Promise.all([samara.items(), samara.shares(), samara.health()])
    this.#items.clear()
    for (const item of items) this.#items.set(item.id, item)
    this.#shares = new Map(shares.flatMap((share) => (share.key === undefined || share.snapshot.state === 'stopped' ? [] : [[share.key, share] as const])))
    const codes = health.reasons.map(({ code }) => code as string)
    this.store.set({
      ready: true,
      ...this.#lists(),
      storage: codes.includes('storage-full') || this.#isFull ? 'full' : codes.includes('storage-fallback') || health.storage.kind === 'memory' ? 'until-closed' : 'kept',
      persisted: health.storage.persisted,
      usedBytes: health.storage.usedBytes,
    })
    this.#awaitNextEnd()
    void this.#measureAll()
  }

  /** A memo whose end comes says so then, also after the device has slept. */
  #awaitNextEnd(): void {
    clearTimeout(this.#endTimer)
    const ends = [...this.#items.values()].map((item) => endOf(item)).filter((end) => end && !end.over).map((end) => end!.at.getTime())
    if (ends.length === 0) return
    const left = Math.min(...ends) - Date.now()
    this.#endTimer = setTimeout(() => {
      this.show()
      this.#awaitNextEnd()
    }, Math.min(Math.max(0, left) + 50, LOOK_AGAIN_MS))
  }

  /** What is seen of the lists now; after a deletion or its undo, without asking the package. */
  show(): void { this.store.set(this.#lists()) }

  #lists(): Partial<App> {
    this.#transfers = this.#transfers.filter(({ snapshot }) => !ENDED.includes(snapshot.state))
    const memos = [...this.#items.values()].filter(({ id }) => !this.isHidden(id)).map((item) => titled(item, this.#shares.get(item.id))).sort(newestFirst)
    const { receive } = this.store.state
    const arrived = receive.step === 'arrived' ? this.memo(receive.memo.id) : undefined
    return { memos, incoming: this.#transfers.map(incomingOf), bundles: this.#bundles(), ...(receive.step === 'arrived' && arrived && { receive: { ...receive, memo: arrived } }) }
  }

  /** Waveforms of what came without: one after another, while nothing else waits for them. */
  async #measureAll(): Promise<void> {
    if (this.#measuring) return
    this.#measuring = true
    try {
      for (const item of [...this.#items.values()]) {
        const { peaks, measured } = measuredOf(item)
        if (!peaks && !measured && this.#items.has(item.id)) await measure(item).catch(() => undefined)
      }
    } finally {
      this.#measuring = false
    }
  }

  /** "Memo 3", the first number that is free. */
  #nextTitle(): string {
    const taken = new Set([...this.#items.values()].map(({ name }) => titleOf(name)))
    const titleNo = (number: number): string => words().library.newMemo(number)
    let number = taken.size + 1
    while (taken.has(titleNo(number))) number += 1
    return titleNo(number)
  }

  /** Saves what was recorded; with no room for it, it stays in this page and is tried again after a deletion. */
  async keepRecording(sound: Blob): Promise<void> {
    const title = this.#nextTitle()
    await this.#keep(new File([sound], fileNameFor(title, sound.type), { type: sound.type, lastModified: Date.now() }), title)
  }

  /** Saves files from elsewhere, and says how many were not sound. */
  async keepFiles(files: readonly File[]): Promise<{ kept: number; refused: number }> {
    let kept = 0
    for (const file of files) {
      if (!/^(audio|video)\//.test(file.type) || !canPlay(file.type)) continue
      if (await this.#keep(file, titleOf(file.name))) kept += 1
    }
    return { kept, refused: files.length - kept }
  }

  async keepSample(sound: Blob): Promise<void> {
    const title = words().library.sampleTitle
    await this.#keep(new File([sound], fileNameFor(title, sound.type), { type: sound.type }), title)
  }

  async #keep(file: File, title: string): Promise<boolean> {
    const measured = await decodeSound(file)
    try {
      const samara = await this.engine.open()
      const item = await samara.save(file, {
        name: title,
        createdAt: new Date(),
        ...(measured && { durationSeconds: measured.durationSeconds }),
        meta: { measured: true, type: file.type, ...(measured && { peaks: measured.peaks }) },
      })
      await this.refresh()
      this.store.set({ open: item.id })
      return true
    } catch (error) {
      if (codeOf(error) === 'too-large') this.store.set({ note: 'went-wrong' })
      else this.#unsaved.push(file) // no room, or a store that broke: it is not lost while this page is open
      if (codeOf(error) === 'storage-full') {
        this.#isFull = true
        this.store.set({ storage: 'full' })
      } else if (codeOf(error) !== 'too-large') throw error
      return false
    }
  }

  /** There may be room again. */
  async retryUnsaved(): Promise<void> {
    this.#isFull = false
    for (const file of this.#unsaved.splice(0)) await this.#keep(file, titleOf(file.name)).catch(() => undefined) // kept again
    await this.refresh()
  }

  async rename(id: string, title: string): Promise<void> {
    await this.#items.get(id)?.update({ name: title })
    await this.refresh()
  }
}
