// Owns: Samara, the object that open() gives: the calls, the registry of live objects, and what the engine reports.
import type { Describe, ErrorCode, Health, LogEntry, OpenOptions, Progress, Reason, ReceiveOptions, Samara as SamaraApi, SamaraEvents, SamaraState, ShareOptions, Source, VaultApi } from '../api'
import { ownReason, reason, SamaraError, unsupported } from '../shared/errors'
import { toBytes, type Spec } from '../shared/bencode'
import { fingerprint } from '../shared/fingerprint'
import type { Fallback, HealthData, ItemData, ShareData, StoreKind, ToPage, TransferData } from '../shared/messages'
import { randomHex } from '../shared/random'
import type { Wanted } from '../shared/media'
import { In, Query, Subject, Verb } from '../shared/records'
import type { Bridge } from './bridge'
import { exportItems, importItems } from './export'
import { described, given } from './input'
import { Item, type Shelf } from './item'
import { Live } from './live'
import { Media, type Playable } from './media'
import { Share, type Offerer } from './share'
import { passwordIn, Transfer } from './transfer'

const SOURCE_BIT = 0x80000000
const TORRENT_BYTES_MAX = 8 * 1024 * 1024 // of a Blob given as .torrent: the engine's limit is lower
const idle: SamaraState = Object.freeze({ role: 'leader', items: 0, shares: 0, transfers: 0, reasons: Object.freeze([]) })
const isOver = ({ state }: Progress): boolean => state === 'done' || state === 'failed' || state === 'cancelled'
const none = () => Promise.reject(unsupported('The vault is not built yet.'))

export class Samara extends Live<SamaraState, SamaraEvents> implements SamaraApi, Offerer, Shelf {
  readonly vault: VaultApi = { create: none, current: none, join: none, recover: none, import: none }
  readonly urls: Shelf['urls'] = new Map()
  /** Transfers of this page that have a URL. */
  readonly playing: Shelf['playing'] = new Map()
  readonly media: Media
  /** What happens at close(): set by whoever opened. */
  onclose: () => Promise<void> = async () => {}
  /** What happens when it ends by itself. */
  onfailed = () => {}
  storeKind: StoreKind = 'memory'
  #role: SamaraState['role'] = 'leader'
  #ownReasons: readonly Reason[] = []
  /** As the engine told it last. */
  #state = idle
  readonly #openedAt = Date.now()
  readonly #shares = new Map<string, Share>()
  readonly #transfers = new Map<string, Set<Transfer>>()
  readonly #lastData = new Map<string, TransferData>()
  /** What transfers of this page were received with. */
  readonly #received = new WeakMap<Transfer, Spec>()
  #receiving = 0
  /** Those that were seen, each by what it looked like last. */
  readonly #items = new Map<string, number>()
  readonly #blobs = new Map<string, Blob>()
  /** Shares whose source was asked for. */
  readonly #sourceless = new Set<string>()
  readonly #hashing = new Map<number, (hashed: number, total: number) => void>()
  #lastSource = 0
  #willAnnounce = false
  #events = { added: new Set<string>(), changed: new Set<string>(), removed: new Set<string>(), shares: new Set<string>(), transfers: new Set<string>() }

  constructor(readonly bridge: Bridge, private readonly options: OpenOptions, private readonly log: (entry: LogEntry) => void) {
    super(idle)
    this.media = new Media(options.name ?? 'default', (wanted) => this.#playable(wanted))
  }

  source(blob: Blob): { id: number; blob: Blob } {
    return { id: SOURCE_BIT + ++this.#lastSource, blob }
  }

  // ---- items

  async save(source: Source, options: Describe & { signal?: AbortSignal } = {}): Promise<Item> {
    if (options.signal?.aborted) throw new SamaraError('aborted')
    const { blob, files } = await given(source)
    const spec = { ...(await described(options)), files, id: randomHex(8) }
    return this.#item(await this.bridge.call(In.save, { spec, source: this.source(blob), signal: options.signal }))
  }
  async items(): Promise<Item[]> {
    return (await this.#query<ItemData[]>(Query.items))?.map((data) => this.#item(data)) ?? []
  }
  async item(id: string): Promise<Item | undefined> {
    const data = await this.#query<ItemData>(Query.item, { id })
    return data && this.#item(data)
  }
  remove(id: string): Promise<void> {
    return this.bridge.call(In.control, { a: Verb.remove, spec: { id, what: 'item' } })
  }
  /** What a service worker asks for. */
  async #playable({ what, id, file }: Wanted): Promise<Playable | undefined> {
    const from = what === 'item' ? await this.item(id) : this.playing.get(id)
    const files = from instanceof Transfer ? (await from.metadata).files : from?.files
    const found = files?.[file]
    return found && { size: found.size, type: found.type, stream: (range) => from!.stream(file, range) }
  }
  #item(data: ItemData): Item {
    this.#items.set(data.id, looks(data))
    return new Item(data, this)
  }

  // ---- shares

  async share(source: Source | Item, options: ShareOptions = {}): Promise<Share> {
    const { signal, onprogress } = options
    if (signal?.aborted) throw new SamaraError('aborted')
    checkSeal(options)
    const isItem = source instanceof Item
    const from = isItem ? undefined : await given(source as Source)
    const spec = {
      id: randomHex(8),
      ...(await described(options, isItem ? source.meta : undefined)),
      encrypt: options.encrypt ?? true,
      expires: options.expiresAt?.getTime(),
      password: options.password?.normalize(),
      ...(isItem ? { item: source.id } : { files: from!.files, keep: options.keep ?? from!.keep, list: from!.list || undefined }),
      key: options.key,
      trackers: options.trackers,
      web_seeds: options.webSeeds,
      private: options.private || undefined,
      piece_length: options.pieceLength,
    }
    const numbered = from && this.source(from.blob)
    const blob = numbered?.id ?? (source as Item).stored
    if (onprogress) this.#hashing.set(blob, (hashed, total) => onprogress({ hashed, total }))
    try {
      const share = this.#share(await this.bridge.call<ShareData>(In.share, { spec, source: numbered, signal }))
      if (from) this.#blobs.set(share.id, from.blob)
      return share
    } finally {
      this.#hashing.delete(blob)
    }
  }
  async shares(): Promise<Share[]> {
    return (await this.#query<ShareData[]>(Query.shares))?.map((data) => this.#share(data)) ?? []
  }
  async findShare(key: string): Promise<Share | undefined> {
    const data = await this.#query<ShareData>(Query.findShare, { key })
    return data && this.#share(data)
  }
  #share(data: ShareData): Share {
    let share = this.#shares.get(data.id)
    if (share) share.update(data)
    else this.#shares.set(data.id, (share = new Share(data, this)))
    return share
  }

  // ---- transfers

  receive(link: string | URL | Blob | Uint8Array, options: ReceiveOptions = {}): Transfer {
    const transfer = new Transfer(randomHex(8), this)
    transfer.follow(options)
    transfer.taken = this.#receive(transfer, link, options).catch((error) => transfer.end('failed', error instanceof SamaraError ? error : new SamaraError('bad-link', String(error))))
    return transfer
  }
  async #receive(transfer: Transfer, link: string | URL | Blob | Uint8Array, options: ReceiveOptions): Promise<void> {
    if (options.signal?.aborted) return transfer.end('cancelled', new SamaraError('aborted'))
    const torrent = link instanceof Uint8Array ? link : link instanceof Blob ? new Uint8Array(await link.slice(0, TORRENT_BYTES_MAX).arrayBuffer()) : undefined
    const { accept, files, keep, seed } = options
    const spec = { id: transfer.id, ...(torrent ? { torrent } : { link: String(link) }), ask: accept && 1, files, keep, password: passwordIn(options), seed }
    this.#received.set(transfer, spec)
    this.#receiving++
    try {
      this.#adopt(transfer, await this.bridge.call<TransferData>(In.receive, { spec }))
    } finally {
      this.#receiving--
    }
  }
  async transfers(): Promise<Transfer[]> {
    const all = (await this.#query<TransferData[]>(Query.transfers)) ?? []
    return all.map((data) => {
      const [known] = this.#transfers.get(data.id) ?? []
      return known ?? this.#adopt(new Transfer(data.id, this), data)
    })
  }
  /** Binds an object to the engine's transfer. What was reported before is not lost: metadata comes only once. */
  #adopt(transfer: Transfer, data: TransferData): Transfer {
    const known = this.#transfers.get(data.id)
    known ? known.add(transfer) : this.#transfers.set(data.id, new Set([transfer]))
    const metadata = data.metadata ?? this.#lastData.get(data.id)?.metadata
    transfer.update({ ...(this.#lastData.get(data.id) ?? data), metadata })
    return transfer
  }

  // ---- the rest of the API

  async health(): Promise<Health> {
    const { open, limit, local, direct, relay, used, reasons, trackers } = (await this.#query<HealthData>(Query.health))!
    const all = [...reasons.map(reason), ...this.#ownReasons]
    const persisted = (await navigator.storage?.persisted?.().catch(() => false)) ?? false
    return {
      ok: !all.length,
      reasons: all,
      trackers: trackers.map((tracker) => ({ ...tracker, since: new Date(tracker.since) })),
      connections: { open, limit, local, direct, relay },
      storage: { kind: this.storeKind, persisted, usedBytes: used },
    }
  }
  report(): Promise<Blob> {
    return Promise.reject(unsupported('Reports are not built yet.'))
  }
  async persist(): Promise<boolean> {
    return (await navigator.storage?.persist?.()) ?? false
  }
  export({ items }: { items?: string[] } = {}): Promise<Blob> {
    return exportItems(this.bridge, items)
  }
  async import(file: Blob, { signal }: { signal?: AbortSignal } = {}): Promise<Item[]> {
    return (await importItems(this.bridge, (blob) => this.source(blob), file, signal)).map((data) => this.#item(data))
  }
  close(): Promise<void> {
    return this.onclose()
  }
  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
  #query<T>(a: Query, spec = {}): Promise<T | undefined> {
    return this.bridge.call(In.query, { a, spec })
  }

  // ---- reports of the engine

  /** A message that is not the end of a call. Events about lists come once per turn. */
  receiveMessage(message: ToPage): void {
    const events = this.#events
    if (message.t === 'state') this.#show({ role: this.#role, ...message.state, reasons: message.state.reasons.map(reason) })
    else if (message.t === 'item') this.#note(this.#isNew(message.item) ? events.added : events.changed, message.item.id)
    else if (message.t === 'share') this.#shareChanged(message.share)
    else if (message.t === 'transfer') this.#transferChanged(message.transfer)
    else if (message.t === 'gone') this.#gone(message.subject, message.id)
    else if (message.t === 'hashed') this.#hashing.get(message.blob)?.(message.hashed, message.total)
    else if (message.t === 'log') this.logCode(message.level, message.area, message.code, message.detail, message.us)
  }
  logCode(level: number, area: string, code: string, detail: number, us: number): void {
    this.log({ level: (['warn', 'info', 'debug'] as const)[level] ?? 'debug', area, code, message: code.replaceAll('-', ' '), data: { detail, us }, at: new Date() })
  }
  #show(state: SamaraState): void {
    this.#state = state
    this.replace({ ...state, reasons: Object.freeze([...state.reasons, ...this.#ownReasons]) })
  }
  /** A reason that the page finds, not the engine. Without a message it is over. */
  found(code: Reason['code'], message?: string, more: Partial<Reason> = {}): void {
    const others = this.#ownReasons.filter((reason) => reason.code !== code)
    if (!message && others.length === this.#ownReasons.length) return
    this.#ownReasons = message ? [...others, Object.freeze({ ...ownReason(code, message), ...more })] : others
    this.#show(this.#state)
  }
  /** Which tab does the work. */
  led(role: SamaraState['role']): void {
    this.#role = role
    this.#show({ ...this.#state, role })
  }
  /** The store there is, and those that were tried before. */
  stored(kind: StoreKind, fell: Fallback[]): void {
    this.storeKind = kind
    const { from } = fell[0] ?? {}
    if (!from) return this.found('storage-fallback')
    const message = kind === 'memory' ? 'Nothing is kept after the page closes.' : `${from} does not work here.`
    this.found('storage-fallback', message, { params: { from, to: kind, why: fell.map(({ why }) => why).join(', ') } })
  }
  #isNew(item: ItemData): boolean {
    const known = this.#items.has(item.id)
    this.#items.set(item.id, looks(item))
    return !known && item.added >= this.#openedAt
  }
  #shareChanged(data: ShareData): void {
    this.#shares.get(data.id)?.update(data)
    this.#note(this.#events.shares, data.id)
    if (data.stats.state !== 'source-needed') this.#sourceless.delete(data.id)
    else if (!this.#sourceless.has(data.id)) this.#findSource(data)
  }
  /** Gives a referenced share its bytes back: those it had in this page, else what the app finds. */
  async #findSource(data: ShareData): Promise<void> {
    const { id, key } = data
    this.#sourceless.add(id)
    const source = this.#blobs.get(id) ?? (await this.options.source?.({ id, ...(key !== undefined && { key }) }).catch(() => undefined))
    if (source) await this.#share(data).provide(source).catch(() => {})
  }
  #transferChanged(data: TransferData): void {
    const metadata = data.metadata ?? this.#lastData.get(data.id)?.metadata
    this.#lastData.set(data.id, { ...data, metadata })
    const objects = this.#transfers.get(data.id)
    for (const transfer of objects ?? []) transfer.update({ ...data, metadata })
    if (data.progress.state === 'done' && (objects || !this.#receiving)) this.#forget(data.id) // nothing more will be said about it
    this.#note(this.#events.transfers, data.id)
  }
  #forget(transfer: string): void {
    this.#transfers.delete(transfer)
    this.#lastData.delete(transfer)
  }
  #gone(subject: Subject, id: string): void {
    if (subject === Subject.item) {
      this.#items.delete(id)
      for (const url of this.urls.get(id)?.values() ?? []) url.then(URL.revokeObjectURL, () => {})
      this.urls.delete(id)
      this.#note(this.#events.removed, id)
    } else if (subject === Subject.share) {
      this.#shares.get(id)?.gone()
      this.#shares.delete(id)
      this.#blobs.delete(id)
      this.#note(this.#events.shares, id)
    } else if (subject === Subject.transfer) {
      for (const transfer of this.#transfers.get(id) ?? []) transfer.end('cancelled', new SamaraError('aborted'))
      this.#forget(id)
      this.#note(this.#events.transfers, id)
    }
  }
  #note(to: Set<string>, id: string): void {
    to.add(id)
    if (!this.#willAnnounce) queueMicrotask(() => this.#announce())
    this.#willAnnounce = true
  }
  #announce(): void {
    this.#willAnnounce = false
    const take = (ids: Set<string>) => {
      const list = [...ids]
      ids.clear()
      return list
    }
    const [added, changed, removed, shares, transfers] = Object.values(this.#events).map(take) as [string[], string[], string[], string[], string[]]
    if (added.length + changed.length + removed.length) this.emit('items', { added, changed, removed })
    if (shares.length) this.emit('shares', { ids: shares })
    if (transfers.length) this.emit('transfers', { ids: transfers })
  }

  /** Another engine answers, in this tab or elsewhere: live objects follow what it has. `cleared`: that is nothing. */
  async resync(cleared = false): Promise<void> {
    this.#sourceless.clear()
    const [items = [], shares = [], transfers = []] = await Promise.all([
      this.#query<ItemData[]>(Query.items), this.#query<ShareData[]>(Query.shares), this.#query<TransferData[]>(Query.transfers),
    ])
    this.#resyncItems(items)
    for (const data of shares) this.#shareChanged(data)
    for (const id of this.#shares.keys()) if (!shares.some((data) => data.id === id)) this.#gone(Subject.share, id)
    for (const objects of this.#transfers.values()) for (const transfer of objects) transfer.askAgain()
    for (const data of transfers) this.#transferChanged(data)
    for (const id of [...this.#transfers.keys()]) {
      if (!transfers.some((data) => data.id === id)) await this.#missing(id, items, cleared ? 'storage-lost' : 'engine-restarted')
    }
  }
  /** What was changed while nobody told us: what does not look as it did. */
  #resyncItems(items: ItemData[]): void {
    const there = new Set(items.map(({ id }) => id))
    for (const id of [...this.#items.keys()]) if (!there.has(id)) this.#gone(Subject.item, id)
    for (const data of items) {
      const before = this.#items.get(data.id)
      if (this.#isNew(data)) this.#note(this.#events.added, data.id)
      else if (before !== undefined && before !== this.#items.get(data.id)) this.#note(this.#events.changed, data.id)
    }
  }
  /** A transfer that the engine does not have: it was never written down, or is an item by now, or is no more. */
  async #missing(id: string, items: ItemData[], code: ErrorCode): Promise<void> {
    const objects = [...(this.#transfers.get(id) ?? [])].filter(({ snapshot }) => !isOver(snapshot))
    this.#forget(id)
    for (const transfer of objects) {
      const { state } = transfer.snapshot
      const spec = code === 'storage-lost' || state === 'paused' ? undefined : this.#received.get(transfer)
      const data = spec ? await this.bridge.call<TransferData>(In.receive, { spec }).catch(() => undefined) : arrived(transfer, items)
      data ? this.#adopt(transfer, data) : transfer.end('failed', new SamaraError(code))
    }
    this.#note(this.#events.transfers, id)
  }

  /** Samara is closed: everything pending settles. */
  ended(error: SamaraError): void {
    this.media.end()
    this.playing.clear()
    for (const objects of this.#transfers.values()) for (const transfer of objects) transfer.end('failed', error)
    for (const files of this.urls.values()) for (const url of files.values()) url.then(URL.revokeObjectURL, () => {})
    this.urls.clear()
  }
}

/** A number that another item, or this one after a change, does not have. */
const looks = (item: ItemData): number =>
  fingerprint(toBytes(JSON.stringify(item, (_, value: unknown) => (value instanceof Uint8Array ? [value.length, fingerprint(value)] : value))))

/** What a transfer became while nobody told us. */
function arrived({ id, snapshot: { metadata } }: Transfer, items: ItemData[]): TransferData | undefined {
  const item = metadata && items.find(({ origin, infoHash }) => origin === 'received' && infoHash === metadata.infoHash)
  if (!item) return undefined
  const { blob, size } = item
  const progress: TransferData['progress'] = { state: 'done', verifiedBytes: size, totalBytes: size, bytesPerSecond: 0, secondsLeft: undefined, peers: 0, have: [[0, size]] }
  return { id, blob, asking: false, metadata: undefined, item, peers: [], reason: undefined, error: undefined, progress }
}

/** What says nothing, or something false, about a sealed or an open share is refused, never dropped. */
function checkSeal(options: ShareOptions): void {
  const { encrypt = true, password, swarm } = options
  if (swarm === 'sealed') throw unsupported("swarm: 'sealed' is not built yet.")
  for (const option of encrypt ? (['private', 'pieceLength'] as const) : (['password', 'expiresAt'] as const)) {
    if (options[option]) throw unsupported(`${option} is for ${encrypt ? 'open torrents (encrypt: false)' : 'sealed shares (encrypt: true)'}.`)
  }
  if (password === '') throw unsupported('The password is empty.')
}
