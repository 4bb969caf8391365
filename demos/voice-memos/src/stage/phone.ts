// One phone: a frame with the real app in it, whose name gives it a store of its own. Turns it on and off, opens links in
// it as a tap would, and reads what it shows. Does not reach into the app beyond what the app publishes for it.
import type { Samara } from 'samara-sdk'
import type { App } from '../view/model.js'
import { NO_PHONE, type PhoneFacts } from './facts.js'
import { Tally, Watch } from './measure.js'

/** What the app shows of itself (src/app); undefined until its bundle runs, or in a page that could not be loaded. */
type AppWindow = Window & { samaraDemo?: { samara?: Samara; state?: App } }

export class Phone {
  frame: HTMLIFrameElement | undefined
  readonly #tally = { sent: new Tally(), delivered: new Tally() }
  #watch: Watch | undefined
  #runs = 0

  /** @param store the frame's name: `samara-stage-…` keeps the two phones' stores apart */
  constructor(private readonly store: string, private readonly title: string) {}

  /** Opens an address in the phone; the first one turns it on. */
  open(address: string): void {
    if (this.frame) {
      this.frame.src = address
      return
    }
    this.frame = document.createElement('iframe')
    this.frame.name = this.store
    this.frame.title = this.title
    this.frame.src = address
  }

  /** Its page ends at once, with everything it had open. What it kept in its store stays. */
  turnOff(): void {
    this.frame?.remove()
    this.frame = undefined
    this.#watch = undefined
  }

  reload(): void {
    this.frame?.contentWindow?.location.reload()
  }

  /** The app's window; undefined for one that shows the browser's own error page. */
  get #window(): AppWindow | undefined {
    const window = this.frame?.contentWindow as AppWindow | null | undefined
    try {
      return window?.document.body ? window : undefined
    } catch {
      return undefined
    }
  }

  /** Everything that is measured on it now. */
  read(): PhoneFacts {
    const window = this.#window
    const samara = window?.samaraDemo?.samara
    if (!samara) this.#watch = undefined
    else if (this.#watch?.samara !== samara) this.#watch = new Watch(samara, (this.#runs += 1), this.#tally)
    const watch = this.#watch
    const peers = watch?.readPeers() ?? 0
    const counted = { sentBytes: this.#tally.sent.total, deliveredBytes: this.#tally.delivered.total }
    if (!window) return { ...NO_PHONE, on: this.frame !== undefined, ...counted }
    const { step, playable } = window.document.body.dataset
    const shown = window.document.querySelector<HTMLInputElement>('#share-link')?.value
    const incoming = watch?.incoming ?? { verified: 0, total: 0, arrived: false }
    return {
      on: true,
      loadedAt: window.performance.timeOrigin,
      opened: watch !== undefined,
      memos: watch?.memos ?? 0,
      link: shown || (watch?.link ?? ''),
      peers,
      ...counted,
      ...incoming,
      asks: step === 'consent' || step === 'size',
      playable: playable === 'yes',
      playing: window.samaraDemo?.state?.player?.state === 'playing',
    }
  }
}
