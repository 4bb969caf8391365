// Owns: the database below the IndexedDB store: its form, opening it (again, when the browser has closed it), transactions as
// promises, and its lease: a number in `meta` that every opener raises and every transaction that writes looks at first.
//   `rows`: [blob, row] → bytes      `sizes`: blob → its size      `meta`: 'lease' → a number, and names of a move
import { nameOf } from './lease'
import { StoreError, StoreStatus, type Marks, type Store } from './store'

const VERSION = 1
const STORES = ['rows', 'sizes', 'meta'] as const
const CLOSED_BY_BROWSER = ['InvalidStateError', 'UnknownError', 'AbortError']

type Stores = Record<(typeof STORES)[number], IDBObjectStore>
type Work<T> = (transaction: IDBTransaction) => T
type Durability = 'strict' | 'relaxed'

export class Rows implements Marks {
  onlost: Store['onlost'] = () => {}
  ended = false
  existed = false
  #lease = 0
  #db: Promise<IDBDatabase> | undefined

  constructor(private readonly name: string) {}

  /** Makes the store ours. One without any room is opened as it is: then only the lock keeps others out. */
  async take(): Promise<void> {
    const before = await this.read(({ meta }) => meta.get('lease'))
    this.existed = before.result !== undefined
    const lease = this.existed ? before.result + 1 : Date.now()
    await this.#run('readwrite', 'strict', (transaction) => transaction.objectStore('meta').put(lease, 'lease')).then(
      () => (this.#lease = lease),
      (error: StoreError) => {
        if (error.status !== StoreStatus.full || !this.existed) throw error
        this.#lease = before.result
      },
    )
  }

  read<T>(work: (stores: Stores) => T): Promise<T> {
    return this.#run('readonly', 'relaxed', (transaction) => work(storesOf(transaction)))
  }

  /** Fails with `lost`, and changes nothing, when the store is not ours any more. */
  write<T>(durability: Durability, work: (stores: Stores) => T): Promise<T> {
    return this.#run('readwrite', durability, (transaction) => {
      const stores = storesOf(transaction)
      const lease = stores.meta.get('lease')
      lease.onsuccess = () => {
        if (lease.result === this.#lease) return
        this.#lose(lease.result === undefined ? 'cleared' : 'deposed')
        transaction.abort()
      }
      return work(stores)
    })
  }

  async marks(): Promise<string[]> {
    return (await this.read(({ meta }) => meta.getAllKeys())).result as string[]
  }
  async mark(name: string): Promise<void> {
    await this.write('strict', ({ meta }) => meta.put(1, name))
  }
  async unmark(name: string): Promise<boolean> {
    const count = await this.write('strict', ({ meta }) => {
      const before = meta.count(name)
      meta.delete(name)
      return before
    })
    return count.result > 0
  }

  end(): void {
    this.ended = true
    this.#forget()
  }

  #lose(why: 'deposed' | 'cleared'): void {
    if (this.ended) return
    this.end()
    this.onlost(why)
  }

  /** When the browser has closed the database under us, it is opened again and the work done once more. */
  async #run<T>(mode: IDBTransactionMode, durability: Durability, work: Work<T>): Promise<T> {
    const once = () => this.#once(mode, durability, work)
    try {
      return await once().catch((error) => {
        if (this.ended || !CLOSED_BY_BROWSER.includes(nameOf(error))) throw error
        this.#forget()
        return once()
      })
    } catch (error) {
      if (this.ended || error instanceof StoreError) throw new StoreError(this.ended ? StoreStatus.lost : (error as StoreError).status, error)
      throw new StoreError(nameOf(error) === 'QuotaExceededError' ? StoreStatus.full : StoreStatus.failed, error)
    }
  }

  async #once<T>(mode: IDBTransactionMode, durability: Durability, work: Work<T>): Promise<T> {
    if (this.ended) throw new StoreError(StoreStatus.lost)
    const db = await (this.#db ??= this.#connect())
    return new Promise((resolve, reject) => {
      const transaction = db.transaction(STORES, mode, { durability })
      transaction.onabort = () => reject(transaction.error ?? new DOMException('', 'AbortError'))
      const result = work(transaction)
      transaction.oncomplete = () => resolve(result)
    })
  }

  async #connect(): Promise<IDBDatabase> {
    const request = indexedDB.open(this.name, VERSION)
    request.onupgradeneeded = () => {
      if (this.#lease) { // it was there, and is not any more
        this.#lose('cleared')
        return request.transaction!.abort()
      }
      for (const name of STORES) request.result.createObjectStore(name)
    }
    try {
      const db = await new Promise<IDBDatabase>((resolve, reject) => {
        request.onsuccess = () => resolve(request.result)
        request.onerror = () => reject(request.error)
      })
      const forget = () => {
        db.close()
        this.#db = undefined
      }
      db.onclose = db.onversionchange = forget // whoever deletes it need not wait for us
      return db
    } catch (error) {
      this.#db = undefined
      throw error
    }
  }

  #forget(): void {
    this.#db?.then((db) => db.close(), () => {})
    this.#db = undefined
  }
}

const storesOf = (transaction: IDBTransaction) => Object.fromEntries(STORES.map((name) => [name, transaction.objectStore(name)])) as Stores
