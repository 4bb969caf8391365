// The one audio element of the page: plays a memo, seeks in it, and takes over what was played while it arrived.
// Knows nothing of how memos are kept.
import type { Item } from 'samara-sdk'
import { lengthOf, partsOf } from './sender_says.js'
import type { Store } from './store.js'

const DRAW_MS = 100

export class Player {
  readonly audio = document.createElement('audio')
  #memoId: string | undefined
  #part = 0
  #timer: ReturnType<typeof setInterval> | undefined
  #isLoading = false
  /** Something else plays in the element now; called when a memo takes it. */
  onTaken: () => void = () => undefined

  constructor(private readonly store: Store, private readonly itemOf: (id: string) => Item | undefined) {
    this.audio.hidden = true
    document.body.append(this.audio)
    for (const type of ['play', 'playing', 'pause', 'ended', 'seeked', 'durationchange', 'waiting']) this.audio.addEventListener(type, () => this.#draw())
    this.audio.addEventListener('play', () => this.#tick(true))
    for (const type of ['pause', 'ended']) this.audio.addEventListener(type, () => this.#tick(false))
  }

  /** `part`: which of several sounds; without it the one that is loaded, or the first. */
  async toggle(id: string, part = this.#memoId === id ? this.#part : this.#firstPart(id)): Promise<void> {
    if (this.#memoId === id && this.#part === part && !this.audio.paused) return this.audio.pause()
    if (!await this.#load(id, part)) return
    try {
      await this.audio.play()
    } catch (error) {
      if ((error as Error | null)?.name !== 'AbortError') this.#fail(id, error)
    }
  }

  async seek(id: string, fraction: number): Promise<void> {
    if (!await this.#load(id, this.#memoId === id ? this.#part : this.#firstPart(id))) return
    if (this.#duration() > 0) this.audio.currentTime = Math.max(0, Math.min(1, fraction)) * this.#duration()
    this.#draw()
  }

  /** Of several sounds the first that can be played. */
  #firstPart(id: string): number {
    const item = this.itemOf(id)
    return Math.max(0, (item && partsOf(item)?.findIndex(({ playable }) => playable)) ?? 0)
  }

  /** What was heard while it arrived is this memo: it goes on without a jump. */
  adopt(item: Item): void {
    this.#memoId = item.id
    this.#part = 0
    this.#draw()
  }

  /** Lets go of the sound: the memo is gone, or something else takes the element. */
  stop(id?: string): void {
    if (id !== undefined && id !== this.#memoId) return
    this.#memoId = undefined
    this.#isLoading = false
    this.audio.pause()
    this.audio.removeAttribute('src')
    this.audio.load()
    this.#tick(false)
    this.store.set({ player: undefined })
  }

  /** Loads a memo unless it is the one that is loaded; false when another was asked for meanwhile. */
  async #load(id: string, part: number): Promise<boolean> {
    if (this.#memoId === id && this.#part === part && this.audio.src) return true
    const item = this.itemOf(id)
    if (!item) return false
    this.onTaken()
    this.audio.pause()
    this.#memoId = id
    this.#part = part
    this.#isLoading = true
    this.#draw()
    const isCurrent = (): boolean => this.#memoId === id && this.#part === part
    try {
      const url = await item.src(part)
      if (!isCurrent()) return false
      this.#isLoading = false
      if (this.audio.src !== url) this.audio.src = url
      await this.#untilKnown()
      return isCurrent()
    } catch (error) {
      this.#fail(id, error)
      return false
    }
  }

  /** Until its length is known, so that a seek goes where it should; a failure shows when it is played. */
  #untilKnown(): Promise<void> {
    if (this.audio.readyState >= HTMLMediaElement.HAVE_METADATA) return Promise.resolve()
    this.audio.preload = 'auto'
    return new Promise((resolve, reject) => {
      this.audio.addEventListener('loadedmetadata', () => resolve(), { once: true })
      this.audio.addEventListener('error', () => reject(this.audio.error), { once: true })
    })
  }

  #fail(id: string, error: unknown): void {
    if (this.#memoId !== id) return
    console.warn('it cannot be played', error)
    this.stop(id)
    this.store.set({ note: 'went-wrong' })
  }

  /** Recordings made in a browser often carry no duration; then the one that was measured holds. */
  #duration(): number {
    const own = this.audio.duration
    if (Number.isFinite(own) && own > 0) return own
    const item = this.#memoId === undefined ? undefined : this.itemOf(this.#memoId)
    return (item && (partsOf(item) ? partsOf(item)?.[this.#part]?.durationSeconds : lengthOf(item))) ?? 0
  }

  #tick(on: boolean): void {
    clearInterval(this.#timer)
    this.#timer = on ? setInterval(() => this.#draw(), DRAW_MS) : undefined
  }

  #draw(): void {
    if (this.#memoId === undefined) return
    const { paused, ended, currentTime } = this.audio
    const state = this.#isLoading ? 'loading' : paused || ended ? 'paused' : 'playing'
    this.store.set({ player: { memoId: this.#memoId, part: this.#part, state, at: ended || this.#isLoading ? 0 : currentTime, duration: this.#duration() } })
  }
}
