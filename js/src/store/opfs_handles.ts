// Owns: the sync access handles of a folder's files: how many are open, in which mode, and what is done while an owner before
// us has a file (one that is dying lets go soon, one that was frozen does not). Knows blobs as names of files only.
import { ask, hex, nameOf, remove, type Folder } from './lease'
import { fresh } from '../shared/spent'
import { StoreError, StoreStatus } from './store'

const HANDLES_MAX = 16 // open at a time
const PATIENCE_MS = 1_500 // for a dying owner to let go
const RETRY_MS = 50
const COPY_BYTES = 4 * 1024 * 1024 // of a locked file at a time
const CONTENT_FIRST = 16 // blobs below are journals
const NO_SPACE = 2 ** 32 - 8 // what Chromium's write() returns for a quota that is used up, instead of failing

export interface Handle {
  read(into: Uint8Array, options: { at: number }): number
  write(from: Uint8Array, options: { at: number }): number
  truncate(bytes: number): void
  getSize(): number
  flush(): void
  close(): void
}
interface Opener extends FileSystemFileHandle { createSyncAccessHandle(options?: { mode: string }): Promise<Handle> }

/** The file of a blob. */
export interface File {
  readonly blob: number
  name: string
  handle: Handle | undefined
  /** Settles when everything asked of the file so far is done; none: it is idle. */
  waiting: Promise<unknown> | undefined
  /** Not there yet: its first write or reservation makes it. */
  fresh: boolean
  /** Written since its handle was opened. */
  written: boolean
  /** Of an open file: asking its handle can cost as much as writing. */
  size: number
}

export const isLocked = (error: unknown): boolean => nameOf(error) === 'NoModificationAllowedError'
export const isJournal = ({ blob }: File): boolean => blob < CONTENT_FIRST
export const fileName = (blob: number, lease: number): string => `${hex(blob)}.${hex(lease)}`

export class Handles {
  /** Files with handles, the one used last at the end. */
  readonly #open = new Set<File>()
  readonly #unflushed = new Set<File>()
  #turn: Promise<unknown> = Promise.resolve()
  ended = false

  constructor(private readonly folder: Folder, private readonly lease: number) {}

  /** Whether files with handles can be had here and hold bytes. */
  static async probe(folder: Folder): Promise<void> {
    const handle = await new Handles(folder, 0).#create('probe', true, false)
    try {
      writeAll(handle, 0, new Uint8Array(1), 0)
      if (typeof handle.getSize() !== 'number') throw new Error('asynchronous') // as in the first browsers that had them
      handle.flush()
    } finally {
      handle.close()
      await remove(folder, 'probe')
    }
  }

  /** The handle of a file that is idle, if it is open. */
  ready(file: File): Handle | undefined {
    if (!file.handle || file.waiting) return undefined
    this.#open.delete(file)
    this.#open.add(file)
    return file.handle
  }

  /** `patient`: wait for a file that somebody else has, and take a copy in the end. */
  async of(file: File, patient: boolean): Promise<Handle> {
    if (file.handle) return file.handle
    const open = () => this.#openFile(file)
    if (!patient) return open()
    try {
      return await patiently(open)
    } catch (error) {
      if (!isLocked(error) || file.fresh) throw error
      return this.copy(file)
    }
  }

  wrote(file: File): void {
    file.written = true
    this.#unflushed.add(file)
  }

  /** Whether a journal was among what was flushed. */
  flush(): boolean {
    const journals = [...this.#unflushed].filter(isJournal)
    for (const file of this.#unflushed) this.#flushFile(file)
    return journals.length > 0
  }

  close(file: File): void {
    if (this.#unflushed.has(file)) this.#flushFile(file)
    this.#forget(file)
  }

  /** Removes the file, which is idle or has nothing more to do. One that an owner before us holds goes when it can. */
  async remove(file: File): Promise<void> {
    this.#unflushed.delete(file)
    this.#forget(file)
    await remove(this.folder, file.name).catch((error) => {
      if (!isLocked(error)) throw error
      this.#removeLater(file.name)
    })
  }

  /** What is left then is listed as nobody's, or swept, the next time. */
  #removeLater(name: string): void {
    patiently(() => remove(this.folder, name)).catch(() => {})
  }

  /** Lets go of every file. */
  end(): void {
    this.ended = true
    for (const file of this.#open) file.handle?.close()
    this.#open.clear()
  }

  /**
   * Puts what a file holds into a file of ours; whoever has the old one may keep it. Beside a file that is not finished stands
   * `<name>.part`.
   */
  async copy(file: File): Promise<Handle> {
    const from = await ask(this.folder, file.name, false, (entry) => entry.getFile())
    const name = fileName(file.blob, this.lease)
    await this.folder.getFileHandle(`${name}.part`, { create: true })
    const handle = await this.#create(name, true, !isJournal(file))
    try {
      for (let at = 0; at < from.size; at += COPY_BYTES) {
        writeAll(handle, at, new Uint8Array(await from.slice(at, at + COPY_BYTES).arrayBuffer()), at)
      }
      handle.flush()
      await remove(this.folder, `${name}.part`)
    } catch (error) {
      handle.close()
      throw error // whoever opens the store next sweeps it
    }
    this.#removeLater(file.name)
    file.name = name
    return this.#adopt(file, handle)
  }

  async #openFile(file: File): Promise<Handle> {
    const handle = await this.#create(file.name, file.fresh, !isJournal(file))
    this.#adopt(file, handle)
    if (file.fresh && file.size) handle.truncate((file.size = 0)) // left by something that failed
    return handle
  }

  /** One at a time, so that there are never more than may be. `together`: others may have it too, where the browser can. */
  #create(name: string, create: boolean, together: boolean): Promise<Handle> {
    const handle = this.#turn.then(async () => {
      for (const file of this.#open) {
        if (this.#open.size < HANDLES_MAX) break
        if (!file.waiting && !isJournal(file)) this.close(file)
      }
      return ask(this.folder, name, create, (file) => (file as Opener).createSyncAccessHandle({ mode: together ? 'readwrite-unsafe' : 'readwrite' }))
    })
    this.#turn = handle.catch(() => {})
    return handle
  }

  #adopt(file: File, handle: Handle): Handle {
    Object.assign(file, { handle, written: false, size: handle.getSize() })
    this.#open.add(file)
    if (!this.ended) return handle
    handle.close()
    throw new StoreError(StoreStatus.lost)
  }

  #flushFile(file: File): void {
    file.handle?.flush()
    this.#unflushed.delete(file)
  }

  #forget(file: File): void {
    file.handle?.close()
    file.handle = undefined
    file.written = false
    this.#open.delete(file)
  }
}

/** Again and again while somebody else has the file, for as long as one who is dying may take. */
async function patiently<T>(work: () => Promise<T>): Promise<T> {
  for (const end = performance.now() + PATIENCE_MS; ; await new Promise((resolve) => setTimeout(resolve, RETRY_MS))) {
    try {
      return await work()
    } catch (error) {
      if (!isLocked(error) || performance.now() > end) throw error
    }
  }
}

export function readFrom(handle: Handle, offset: number, bytes: number): Uint8Array {
  const out = new Uint8Array(bytes)
  const read = handle.read(out, { at: offset })
  if (read !== bytes) throw new StoreError(StoreStatus.lost, read > bytes ? 'failed' : undefined) // Chromium gives failures as huge numbers
  return fresh(out)
}

/** All of it or nothing. `before`: how long the file is. */
function writeAll(handle: Handle, offset: number, bytes: Uint8Array, before: number): void {
  const written = handle.write(bytes, { at: offset })
  if (written === bytes.length) return
  if (handle.getSize() > before) handle.truncate(before)
  throw new StoreError(written < bytes.length || written === NO_SPACE ? StoreStatus.full : StoreStatus.lost, 'short')
}

export function writeTo(file: File, handle: Handle, offset: number, bytes: Uint8Array): void {
  writeAll(handle, offset, bytes, file.size)
  if (bytes.length) file.size = Math.max(file.size, offset + bytes.length)
}

export function growTo(file: File, handle: Handle, bytes: number): void {
  if (file.size >= bytes) return
  handle.truncate(bytes)
  if (handle.getSize() < bytes) throw new StoreError(StoreStatus.full) // Chromium says nothing
  file.size = bytes
}
