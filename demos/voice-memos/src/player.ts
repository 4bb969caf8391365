// One memo's player: play button, waveform with a slider over it, time. Only one memo plays at a time on a page.
import { make, makeIcon } from './dom.js'
import { formatDuration } from './format.js'
import { readPeaks, Wave } from './wave.js'
import { WORDS } from './words.js'

let playing: HTMLAudioElement | undefined

export interface Playable {
  title: string
  peaks?: unknown
  durationSeconds?: number | undefined
  src: () => Promise<string>
}

export class Player {
  readonly element = make('div', { class: 'player' })
  readonly audio = make('audio')
  readonly #button = make('button', { class: 'play-button' })
  readonly #slider = make('input')
  readonly #time = make('span', { class: 'time' })
  readonly #wave: Wave
  #memo: Playable
  #loaded: Promise<void> | undefined

  constructor(memo: Playable) {
    this.#memo = memo
    this.#wave = new Wave(readPeaks(memo.peaks))
    this.#button.type = 'button'
    this.#button.addEventListener('click', () => void this.toggle())
    this.#slider.type = 'range'
    this.#slider.min = '0'
    this.#slider.max = '1000'
    this.#slider.value = '0'
    this.#slider.setAttribute('aria-label', WORDS.seek(memo.title))
    this.#slider.addEventListener('input', () => void this.#seek())
    this.audio.preload = 'metadata'
    for (const type of ['play', 'pause', 'ended', 'timeupdate', 'durationchange']) this.audio.addEventListener(type, () => this.#draw())
    const wave = make('div', { class: 'wave-box' })
    wave.append(this.#wave.element, this.#slider)
    this.element.append(this.#button, wave, this.#time, this.audio)
    this.#draw()
  }

  /** Loads the sound; the promise is fulfilled when it can play, rejected when the browser cannot. */
  load(): Promise<void> {
    this.#loaded ??= this.#memo.src().then((url) => new Promise<void>((resolve, reject) => {
      this.audio.addEventListener('canplay', () => resolve(), { once: true })
      this.audio.addEventListener('error', () => reject(this.audio.error), { once: true })
      this.audio.preload = 'auto'
      this.audio.src = url
    }))
    return this.#loaded
  }

  async toggle(): Promise<void> {
    if (!this.audio.paused) return this.audio.pause()
    try {
      await this.load()
      if (playing !== this.audio) playing?.pause()
      playing = this.audio
      await this.audio.play()
    } catch (error) {
      this.#loaded = undefined
      if ((error as Error | null)?.name === 'AbortError') return
      this.element.dispatchEvent(new CustomEvent('cannotplay', { bubbles: true, detail: error }))
    }
  }

  /** What was measured of the sound after the player was made. */
  setSound(peaks: unknown, durationSeconds: number | undefined): void {
    this.#memo = { ...this.#memo, peaks, durationSeconds }
    this.#wave.setPeaks(readPeaks(peaks))
    this.#draw()
  }

  /** Stops and lets go of the sound: the element is going away. */
  close(): void {
    this.audio.pause()
    this.audio.removeAttribute('src')
    if (playing === this.audio) playing = undefined
  }

  /** Recordings made in a browser often carry no duration; then the one kept beside the memo holds. */
  #duration(): number {
    const own = this.audio.duration
    return Number.isFinite(own) && own > 0 ? own : this.#memo.durationSeconds ?? 0
  }

  async #seek(): Promise<void> {
    const fraction = Number(this.#slider.value) / 1000
    await this.load().catch(() => undefined)
    if (this.#duration() > 0) this.audio.currentTime = fraction * this.#duration()
    this.#draw()
  }

  #draw(): void {
    const { paused, currentTime, ended } = this.audio
    const duration = this.#duration()
    const at = ended ? 0 : currentTime
    const fraction = duration > 0 ? Math.min(1, at / duration) : 0
    this.#button.replaceChildren(makeIcon(paused ? 'play' : 'pause'))
    this.#button.setAttribute('aria-label', paused ? WORDS.play(this.#memo.title) : WORDS.pause(this.#memo.title))
    this.#slider.value = String(Math.round(fraction * 1000))
    this.#slider.setAttribute('aria-valuetext', formatDuration(at))
    this.#wave.fillTo(at > 0 ? fraction : 0)
    this.#time.textContent = at > 0 || duration === 0 ? formatDuration(at) : formatDuration(duration)
  }
}
