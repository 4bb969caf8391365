// Owns: Item, a frozen view of something stored, and reading its bytes.
import type { Describe, FileInfo, Item as ItemApi } from '../api'
import { SamaraError } from '../shared/errors'
import type { ItemData, FileData } from '../shared/messages'
import { In } from '../shared/records'
import type { Bridge } from './bridge'
import { described, describedBy } from './input'
import type { Media } from './media'
import type { Transfer } from './transfer'

const READ_BYTES = 1024 * 1024 // asked of the worker at once

export interface Range { start?: number; end?: number }
/** What items need of the engine. `urls` holds the blob URLs made so far, by item and file. */
export interface Shelf { bridge: Bridge; urls: Map<string, Map<number, Promise<string>>>; media: Media; playing: Map<string, Transfer> }

export const fileInfo = ({ name, type, size }: FileInfo): FileInfo => Object.freeze({ name, type, size })

/** The absolute range of a blob that `range` of a file means. Like Blob.slice, it is cut to what there is. */
export function within(file: FileData, range: Range = {}): [start: number, end: number] {
  const cut = (at: number) => file.offset + Math.min(file.size, Math.max(0, at < 0 ? file.size + at : at))
  const start = cut(range.start ?? 0)
  return [start, Math.max(start, cut(range.end ?? file.size))]
}

export function pick<T>(files: readonly T[], index: number): T {
  const file = files[index]
  if (!file) throw new SamaraError('not-found', `There is no file ${index}.`)
  return file
}

/** Pulls [start, end) in parts. `ready(at)` says up to where bytes are there, waiting until some are. */
export function pull(read: (at: number, bytes: number) => Promise<Uint8Array>, range: () => Promise<[number, number]>, ready: (at: number) => Promise<number>) {
  let at: number | undefined
  let stop = 0
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      if (at === undefined) [at, stop] = await range()
      if (at < stop) {
        const part = await read(at, Math.min(READ_BYTES, stop - at, (await ready(at)) - at))
        at += part.length
        controller.enqueue(part)
      }
      if (at >= stop) controller.close()
    },
  }, { highWaterMark: 0 })
}

export class Item implements ItemApi {
  readonly id!: string
  readonly origin!: 'saved' | 'received'
  readonly name!: string
  readonly type!: string
  readonly size!: number
  readonly files!: readonly FileInfo[]
  readonly addedAt!: Date
  readonly meta!: Record<string, unknown>
  readonly #data: ItemData
  readonly #shelf: Shelf

  constructor(data: ItemData, shelf: Shelf) {
    this.#data = data
    this.#shelf = shelf
    const { id, origin, name, type, size, infoHash, added, received } = data
    Object.assign(this, {
      id, origin, name, type, size,
      files: Object.freeze(data.files.map(fileInfo)),
      addedAt: new Date(added),
      ...(infoHash && { infoHash }),
      ...(received !== undefined && { receivedAt: new Date(received) }),
      ...describedBy(data),
      meta: data.meta,
    })
    Object.freeze(this)
  }

  /** The blob that holds its bytes. */
  get stored(): number {
    return this.#data.blob
  }

  async update(change: Partial<Describe>): Promise<Item> {
    const spec = { id: this.id, ...(await described(change)) }
    return new Item(await this.#shelf.bridge.call<ItemData>(In.updateItem, { spec }), this.#shelf)
  }

  async blob(file = 0): Promise<Blob> {
    const { offset, size, type } = pick(this.#data.files, file)
    return this.#shelf.bridge.blob(this.#data.blob, offset, size, type)
  }

  stream(file = 0, range?: Range): ReadableStream<Uint8Array> {
    const { blob, files } = this.#data
    return pull((at, bytes) => this.#shelf.bridge.read(blob, at, bytes), async () => within(pick(files, file), range), async () => Infinity)
  }

  src(file = 0): Promise<string> {
    const { urls } = this.#shelf
    let mine = urls.get(this.id)
    if (!mine) urls.set(this.id, (mine = new Map()))
    let url = mine.get(file)
    if (!url) {
      mine.set(file, (url = this.#src(file)))
      url.catch(() => mine.delete(file))
    }
    return url
  }

  /** Where a service worker answers, from it: that URL outlives the page's blobs and works in every tab. Else a blob URL. */
  async #src(file: number): Promise<string> {
    const { name } = pick(this.#data.files, file)
    return (await this.#shelf.media.url('item', this.id, file, name)) ?? URL.createObjectURL(await this.blob(file))
  }
}
