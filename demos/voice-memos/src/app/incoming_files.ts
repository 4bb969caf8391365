// What comes to the app from outside of it: sound that another app shared (kept by the service worker, src/sw.js), files
// opened with it, and links that open where the app is open already. Decides nothing about them.

/** The address at the very start, before the app puts something else into the address bar. */
const openedAt = typeof location === 'undefined' ? '' : location.href

interface LaunchParams { targetURL?: string; files?: readonly { getFile(): Promise<File> }[] }
interface LaunchQueue { setConsumer(consumer: (launch: LaunchParams) => void): void }

export interface Launch { url: URL | undefined; files: File[] }

/** The address says that the service worker has put files aside for this start. */
export const isFromShare = (): boolean => new URL(openedAt).hash === '#from-share'

const sharedCache = (appBase: URL): string => `shared-files ${appBase.pathname}`

async function takeOne(cache: Cache, request: Request): Promise<File | undefined> {
  const response = await cache.match(request)
  await cache.delete(request)
  if (!response) return undefined
  const type = response.headers.get('content-type') ?? ''
  let name = 'file'
  try {
    name = decodeURIComponent(response.headers.get('x-name') ?? name)
  } catch { /* not ours: the name does not matter */ }
  return new File([await response.blob()], name, { type })
}

/**
 * The files that another app shared with this one, each handed out once. Empty although isFromShare(): they could not
 * be kept, most likely for want of space.
 */
export async function takeSharedFiles(appBase: URL): Promise<File[]> {
  const name = sharedCache(appBase)
  try {
    if (!('caches' in globalThis) || !await caches.has(name)) return []
    const cache = await caches.open(name)
    const files: File[] = []
    for (const request of await cache.keys()) {
      const file = await takeOne(cache, request)
      if (file) files.push(file)
    }
    if (files.length === 0) await caches.delete(name)
    return files
  } catch (error) {
    console.warn('what was shared could not be read', error)
    return []
  }
}

/**
 * Calls back with what the system opens in this window while the app is open (links, the menu's shortcuts, files), and
 * with files it was started with. The address it was started with is not repeated: the app reads that itself.
 */
export function watchLaunches(onLaunch: (launch: Launch) => void): void {
  const { launchQueue } = globalThis as { launchQueue?: LaunchQueue }
  let isStart = true
  launchQueue?.setConsumer((launch) => {
    const isRepeated = isStart && launch.targetURL === openedAt
    isStart = false
    void (async () => {
      const opened = await Promise.all((launch.files ?? []).map((handle) => handle.getFile().catch(() => undefined)))
      const files = opened.filter((file) => file !== undefined)
      const url = launch.targetURL && !isRepeated ? new URL(launch.targetURL) : undefined
      if (files.length > 0 || url) onLaunch({ url, files })
    })()
  })
}
