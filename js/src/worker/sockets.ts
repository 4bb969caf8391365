// Owns: WebSockets to trackers. Text only, frames are bounded; what trackers say is the engine's business.
import { In } from '../shared/records'
import { toBytes } from '../shared/bencode'

const FRAME_BYTES_MAX = 128 * 1024 // limits::tracker_frame_bytes_max

export class Sockets {
  readonly #all = new Map<number, WebSocket>()

  constructor(
    private readonly feed: (kind: In, handle: number, payload?: Uint8Array) => void,
    private readonly log: (code: string, detail: number) => void,
  ) {}

  open(id: number, url: string): void {
    let socket: WebSocket
    try {
      socket = new WebSocket(url)
    } catch {
      this.feed(In.socketClosed, id)
      return
    }
    this.#all.set(id, socket)
    const closed = () => {
      if (this.close(id)) this.feed(In.socketClosed, id)
    }
    socket.onopen = () => {
      this.log('socket-open', id)
      this.feed(In.socketOpened, id)
    }
    socket.onmessage = ({ data }) => {
      if (typeof data !== 'string') return
      const bytes = data.length > FRAME_BYTES_MAX ? undefined : toBytes(data)
      bytes && bytes.length <= FRAME_BYTES_MAX ? this.feed(In.socketText, id, bytes) : closed()
    }
    socket.onclose = socket.onerror = closed
  }

  send(id: number, text: string): void {
    const socket = this.#all.get(id)
    if (socket?.readyState === 1) socket.send(text)
  }

  closeAll(): void {
    for (const id of [...this.#all.keys()]) this.close(id)
  }

  /** Closes without a further word about it. Says whether it was open or opening. */
  close(id: number): boolean {
    const socket = this.#all.get(id)
    if (!socket) return false
    this.#all.delete(id)
    socket.onopen = socket.onmessage = socket.onclose = socket.onerror = null
    socket.close()
    return true
  }
}
