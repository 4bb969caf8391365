// Owns: RTCDataChannels by number, on whichever side of the page–worker boundary they live (the channel seam).
// Queues what comes too early, never throws, and says how much is unsent only when that is little.
const LOW_WATER_BYTES = 64 * 1024

export interface ChannelEvents {
  opened(channel: number, dial: number, messageBytesMax: number): void
  bytes(channel: number, bytes: ArrayBuffer): void
  buffered(channel: number, bytes: number): void
  closed(channel: number): void
}

interface Entry { channel: RTCDataChannel; dial: number; isOpen: boolean; sends: Uint8Array[]; early: ArrayBuffer[] }

export class Channels {
  readonly #all = new Map<number, Entry>()
  readonly #touched = new Set<number>()

  constructor(private readonly events: ChannelEvents) {}

  /** Takes over a channel. `messageBytesMax` is asked for when it opens. */
  attach(id: number, dial: number, channel: RTCDataChannel, messageBytesMax: () => number): void {
    const entry: Entry = { channel, dial, isOpen: false, sends: [], early: [] }
    this.#all.set(id, entry)
    channel.binaryType = 'arraybuffer'
    channel.bufferedAmountLowThreshold = LOW_WATER_BYTES
    const opened = () => {
      if (entry.isOpen) return // Firefox says so twice
      entry.isOpen = true
      this.events.opened(id, dial, messageBytesMax())
      for (const bytes of entry.early.splice(0)) this.events.bytes(id, bytes)
      for (const bytes of entry.sends.splice(0)) this.send(id, bytes)
      this.settle()
    }
    channel.onopen = opened
    channel.onmessage = ({ data }) => {
      if (!(data instanceof ArrayBuffer)) return
      entry.isOpen ? this.events.bytes(id, data) : entry.early.push(data) // Chromium: a message may come before `open`
    }
    channel.onbufferedamountlow = () => this.events.buffered(id, channel.bufferedAmount)
    channel.onclose = channel.onerror = () => {
      if (this.close(id)) this.events.closed(id)
    }
    if (channel.readyState === 'open') opened()
  }

  /** Bytes may be a view of wasm memory: the browser copies them. A failed send is a closed channel. */
  send(id: number, bytes: Uint8Array): void {
    const entry = this.#all.get(id)
    if (!entry) return
    if (!entry.isOpen || entry.channel.readyState === 'connecting') {
      entry.sends.push(bytes.slice())
      return
    }
    try {
      entry.channel.send(bytes as Uint8Array<ArrayBuffer>)
      this.#touched.add(id)
    } catch {
      if (this.close(id)) this.events.closed(id)
    }
  }

  /** After a batch of sends: reports the channels that have little unsent. The others report when they get there. */
  settle(): void {
    for (const id of this.#touched) {
      const unsent = this.#all.get(id)?.channel.bufferedAmount ?? Infinity
      if (unsent <= LOW_WATER_BYTES) this.events.buffered(id, unsent)
    }
    this.#touched.clear()
  }

  /** Closes without a further word about it. Says whether it was there. */
  close(id: number): boolean {
    const entry = this.#all.get(id)
    if (!entry) return false
    this.#all.delete(id)
    const { channel } = entry
    channel.onopen = channel.onmessage = channel.onbufferedamountlow = channel.onclose = channel.onerror = null
    channel.close()
    return true
  }

  /** Closes the channels of a connection. */
  closeDial(dial: number): void {
    for (const [id, entry] of this.#all) if (entry.dial === dial) this.close(id)
  }
}
