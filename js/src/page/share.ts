// Owns: Share, the live object of something offered to others.
import type { PeerInfo, Share as ShareApi, ShareEvents, ShareStats, Source } from '../api'
import { ownReason, reason, SamaraError } from '../shared/errors'
import type { ShareData } from '../shared/messages'
import { In, Query, Verb } from '../shared/records'
import type { Bridge } from './bridge'
import { given } from './input'
import { changedPeers, Live } from './live'

/** What shares need of the page: the engine and a number for a source. */
export interface Offerer { bridge: Bridge; source(blob: Blob): { id: number; blob: Blob } }

const isOver = ({ stats }: ShareData): boolean => /^(stopped|expired)$/.test(stats.state)
const statsOf = (data: ShareData): ShareStats => ({ ...data.stats, ...(data.reason && { reason: reason(data.reason) }) })

export class Share extends Live<ShareStats, ShareEvents> implements ShareApi {
  readonly id: string
  readonly key?: string
  #data: ShareData
  readonly #owner: Offerer

  constructor(data: ShareData, owner: Offerer) {
    super(Object.freeze(statsOf(data)))
    this.id = data.id
    if (data.key !== undefined) this.key = data.key
    this.#data = data
    this.#owner = owner
  }
  get url(): string {
    return this.#data.url
  }
  get compactUrl(): string {
    return this.#data.compactUrl
  }
  get magnet(): string {
    return this.#data.magnet
  }
  get infoHash(): string {
    return this.#data.infoHash
  }
  stats(): ShareStats {
    return this.snapshot
  }
  peers(): PeerInfo[] {
    return [...this.#data.peers]
  }
  async torrentFile(): Promise<Blob> {
    const bytes = await this.#owner.bridge.call<Uint8Array<ArrayBuffer> | undefined>(In.query, { a: Query.torrentFile, spec: { id: this.id } })
    if (!bytes) throw new SamaraError('not-found')
    return new Blob([bytes], { type: 'application/x-bittorrent' })
  }
  async provide(source: Source): Promise<void> {
    const { blob, files } = await given(source)
    await this.#owner.bridge.call(In.provide, { source: this.#owner.source(blob), spec: { id: this.id, files } })
    await this.#refresh()
  }
  pause(): Promise<void> {
    return this.#control(Verb.pause)
  }
  resume(): Promise<void> {
    return this.#control(Verb.resume)
  }
  stop(): Promise<void> {
    return this.#control(Verb.stop)
  }
  async #control(a: Verb): Promise<void> {
    await this.#owner.bridge.call(In.control, { a, spec: { id: this.id, what: 'share' } })
    await this.#refresh()
  }
  /** After a call the snapshot shows what it did; the engine's own reports are at most 10 per second. */
  async #refresh(): Promise<void> {
    const data = await this.#owner.bridge.call<ShareData | undefined>(In.query, { a: Query.share, spec: { id: this.id } })
    if (data) this.update(data)
  }

  /** New data of the engine. */
  update(data: ShareData): void {
    const before = this.#data
    this.#data = data
    this.replace(statsOf(data))
    changedPeers(before.peers, data.peers, (peer, old) => {
      this.emit(old ? 'progress' : 'peer', peer)
      if (peer.fraction >= 1 && !(old && old.fraction >= 1)) this.emit('served', peer)
    })
    if (isOver(data) && !isOver(before)) {
      this.emit('stopped', { reason: this.snapshot.reason ?? ownReason('revoked', 'The share was stopped.') })
    }
  }
  /** The engine no longer has it. */
  gone(): void {
    if (!isOver(this.#data)) this.update({ ...this.#data, peers: [], stats: { ...this.#data.stats, state: 'stopped', peers: 0, bytesPerSecond: 0 } })
  }
}
