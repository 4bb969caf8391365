// Owns: blobs as small immutable files in Emscripten's IDBFS, one IndexedDB database per mount point.
// Why so careful (docs: storage): IDBFS writes whole files, compares them by mtime in milliseconds, deletes what another
// tab wrote, and never reopens a database that the browser closed. Hence:
//   * the caller holds an exclusive lock for the mount point as long as the store is open; and a file `lease.<n>` of whoever
//     opened it last is looked at in the transaction of every sync, so that an owner whose lock was taken changes nothing;
//   * files are never changed: `<blob>.<offset>.<length>.<sequence>` (hexadecimal) holds one range of one blob, at most
//     256 KiB; what is written again goes to a new file with a higher sequence, which wins;
//   * a file's mtime is later than every earlier one's;
//   * MEMFS is changed only between syncs, and one explicit sync is one IndexedDB transaction: all or nothing;
//   * a small file is absorbed by the one appended behind it, so that a journal of n flushes is about log n files.
import { addWrite, end, highestEnd, paint, union, type Extent } from './extents'
import { StoreError, StoreStatus, type Listing, type Store } from './store'

const WINDOW = 256 * 1024 // bytes of a file: bounds what one sync rewrites
const CAPACITY = 16 * 1024 * 1024 // new content: all of it is loaded into memory. What is there stays, and journals may go on
const FILES_MAX = 512 // likewise: every sync walks them all
const CONTENT_FIRST = 16 // below are journals
const FILE_MODE = 0o100666
const FILE_DATA = 'FILE_DATA' // IDBFS's object store
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
  IDBFS: { dbs: Record<string, IDBDatabase>; getDB(mount: string, done: (error: unknown, db: IDBDatabase) => void): void; syncfs(mount: unknown, populate: boolean, done: (error: unknown) => void): void }
}

interface File extends Extent { readonly path: string; readonly sequence: number }
/** `reserved`: it is to be there without a byte. */
interface Blob { files: File[]; pending: Extent[]; reserved: boolean }

export class IdbfsStore implements Store {
  readonly kind = 'idbfs'
  onlost: Store['onlost'] = () => {}
  readonly #blobs = new Map<number, Blob>()
  #doomed: string[] = []
  #used = 0
  #count = 0 // files
  #sequence = 0
  #lastMtime = 0
  #root: unknown
  #running: Promise<void> | undefined
  #queued: Promise<void> | undefined
  #lease = 0
  #ended = false

  constructor(private readonly files: EmscriptenFiles, private readonly mount: string, private readonly capacity = CAPACITY) {}

  async open(): Promise<Listing[]> {
    const { FS, IDBFS } = this.files
    FS.mkdirTree(this.mount)
    FS.mount(IDBFS, {}, this.mount)
    this.#root = FS.lookupPath(this.mount).node.mount
    await this.#trying(() => this.#takeLease())
    await this.#trying(() => this.#sync(true))
    for (const name of FS.readdir(this.mount)) this.#found(name)
    for (const blob of this.#blobs.values()) blob.files.sort((a, b) => a.sequence - b.sequence)
    return [...this.#blobs].map(([blob, { files, reserved }]) => ({ blob, bytes: reserved && blob >= CONTENT_FIRST ? undefined : highestEnd(files) }))
  }

  reserve(id: number, bytes: number): void {
    this.#check()
    const known = this.#blobs.get(id)
    if (id >= CONTENT_FIRST) this.#makeRoom(bytes - (known ? highestEnd([...known.files, ...known.pending]) : 0))
    this.#blob(id).reserved = true
  }

  async file(blob: number, offset: number, bytes: number): Promise<globalThis.Blob> {
    return new Blob([this.read(blob, offset, bytes) as Uint8Array<ArrayBuffer>])
  }

  read(blob: number, offset: number, bytes: number): Uint8Array {
    this.#check()
    const known = this.#blobs.get(blob)
    if (!known) throw new StoreError(StoreStatus.notFound)
    return paint(known.pending.length ? [...known.files, ...known.pending] : known.files, offset, bytes)
  }

  write(blob: number, offset: number, bytes: Uint8Array): void {
    this.#check()
    if (blob >= CONTENT_FIRST) this.#makeRoom(bytes.length)
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
    this.#check()
    const known = this.#blobs.get(blob)
    if (!known) return
    for (const file of known.files) this.#doomed.push(file.path)
    for (const extent of [...known.files, ...known.pending]) this.#used -= extent.length
    this.#count -= known.files.length
    this.#blobs.delete(blob)
  }

  async close(): Promise<void> {
    await this.flush().finally(() => this.#end())
  }

  #check(): void {
    if (this.#ended) throw new StoreError(StoreStatus.lost)
  }

  #makeRoom(bytes: number): void {
    let files = this.#count
    for (const { pending } of this.#blobs.values()) if (pending.length) files++
    if (this.#used + Math.max(0, bytes) > this.capacity || files > FILES_MAX) throw new StoreError(StoreStatus.full)
  }

  #blob(blob: number): Blob {
    let known = this.#blobs.get(blob)
    if (!known) this.#blobs.set(blob, (known = { files: [], pending: [], reserved: false }))
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
    if (size !== length) return
    this.#add(blob, { path, offset, length, sequence, bytes: () => this.#content(path) })
    if (!length) this.#blob(blob).reserved = true
  }

  #add(blob: number, file: File): void {
    this.#blob(blob).files.push(file)
    this.#used += file.length
    this.#count++
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
      if (!pending.length && !blob.files.length && blob.reserved) this.#put(id, 0, new Uint8Array(0))
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
    await this.#trying(() => this.#sync(false))
  }

  /** Makes a file of [start, stop) of a blob. Files that it covers go; smaller ones before it in its window are absorbed. */
  #cut(id: number, blob: Blob, start: number, stop: number): void {
    const all = [...blob.files, ...blob.pending]
    const absorbed = () => blob.files.find((file) => end(file) === start && start % WINDOW !== 0 && file.length < 2 * (stop - start))
    for (let file = absorbed(); file; file = absorbed()) start = file.offset
    const bytes = paint(all, start, stop - start)
    blob.files = blob.files.filter((file) => {
      const covered = file.offset >= start && end(file) <= stop
      if (covered) this.#doomed.push(file.path)
      if (covered) this.#used -= file.length
      if (covered) this.#count--
      return !covered
    })
    this.#put(id, start, bytes)
  }

  #put(id: number, offset: number, bytes: Uint8Array): void {
    const sequence = ++this.#sequence
    const path = `${this.mount}/${fileName(id, offset, bytes.length, sequence)}`
    this.#lastMtime = Math.max(Date.now(), this.#lastMtime + 1)
    this.files.FS.writeFile(path, bytes)
    this.files.FS.utime(path, this.#lastMtime, this.#lastMtime)
    this.#add(id, { path, offset, length: bytes.length, sequence, bytes: () => bytes })
  }

  /** When the browser has closed the database under us, it is opened again and the work done once more. */
  async #trying(work: () => Promise<void>): Promise<void> {
    this.#check()
    try {
      await work().catch((error) => {
        if (this.#ended || !CLOSED_BY_BROWSER.includes(error?.name)) throw error
        this.#forget()
        return work()
      })
    } catch (error) {
      if (this.#ended) throw new StoreError(StoreStatus.lost)
      throw new StoreError((error as Error)?.name === 'QuotaExceededError' ? StoreStatus.full : StoreStatus.failed, error)
    }
  }

  /** Makes the store ours, before it is read. One without any room is opened as it is: then only the lock keeps others out. */
  async #takeLease(): Promise<void> {
    const db = await new Promise<IDBDatabase>((resolve, reject) => this.files.IDBFS.getDB(this.mount, (error, db) => (error ? reject(error) : resolve(db))))
    await new Promise<void>((resolve, reject) => {
      const transaction = db.transaction(FILE_DATA, 'readwrite')
      const store = transaction.objectStore(FILE_DATA)
      const before = store.getAllKeys(leases(this.mount))
      before.onsuccess = () => {
        this.#lease = Math.max(0, ...before.result.map((path) => parseInt(`${path}`.slice(this.mount.length + LEASE.length + 1), 16))) + 1
        for (const path of before.result) store.delete(path)
        store.put({ timestamp: new Date(), mode: FILE_MODE, contents: new Uint8Array(0) }, this.#leasePath())
      }
      transaction.oncomplete = () => resolve()
      transaction.onabort = () => {
        if (transaction.error?.name !== 'QuotaExceededError' || !before.result?.length) return reject(transaction.error)
        this.#lease--
        resolve()
      }
    })
  }

  #leasePath(): string {
    return `${this.mount}/${LEASE}${hex(this.#lease)}`
  }

  /** Has every transaction that writes look at the lease first, and undo itself when it is not ours any more. */
  #fence(db: IDBDatabase, lost: () => void): void {
    db.transaction = (names: string | Iterable<string>, mode?: IDBTransactionMode) => {
      if (this.files.IDBFS.dbs[this.mount] !== db) return INERT // closed meanwhile, which the sync is told; what it threw nobody would catch
      const transaction = IDBDatabase.prototype.transaction.call(db, names as string, mode)
      if (mode !== 'readwrite') return transaction
      const found = transaction.objectStore(FILE_DATA).getAllKeys(leases(this.mount))
      found.onsuccess = () => {
        if (found.result.includes(this.#leasePath())) return
        transaction.abort()
        if (!this.#ended) {
          this.#end()
          this.onlost(found.result.length ? 'deposed' : 'cleared')
        }
        lost()
      }
      return transaction
    }
  }

  #sync(populate: boolean): Promise<void> {
    const { IDBFS } = this.files
    return new Promise((resolve, reject) => {
      const watch = () => {
        const db = IDBFS.dbs[this.mount]
        if (!db) return
        this.#fence(db, () => reject(new StoreError(StoreStatus.lost)))
        // IDBFS sets neither: without them a deletion elsewhere waits for ever and a forced close is never noticed.
        db.onversionchange = db.onclose = () => {
          this.#forget(db)
          reject(new DOMException('closed', 'InvalidStateError'))
        }
      }
      const sync = () => IDBFS.syncfs(this.#root, populate, (error) => (error ? reject(error) : resolve()))
      IDBFS.getDB(this.mount, (error) => {
        if (error) return reject(error)
        watch()
        sync()
      })
    })
  }

  #end(): void {
    this.#ended = true
    this.#forget()
  }

  #forget(db = this.files.IDBFS.dbs[this.mount]): void {
    db?.close()
    if (this.files.IDBFS.dbs[this.mount] === db) delete this.files.IDBFS.dbs[this.mount]
  }
}

/** A transaction in which nothing happens. */
const INERT = { objectStore: () => new Proxy({}, { get: () => () => ({}) }) } as unknown as IDBTransaction
const LEASE = 'lease.'
const leases = (mount: string): IDBKeyRange => IDBKeyRange.bound(`${mount}/${LEASE}`, `${mount}/${LEASE}~`)
const hex = (n: number): string => n.toString(16)
const fileName = (blob: number, offset: number, length: number, sequence: number): string =>
  [blob, offset, length, sequence].map(hex).join('.')
