// Owns: blobs as small immutable files in Emscripten's IDBFS, one IndexedDB database per mount point.
// Why so careful (docs: storage): IDBFS writes whole files, compares them by mtime in milliseconds, deletes what another
// tab wrote, and never reopens a database that the browser closed. Hence:
//   * the caller holds an exclusive lock for the mount point as long as the store is open;
//   * files are never changed: `<blob>.<offset>.<length>.<sequence>` (hexadecimal) holds one range of one blob, at most
//     256 KiB; what is written again goes to a new file with a higher sequence, which wins;
//   * a file's mtime is later than every earlier one's;
//   * MEMFS is changed only between syncs, and one explicit sync is one IndexedDB transaction: all or nothing;
//   * a small file is absorbed by the one appended behind it, so that a journal of n flushes is about log n files.
import { addWrite, end, highestEnd, paint, union, type Extent } from './extents'
import { StoreError, StoreStatus, type Listing, type Store } from './store'

const WINDOW = 256 * 1024 // bytes of a file: bounds what one sync rewrites
const CLOSED_BY_BROWSER = ['InvalidStateError', 'UnknownError', 'AbortError']

/** What is used of IDBFS and of the file system below it (js/glue_files.js). */
export interface EmscriptenFiles {
  FS: {
    mkdirTree(path: string): void
    mount(type: unknown, options: object, path: string): void
    readdir(path: string): string[]
    stat(path: string): { size: number; mtime: Date }
    lookupPath(path: string): { node: { contents: Uint8Array; mount: unknown } }
    writeFile(path: string, bytes: Uint8Array): void
    utime(path: string, atime: number, mtime: number): void
    unlink(path: string): void
  }
  IDBFS: { dbs: Record<string, IDBDatabase>; syncfs(mount: unknown, populate: boolean, done: (error: unknown) => void): void }
}

interface File extends Extent { readonly path: string; readonly sequence: number }
interface Blob { files: File[]; pending: Extent[] }

export class IdbfsStore implements Store {
  readonly kind = 'idbfs'
  readonly #blobs = new Map<number, Blob>()
  #doomed: string[] = []
  #used = 0
  #sequence = 0
  #lastMtime = 0
  #root: unknown
  #running: Promise<void> | undefined
  #queued: Promise<void> | undefined

  constructor(private readonly files: EmscriptenFiles, private readonly mount: string, private readonly capacity: number) {}

  async open(): Promise<Listing[]> {
    const { FS, IDBFS } = this.files
    FS.mkdirTree(this.mount)
    FS.mount(IDBFS, {}, this.mount)
    this.#root = FS.lookupPath(this.mount).node.mount
    await this.#sync(true)
    for (const name of FS.readdir(this.mount)) this.#found(name)
    for (const blob of this.#blobs.values()) blob.files.sort((a, b) => a.sequence - b.sequence)
    return [...this.#blobs].map(([blob, { files }]) => ({ blob, bytes: highestEnd(files) }))
  }

  read(blob: number, offset: number, bytes: number): Uint8Array {
    const known = this.#blobs.get(blob)
    if (!known) throw new StoreError(StoreStatus.notFound)
    return paint(known.pending.length ? [...known.files, ...known.pending] : known.files, offset, bytes)
  }

  write(blob: number, offset: number, bytes: Uint8Array): void {
    if (this.#used + bytes.length > this.capacity) throw new StoreError(StoreStatus.full)
    addWrite(this.#blob(blob).pending, WINDOW, offset, bytes)
    this.#used += bytes.length
  }

  flush(): Promise<void> {
    if (!this.#running) return this.#begin()
    this.#queued ??= this.#running.catch(() => {}).then(() => {
      this.#queued = undefined
      return this.#begin()
    })
    return this.#queued
  }

  delete(blob: number): void {
    const known = this.#blobs.get(blob)
    if (!known) return
    for (const file of known.files) this.#doomed.push(file.path)
    for (const extent of [...known.files, ...known.pending]) this.#used -= extent.length
    this.#blobs.delete(blob)
  }

  usage(): number {
    return this.#used
  }

  async close(): Promise<void> {
    await this.flush().finally(() => this.#forget())
  }

  #blob(blob: number): Blob {
    let known = this.#blobs.get(blob)
    if (!known) this.#blobs.set(blob, (known = { files: [], pending: [] }))
    return known
  }

  /** Takes a file of an earlier run into the index. A file that is not as its name says is left alone. */
  #found(name: string): void {
    const [blob = 0, offset = 0, length = 0, sequence = 0] = name.split('.').map((part) => parseInt(part, 16))
    const path = `${this.mount}/${name}`
    if (name !== fileName(blob, offset, length, sequence)) return
    const { size, mtime } = this.files.FS.stat(path)
    this.#lastMtime = Math.max(this.#lastMtime, mtime.getTime())
    this.#sequence = Math.max(this.#sequence, sequence)
    if (size === length) this.#add(blob, { path, offset, length, sequence, bytes: () => this.#content(path) })
  }

  #add(blob: number, file: File): void {
    this.#blob(blob).files.push(file)
    this.#used += file.length
  }

  /** The bytes of a file without a copy: files are never changed, so the view stays right. */
  #content(path: string): Uint8Array {
    return this.files.FS.lookupPath(path).node.contents
  }

  #begin(): Promise<void> {
    const running = this.#commit().finally(() => {
      if (this.#running === running) this.#running = undefined
    })
    return (this.#running = running)
  }

  /** Brings MEMFS up to date, then makes it durable. */
  async #commit(): Promise<void> {
    for (const [id, blob] of this.#blobs) {
      const pending = blob.pending
      if (!pending.length) continue
      for (const extent of pending) this.#used -= extent.length
      for (const [start, stop] of union(pending)) {
        for (let at = start; at < stop; ) {
          const cut = Math.min(stop, at - (at % WINDOW) + WINDOW)
          this.#cut(id, blob, at, cut)
          at = cut
        }
      }
      blob.pending = []
    }
    for (const path of this.#doomed.splice(0)) this.files.FS.unlink(path)
    await this.#sync(false)
  }

  /** Makes a file of [start, stop) of a blob. Files that it covers go; smaller ones before it in its window are absorbed. */
  #cut(id: number, blob: Blob, start: number, stop: number): void {
    const all = [...blob.files, ...blob.pending]
    const absorbed = () => blob.files.find((file) => end(file) === start && start % WINDOW !== 0 && file.length < 2 * (stop - start))
    for (let file = absorbed(); file; file = absorbed()) start = file.offset
    const bytes = paint(all, start, stop - start)
    const sequence = ++this.#sequence
    const path = `${this.mount}/${fileName(id, start, bytes.length, sequence)}`
    this.#lastMtime = Math.max(Date.now(), this.#lastMtime + 1)
    this.files.FS.writeFile(path, bytes)
    this.files.FS.utime(path, this.#lastMtime, this.#lastMtime)
    blob.files = blob.files.filter((file) => {
      const covered = file.offset >= start && end(file) <= stop
      if (covered) this.#doomed.push(file.path)
      if (covered) this.#used -= file.length
      return !covered
    })
    this.#add(id, { path, offset: start, length: bytes.length, sequence, bytes: () => bytes })
  }

  /** One sync. When the browser has closed the database under us, it is opened again and the sync tried once more. */
  async #sync(populate: boolean): Promise<void> {
    try {
      await this.#syncOnce(populate).catch((error) => {
        if (!CLOSED_BY_BROWSER.includes(error?.name)) throw error
        this.#forget()
        return this.#syncOnce(populate)
      })
    } catch (error) {
      throw new StoreError((error as Error)?.name === 'QuotaExceededError' ? StoreStatus.full : StoreStatus.failed, error)
    }
  }

  #syncOnce(populate: boolean): Promise<void> {
    const { IDBFS } = this.files
    return new Promise((resolve, reject) => {
      const watch = () => {
        const db = IDBFS.dbs[this.mount]
        if (!db) return
        // IDBFS sets neither: without them a deletion elsewhere waits for ever and a forced close is never noticed.
        db.onversionchange = db.onclose = () => {
          this.#forget(db)
          reject(new DOMException('closed', 'InvalidStateError'))
        }
      }
      watch()
      IDBFS.syncfs(this.#root, populate, (error) => {
        watch()
        error ? reject(error) : resolve()
      })
    })
  }

  #forget(db = this.files.IDBFS.dbs[this.mount]): void {
    db?.close()
    if (this.files.IDBFS.dbs[this.mount] === db) delete this.files.IDBFS.dbs[this.mount]
  }
}

const hex = (n: number): string => n.toString(16)
const fileName = (blob: number, offset: number, length: number, sequence: number): string =>
  [blob, offset, length, sequence].map(hex).join('.')
