// Owns: where the stores of a name lie in the browser: the lock that makes one a tab's, folders and databases. Knows no store.
const enc = (name: string): string => encodeURIComponent(name).replaceAll('.', '%2E')

/** The Web Lock whose holder may open the store. */
export const lockOf = (name: string): string => `samara/${enc(name)}/v1`
/** The folder of the OPFS store, from the root. */
export const folderOf = (name: string): string[] => ['samara', enc(name), 'v1']
/** The database of the IndexedDB rows store. */
export const rowsOf = (name: string): string => `samara/${enc(name)}/rows`
/** The mount point of the IDBFS store, which is also the name of its database. */
export const mountOf = (name: string): string => `/${lockOf(name)}`

/** Waits for everybody who has it open to close it, `blocked` to reject then instead. */
export const deleteDatabase = (name: string, blocked = false): Promise<void> =>
  new Promise((resolve, reject) => {
    if (!globalThis.indexedDB) return resolve() // nothing was stored there
    const request = indexedDB.deleteDatabase(name)
    request.onsuccess = () => resolve()
    request.onerror = () => reject(request.error)
    if (blocked) request.onblocked = () => reject(new Error('blocked'))
  })

/** Deletes every store of a name. The caller holds its lock. Rejects when something is left. */
export async function destroyPlaces(name: string): Promise<void> {
  const root = await navigator.storage?.getDirectory?.().catch(() => undefined) // none: nothing was stored there
  const folder = await root?.getDirectoryHandle('samara').catch(() => undefined)
  await folder?.removeEntry(enc(name), { recursive: true }).catch((error: DOMException) => {
    if (error.name !== 'NotFoundError') throw error
  })
  await Promise.all([mountOf(name), rowsOf(name)].map((database) => deleteDatabase(database, true)))
}
