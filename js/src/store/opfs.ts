// Owns: blobs as files of the origin's private file system, written in place through sync access handles (workers only).
// In the store's folder are its lease (lease.ts) and the folder `blobs`. A blob's file is `<blob>.<lease>`, hexadecimal: the
// lease is that of whoever made it, and the highest counts. A handle takes time to open: what is asked of a blob meanwhile
// waits in order; once it is open, everything is done at once. Of an owner before us that was frozen and may go on writing
// until its next flush fails:
//   * journals are copied before anybody reads them, so that nothing it still writes stands behind what we append;
//   * content is written in place, together with it where the browser has that mode: what both write are the same pieces.
//     Where not, it is read through a File, and copied to a file of ours before the first write.
import { fileName, growTo, Handles, isJournal, isLocked, readFrom, writeTo, type File, type Handle } from './opfs_handles'
import { ask, Lease, nameOf, remove, type Folder } from './lease'
import { StoreError, StoreStatus, type Listing, type Marks, type Store } from './store'

const STATUS: Record<string, StoreStatus> = {
  QuotaExceededError: StoreStatus.full, NS_ERROR_FILE_NO_DEVICE_SPACE: StoreStatus.full,
  NotFoundError: StoreStatus.lost, InvalidStateError: StoreStatus.lost, NotReadableError: StoreStatus.lost,
}
const asStoreError = (error: unknown): StoreError =>
  error instanceof StoreError ? error : new StoreError(STATUS[nameOf(error)] ?? StoreStatus.failed, error)

export class OpfsStore implements Store {
  readonly kind = 'opfs'
  onlost: Store['onlost'] = () => {}
  existed = false
  #folder!: Folder
  #lease!: Lease
  #handles!: Handles
  readonly #files = new Map<number, File>()
  /** What was asked and is not done. */
  readonly #busy = new Set<Promise<unknown>>()
  /** Files that are being removed, by name: what is made under the name again waits. */
  readonly #leaving = new Map<string, Promise<unknown>>()

  constructor(private readonly path: readonly string[]) {}

  /** How a move into this store says where it is. */
  get marks(): Marks {
    return this.#lease
  }

  async open({ stolen }: { stolen: boolean }): Promise<Listing[]> {
    try {
      let folder = (await navigator.storage.getDirectory()) as Folder
      for (const name of this.path) folder = (await folder.getDirectoryHandle(name, { create: true })) as Folder
      this.#folder = (await folder.getDirectoryHandle('blobs', { create: true })) as Folder
      this.#lease = await Lease.take(folder, (existed) => (this.existed = existed) || Handles.probe(this.#folder))
      this.#handles = new Handles(this.#folder, this.#lease.number)
      const stale = await this.#index()
      const listing = await Promise.all([...this.#files.values()].map(async (file) => ({ blob: file.blob, bytes: await this.#sizeOfJournal(file, stolen) })))
      void this.#sweep(stale).catch(() => {}) // what is left is swept next time
      return listing
    } catch (error) {
      this.#handles?.end()
      throw asStoreError(error)
    }
  }

  reserve(blob: number, bytes: number): void | Promise<void> {
    return this.#change(this.#files.get(blob) ?? this.#make(blob), (file, handle) => growTo(file, handle, bytes))
  }

  read(blob: number, offset: number, bytes: number): Uint8Array | Promise<Uint8Array> {
    const file = this.#known(blob)
    const locked = async () => new Uint8Array(await (await this.#slice(file, offset, bytes)).arrayBuffer())
    return this.#run(file, (handle) => readFrom(handle, offset, bytes), locked)
  }

  file(blob: number, offset: number, bytes: number): Promise<Blob> {
    const file = this.#known(blob)
    return this.#queue(file, () => {
      if (file.written) this.#handles.close(file) // its time of change is settled then: a File is only good as long as that stays
      return this.#slice(file, offset, bytes)
    })
  }

  write(blob: number, offset: number, bytes: Uint8Array): void | Promise<void> {
    const file = this.#files.get(blob) ?? this.#make(blob)
    const kept = file.handle && !file.waiting ? bytes : bytes.slice()
    return this.#change(file, (to, handle) => writeTo(to, handle, offset, kept))
  }

  /** The lease is looked at after a journal only: content that no journal speaks of is nobody's. */
  async flush(): Promise<void> {
    this.#check()
    if (this.#busy.size) await Promise.all(this.#busy)
    let isJournalled = false
    try {
      isJournalled = this.#handles.flush()
    } catch (error) {
      throw await this.#failure(error)
    }
    if (isJournalled) await this.#fence()
  }

  delete(blob: number): void | Promise<void> {
    this.#check()
    const file = this.#files.get(blob)
    if (!file) return
    this.#files.delete(blob)
    const leaving = this.#queue(file, () => this.#handles.remove(file))
    this.#leaving.set(file.name, leaving)
    const gone = () => this.#leaving.get(file.name) === leaving && this.#leaving.delete(file.name)
    leaving.then(gone, gone)
    return leaving
  }

  async close(): Promise<void> {
    await this.flush().finally(() => this.#handles.end())
  }

  // ---- opening

  /** Finds each blob's file, and gives the names that count no more. */
  async #index(): Promise<string[]> {
    const names = new Set<string>()
    for await (const name of this.#folder.keys()) names.add(name)
    const stale: string[] = []
    const leases = new Map<number, number>()
    for (const name of names) {
      const [blob = 0, lease = 0] = name.split('.').map((part) => parseInt(part, 16))
      if (name !== fileName(blob, lease)) continue
      const before = leases.get(blob) ?? 0
      const counts = !names.has(`${name}.part`) && lease > before
      if (!counts) stale.push(name)
      else if (before) stale.push(fileName(blob, before))
      if (!counts) continue
      leases.set(blob, lease)
      this.#files.set(blob, newFile(blob, name))
    }
    for (const name of names) if (name.endsWith('.part')) stale.push(name) // after the files that they speak of
    return stale
  }

  async #sweep(stale: readonly string[]): Promise<void> {
    for (const name of stale) await remove(this.#folder, name)
  }

  /** Opens or copies a journal; content is not looked at. */
  async #sizeOfJournal(file: File, stolen: boolean): Promise<number | undefined> {
    if (!isJournal(file)) return undefined
    await (stolen ? this.#handles.copy(file) : this.#handles.of(file, true))
    return file.size
  }

  // ---- files

  #check(): void {
    if (this.#handles.ended) throw new StoreError(StoreStatus.lost)
  }

  #known(blob: number): File {
    this.#check()
    const file = this.#files.get(blob)
    if (!file) throw new StoreError(StoreStatus.notFound)
    return file
  }

  #make(blob: number): File {
    this.#check()
    const file = newFile(blob, fileName(blob, this.#lease.number))
    file.fresh = true
    file.waiting = this.#leaving.get(file.name)?.catch(() => {})
    this.#files.set(blob, file)
    return file
  }

  #change(file: File, work: (file: File, handle: Handle) => void): void | Promise<void> {
    return this.#run(file, (handle) => {
      work(file, handle)
      file.fresh = false
      this.#handles.wrote(file)
    })
  }

  /** Does something with the file's handle: at once where it is open. `locked`: what to do when somebody else has it. */
  #run<T>(file: File, work: (handle: Handle) => T, locked?: () => Promise<T>): T | Promise<T> {
    this.#check()
    const ready = this.#handles.ready(file)
    if (ready) {
      try {
        return work(ready)
      } catch (error) {
        return this.#failure(error).then((failure) => { throw failure })
      }
    }
    return this.#queue(file, async () => {
      try {
        return work(await this.#handles.of(file, !locked))
      } catch (error) {
        if (locked && isLocked(error)) return locked()
        throw error
      }
    })
  }

  #queue<T>(file: File, work: () => T | Promise<T>): Promise<T> {
    const run = async () => {
      try {
        this.#check()
        return await work()
      } catch (error) {
        throw await this.#failure(error)
      } finally {
        this.#busy.delete(waiting)
        if (file.waiting === waiting) this.#idle(file) // before whoever asked goes on: what it asks next is done at once
      }
    }
    const result = (file.waiting ?? Promise.resolve()).then(run)
    const waiting: Promise<unknown> = result.then(() => {}, () => {})
    this.#busy.add((file.waiting = waiting))
    return result
  }

  #idle(file: File): void {
    file.waiting = undefined
    const isThere = !file.fresh || this.#files.get(file.blob) !== file || this.#handles.ended
    if (!isThere) Promise.resolve(this.delete(file.blob)).catch(() => {}) // what could not be made is not there
  }

  async #slice(file: File, offset: number, bytes: number): Promise<Blob> {
    const whole = await ask(this.#folder, file.name, false, (entry) => entry.getFile())
    if (offset + bytes > whole.size) throw new StoreError(StoreStatus.lost)
    return whole.slice(offset, offset + bytes)
  }

  /** Where the browser refuses, it is looked first whether the store was taken away: `onlost` comes before the failure. */
  async #failure(error: unknown): Promise<StoreError> {
    const failure = asStoreError(error)
    if (failure.status !== StoreStatus.full && failure.reason) await this.#fence().catch(() => {})
    return failure
  }

  /** Rejects when the store is not ours any more. */
  async #fence(): Promise<void> {
    const why = this.#handles.ended ? undefined : await this.#lease.lost().catch((error) => { throw asStoreError(error) })
    if (why && !this.#handles.ended) {
      this.#handles.end()
      this.onlost(why)
    }
    this.#check()
  }
}

const newFile = (blob: number, name: string): File => ({ blob, name, handle: undefined, waiting: undefined, fresh: false, written: false, size: 0 })
