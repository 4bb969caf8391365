// Reads one phone's package: how much it has sent and to how many, what has arrived. Counts only what the package
// measured, keeps the count when a peer or the phone has gone; draws nothing.
import type { Item, Samara, Share, Transfer } from 'samara-sdk'

/** Bytes that only grow: each source tells its count so far, and what a source that is gone had told stays counted. */
export class Tally {
  total = 0
  readonly #last = new Map<string, number>()

  note(source: string, count: number): void {
    this.total += Math.max(0, count - (this.#last.get(source) ?? 0))
    this.#last.set(source, count)
  }
}

const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0)
const isOffered = (share: Share): boolean => share.snapshot.state === 'waiting' || share.snapshot.state === 'serving'

/** How many bytes a peer has that has it all: of a sealed memo more than the memo, for the seals and the padding. */
const sealedBytesOf = ({ magnet }: Share): number => Number(new URLSearchParams(magnet.slice(magnet.indexOf('?') + 1)).get('xl') ?? 0)

/** The live objects of one opened store. It ends with its page. */
export class Watch {
  #shares: readonly Share[] = []
  #transfers: readonly Transfer[] = []
  #items: readonly Item[] = []
  readonly #deliveredBefore = new Map<string, number>() // share → its count when it was first seen
  readonly #arrived = new Map<string, number>() // infohash → bytes of what was received

  constructor(readonly samara: Samara, private readonly run: number, private readonly tally: { sent: Tally; delivered: Tally }) {
    samara.addEventListener('shares', () => this.#refresh())
    samara.addEventListener('transfers', () => this.#refresh())
    samara.addEventListener('items', () => this.#refresh())
    this.#refresh()
  }

  #refresh(): void {
    const gone = (): void => undefined // the page went away meanwhile
    this.samara.shares().then((shares) => { this.#shares = shares }, gone)
    this.samara.transfers().then((transfers) => { this.#transfers = transfers }, gone)
    this.samara.items().then((items) => {
      this.#items = items
      this.#arrived.clear()
      for (const item of items) if (item.origin === 'received') this.#arrived.set(item.id, item.size)
    }, gone)
  }

  get memos(): number { return this.#items.length }

  /** The link of the newest share that is offered. */
  get link(): string { return this.#shares.filter((share) => isOffered(share) && share.key !== undefined).at(-1)?.url ?? '' }

  /** Notes what the peers were sent and what of it they have, as they say themselves; counts them. */
  readPeers(): number {
    let count = 0
    for (const share of this.#shares) {
      const peers = share.peers()
      const size = sealedBytesOf(share)
      const source = `${this.run} ${share.id}`
      this.tally.sent.note(source, share.snapshot.uploadedBytes) // also to peers that have gone since we looked
      const arriving = sum(peers.filter(({ fraction }) => fraction < 1).map((peer) => Math.min(peer.sentBytes, Math.round(peer.fraction * size))))
      this.tally.delivered.note(source, this.#wholeOnes(share) * size + arriving)
      count += peers.length
    }
    return count
  }

  /** How many have got it all since this page began: whoever has it may be gone before they are looked at again. */
  #wholeOnes({ id, snapshot: { delivered } }: Share): number {
    if (!this.#deliveredBefore.has(id)) this.#deliveredBefore.set(id, delivered)
    return delivered - (this.#deliveredBefore.get(id) ?? 0)
  }

  /** What is coming or has come: the newest. */
  get incoming(): { verified: number; total: number; arrived: boolean } {
    const moving = this.#transfers.filter(({ snapshot }) => !['done', 'cancelled', 'failed'].includes(snapshot.state)).at(-1)?.snapshot
    if (moving) return { verified: moving.verifiedBytes, total: moving.totalBytes ?? 0, arrived: false }
    const size = [...this.#arrived.values()].at(-1) ?? 0
    return { verified: size, total: size, arrived: this.#arrived.size > 0 }
  }
}
