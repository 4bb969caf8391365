// Playing a memo while it arrives: its bytes go into a MediaSource in order, as they are verified. Where the browser or
// the format does not allow that, there is nothing to play before the end. Knows no screens.
import type { Transfer } from 'samara-sdk'
import { formatOf, HEADER_BYTES } from './sound.js'

type SourceClass = typeof MediaSource
const { ManagedMediaSource, MediaSource: PlainMediaSource } = globalThis as { ManagedMediaSource?: SourceClass; MediaSource?: SourceClass }
const Source = ManagedMediaSource ?? PlainMediaSource // iPhones have only the managed one

export type EarlyState = 'no' | 'ready' | 'playing' | 'paused'

/** Waits for the first bytes; the type to feed, or undefined where it cannot be played early. */
async function streamableType(transfer: Transfer): Promise<string | undefined> {
  if (!Source) return undefined
  const header = await new Response(transfer.stream(0, { end: HEADER_BYTES })).arrayBuffer()
  const format = formatOf(new Uint8Array(header))
  return format?.streams && Source.isTypeSupported(format.type) ? format.type : undefined
}

const settled = (buffer: SourceBuffer): Promise<void> => new Promise((resolve, reject) => {
  const over = new AbortController()
  buffer.addEventListener('updateend', () => { over.abort(); resolve() }, { signal: over.signal })
  buffer.addEventListener('error', () => { over.abort(); reject(new Error('the sound cannot be read in parts')) }, { signal: over.signal })
})

export class EarlyPlayer {
  #transfer: Transfer | undefined
  #type: string | undefined
  #url: string | undefined
  #isHeld = false // this element's sound is ours

  constructor(private readonly audio: HTMLAudioElement, private readonly onChange: () => void) {
    for (const type of ['play', 'pause', 'playing', 'ended']) audio.addEventListener(type, () => { if (this.#isHeld) this.onChange() })
  }

  get state(): EarlyState {
    if (this.#type === undefined) return 'no'
    if (!this.#isHeld) return 'ready'
    return this.audio.paused || this.audio.ended ? 'paused' : 'playing'
  }

  get at(): number { return this.#isHeld ? this.audio.currentTime : 0 }
  get isHeld(): boolean { return this.#isHeld }

  /** Finds out whether a transfer can be heard early. */
  async watch(transfer: Transfer): Promise<void> {
    this.leave()
    this.#transfer = transfer
    const type = await streamableType(transfer).catch(() => undefined)
    if (this.#transfer !== transfer) return
    this.#type = type
    if (type !== undefined) this.onChange()
  }

  /** Within the click: phones want play() there. The element must be free. */
  toggle(): void {
    if (this.#isHeld && !this.audio.paused) return this.audio.pause()
    if (!this.#isHeld) this.#start()
    this.audio.play().catch(() => this.onChange())
  }

  /** The element is somebody else's now, sound and all: nothing is stopped. */
  release(): void {
    this.#isHeld = false
  }

  leave(): void {
    this.#transfer = undefined
    this.#type = undefined
    if (this.#url !== undefined) URL.revokeObjectURL(this.#url)
    this.#url = undefined
    this.#isHeld = false
  }

  #start(): void {
    const transfer = this.#transfer
    const type = this.#type
    if (!Source || !transfer || type === undefined) return
    const source = new Source()
    if (ManagedMediaSource) this.audio.disableRemotePlayback = true
    this.#isHeld = true
    this.#url = URL.createObjectURL(source)
    source.addEventListener('sourceopen', () => void this.#feed(source, transfer, type), { once: true })
    this.audio.src = this.#url
  }

  async #feed(source: MediaSource, transfer: Transfer, type: string): Promise<void> {
    try {
      const buffer = source.addSourceBuffer(type)
      const reader = transfer.stream().getReader()
      for (;;) {
        const { done, value } = await reader.read()
        if (source.readyState === 'closed') return void reader.cancel().catch(() => undefined)
        if (done) break
        buffer.appendBuffer(value as Uint8Array<ArrayBuffer>)
        await settled(buffer)
      }
      if (source.readyState === 'open') source.endOfStream()
    } catch (error) {
      // A browser may read the headers and stumble later: the whole memo is still played when it is here.
      console.warn('not played while it arrives', error)
      if (this.#transfer === transfer) this.#type = undefined
      if (this.#isHeld) this.audio.pause()
      this.#isHeld = false
      this.onChange()
    }
  }
}
