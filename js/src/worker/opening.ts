// Owns: which store is opened: the kind that the app named, or the best one that works here, found by trying. `auto` steps
// down where a kind does not work. A store that is there and is full, or that somebody is taking over, is no reason to: to come
// up without what it holds would look like its loss. An older store is moved into the one that is opened (moving.ts); where
// that fails it is opened as it is.
import type { Fallback, StoreKind, ToWorker } from '../shared/messages'
import { folderOf, mountOf, rowsOf } from '../shared/places'
import { IdbStore } from '../store/idb'
import { MemoryStore } from '../store/memory'
import { firstVersion } from '../store/older'
import { OpfsStore } from '../store/opfs'
import { statusOf, StoreError, StoreStatus, type Listing, type Store } from '../store/store'
import { MoveError, moveInto } from './moving'

type Start = Pick<Extract<ToWorker, { t: 'start' }>, 'store' | 'name' | 'stolen' | 'storeBytes'>
export interface Opening { store: Store; listing: Listing[]; fell: Fallback[] }

const MEMORY_BYTES = 256 * 1024 * 1024 // of a store in memory, unless the app says otherwise

/** Opens the store of a name. `idbfs`: the URL of idbfs.js. Rejects with a StoreError. */
export async function openStore(start: Start, onlost: Store['onlost'], idbfs: string): Promise<Opening> {
  const fell: Fallback[] = []
  const kinds: StoreKind[] = start.store === 'auto' ? ['opfs', 'idb', 'memory'] : [start.store]
  for (;;) {
    const kind = kinds.shift()!
    const store = await make(kind, start, idbfs)
    store.onlost = onlost
    try {
      return { store, listing: await openOne(store, start), fell }
    } catch (error) {
      const older = error instanceof MoveError ? error.older : undefined
      const cause = older ? (error as MoveError).cause : error
      await older?.close().catch(() => {})
      if (!kinds.length || mustStay(store, statusOf(cause), start.stolen, !!older)) throw cause instanceof StoreError ? cause : new StoreError(StoreStatus.lost, cause)
      fell.push({ from: kind, why: whyOf(cause) })
      if (older) kinds.splice(0, 3, older.kind)
      else if (kinds[0] === 'memory' && (await hasFirstVersion(start.name))) kinds.splice(0, 1, 'idbfs')
    }
  }
}

async function openOne(store: Store, { name, stolen }: Start): Promise<Listing[]> {
  const listing = await store.open({ stolen })
  if (!(store instanceof OpfsStore || store instanceof IdbStore)) return listing
  return moveInto(store, listing, name, stolen).catch(async (error) => {
    await store.close().catch(() => {})
    throw error
  })
}

async function make(kind: StoreKind, { name, storeBytes }: Start, idbfs: string): Promise<Store> {
  if (kind === 'opfs') return new OpfsStore(folderOf(name))
  if (kind === 'idb') return new IdbStore(rowsOf(name))
  if (kind === 'memory') return new MemoryStore(storeBytes ?? MEMORY_BYTES)
  const { create } = (await import(/* webpackIgnore: true */ /* @vite-ignore */ idbfs)) as typeof import('./idbfs')
  return create(mountOf(name))
}

/** Whether to reject rather than come up with another store. */
function mustStay({ existed }: Store, status: StoreStatus, stolen: boolean, isMove: boolean): boolean {
  if (status === StoreStatus.lost || (stolen && (isMove || existed))) return true
  return status === StoreStatus.full && !!existed && !isMove
}

const hasFirstVersion = async (name: string): Promise<boolean> => {
  const found = await firstVersion(name).catch(() => undefined)
  await found?.close()
  return !!found
}

/** Of the browser's error, if there was one. */
function whyOf(error: unknown): string {
  const { name } = (((error as StoreError).reason ?? error) ?? {}) as Error
  return name ?? 'unknown'
}
