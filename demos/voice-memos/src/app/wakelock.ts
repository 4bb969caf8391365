// The screen's wake lock: held while somebody wants it and the page can be seen, at most for a while. Knows no shares.

const MAX_HELD_MS = 10 * 60_000 // a receiver who has not come by then is not about to: the battery matters more

export class WakeLock {
  #wanted = false
  #lock: WakeLockSentinel | undefined
  #asking = false
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(private readonly onChange: (held: boolean) => void) {
    document.addEventListener('visibilitychange', () => void this.#settle()) // browsers take it back from hidden pages
  }

  /** Wanting it again starts its time anew. */
  want(wanted: boolean): void {
    if (wanted === this.#wanted) return
    this.#wanted = wanted
    clearTimeout(this.#timer)
    if (wanted) this.#timer = setTimeout(() => this.want(false), MAX_HELD_MS)
    void this.#settle()
  }

  async #settle(): Promise<void> {
    const wanted = this.#wanted && document.visibilityState === 'visible'
    if (!wanted) {
      await this.#lock?.release().catch(() => undefined)
      return
    }
    if (this.#lock || this.#asking || !('wakeLock' in navigator)) return
    this.#asking = true
    try {
      const lock = await navigator.wakeLock.request('screen')
      this.#lock = lock
      lock.addEventListener('release', () => {
        this.#lock = undefined
        this.onChange(false)
      }, { once: true })
      this.onChange(true)
    } catch { /* low battery, or not allowed: the screen goes dark as always */ } finally {
      this.#asking = false
    }
    if (!this.#wanted) await this.#lock?.release().catch(() => undefined)
  }
}
