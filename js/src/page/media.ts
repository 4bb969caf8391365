// Owns: URLs that a service worker answers from this store (js/src/media), and giving it the bytes. Where no service worker of ours is in
// control there are none.
import { MEDIA, pathOf, type AskBase, type AskFile, type Found, type Part, type Pull, type Wanted } from '../shared/media'
import type { Range } from './item'

const ANSWER_MS = 500 // of a service worker, which may have to start; one without media says nothing

/** A file that can be read in ranges. */
export interface Playable { size: number; type: string; stream(range: Range): ReadableStream<Uint8Array> }

export class Media {
  #base: Promise<string | undefined> | undefined
  readonly #ends = new AbortController()

  constructor(private readonly store: string, private readonly find: (wanted: Wanted) => Promise<Playable | undefined>) {
    const workers = globalThis.navigator?.serviceWorker
    if (!workers) return
    const { signal } = this.#ends
    workers.addEventListener('message', ({ data, ports: [port] }) => {
      if ((data as AskFile | null)?.samara === 'media-file' && port && data.store === store) void this.#serve(data as AskFile, port)
    }, { signal })
    workers.addEventListener('controllerchange', () => (this.#base = undefined), { signal })
    workers.startMessages()
    if (workers.controller) void this.#ask() // the answer is there when a URL is wanted
  }

  /** The URL of a file; none where nobody would answer it. */
  async url(what: Wanted['what'], id: string, file: number, name: string): Promise<string | undefined> {
    const base = await this.#ask()
    return base && base + pathOf({ store: this.store, what, id, file }, name)
  }

  end(): void {
    this.#ends.abort()
  }

  #ask(): Promise<string | undefined> {
    return (this.#base ??= new Promise((resolve) => {
      const worker = globalThis.navigator?.serviceWorker?.controller
      if (!worker) {
        this.#base = undefined // there may be one later
        return resolve(undefined)
      }
      const { port1, port2 } = new MessageChannel()
      const late = setTimeout(() => resolve(undefined), ANSWER_MS)
      port1.onmessage = ({ data }) => {
        clearTimeout(late)
        resolve(typeof data === 'string' && data.endsWith(`/${MEDIA}/`) ? data : undefined)
      }
      worker.postMessage({ samara: 'media-base' } satisfies AskBase, [port2])
    }))
  }

  async #serve(wanted: AskFile, port: MessagePort): Promise<void> {
    const say = (message: Found | Part, transfer: Transferable[] = []) => port.postMessage(message, transfer)
    say({ looks: true })
    const found = await this.find(wanted).catch(() => undefined)
    if (!found) return say({})
    let reader: ReadableStreamDefaultReader<Uint8Array> | undefined
    port.onmessage = async ({ data }: MessageEvent<Pull>) => {
      if (data === 'end') {
        port.close()
        return reader?.cancel().catch(() => {})
      }
      if (data !== 'more') return (reader = found.stream(data).getReader())
      try {
        const { value } = await reader!.read()
        value ? say({ bytes: value as Uint8Array<ArrayBuffer> }, [value.buffer]) : say({})
      } catch {
        say({ failed: true })
      }
    }
    say({ size: found.size, type: found.type })
  }
}
