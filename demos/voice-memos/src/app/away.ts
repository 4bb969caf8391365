// Notices that the page was hidden or asleep, and says on return what happened to a share meanwhile: the difference of
// the share's own counts. A receiver who waited connects within moments of the return, and counts as well.
import type { Away } from '../view/model.js'

/** What has been counted of a share so far. */
export interface Counts { delivered: number; uploadedBytes: number; peers: number }

const LATE_MS = 10_000 // whoever connects so soon after the return had been waiting: dials of theirs repeat every 15 s at most

export class AwayWatch {
  #left: Counts | undefined
  #backAt: number | undefined

  constructor(private readonly count: () => Counts | undefined, private readonly onBack: (away: Away) => void) {
    const look = (): void => (document.visibilityState === 'hidden' ? this.#leave() : this.#comeBack())
    for (const type of ['visibilitychange', 'resume']) document.addEventListener(type, look) // a page may wake up unseen
    document.addEventListener('freeze', () => this.#leave())
  }

  /** The counts have changed: for a while after the return they still belong to the absence. */
  look(): void {
    if (this.#left === undefined || this.#backAt === undefined) return
    if (performance.now() - this.#backAt > LATE_MS) return this.forget()
    this.#tell()
  }

  /** Another share is looked at now, or none. */
  forget(): void {
    this.#left = undefined
    this.#backAt = undefined
  }

  #leave(): void {
    if (this.#left !== undefined && this.#backAt === undefined) return // hidden first, then frozen
    this.#left = this.count()
    this.#backAt = undefined
  }

  #comeBack(): void {
    if (this.#left === undefined || this.#backAt !== undefined) return
    this.#backAt = performance.now()
    this.#tell()
  }

  #tell(): void {
    const now = this.count()
    const left = this.#left
    if (!now || !left) return
    const delivered = Math.max(0, now.delivered - left.delivered)
    this.onBack({ delivered, opened: delivered > 0 || now.uploadedBytes > left.uploadedBytes || now.peers > left.peers })
  }
}
