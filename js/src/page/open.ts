// Owns: open() and destroy(): options, the lock that makes a store one tab's, wiring, and the page's life cycle.
import type { LogEntry, OpenOptions } from '../api'
import { ICE_SERVERS, onThisMachine, TRACKERS } from '../defaults'
import { SamaraError, unsupported } from '../shared/errors'
import type { Placement, StoreKind, ToPage } from '../shared/messages'
import { In } from '../shared/records'
import { Bridge } from './bridge'
import { Peers } from './peers'
import { Samara } from './samara'
import { stretch } from './stretch'

const LOCK_WAIT_MS = 400 // a reload may release the lock late; another tab is reported within 500 ms
const STORE_BYTES = 128 * 1024 * 1024 // all of it is loaded into memory
const SHUTDOWN_MS = 2_000
const FROZEN_SHOWN_MS = 10_000 // after the page is back

interface Opened { samara: Promise<Samara>; fingerprint: string; count: number }
const opened = new Map<string, Opened>()
/** Stores that are being closed: opening one again waits for it. */
const closing = new Map<string, Promise<void>>()

/** The mount point, which is also the name of the database. */
export const mountOf = (name: string): string => `/samara/${encodeURIComponent(name).replaceAll('.', '%2E')}/v1`

/** Holds the exclusive right to a store. Resolves to what gives it back; without Web Locks there is only this tab. */
async function lock(name: string): Promise<() => void> {
  if (!navigator.locks) return () => {}
  const id = mountOf(name).slice(1)
  const patience = new AbortController()
  const granted = new Promise<() => void>((resolve, reject) => {
    const held = () => new Promise<void>((release) => resolve(release))
    navigator.locks.request(id, { signal: patience.signal }, held).catch(reject)
  })
  for (;;) {
    const late = new Promise<undefined>((resolve) => setTimeout(resolve, LOCK_WAIT_MS))
    const release = await Promise.race([granted, late])
    if (release) return release
    // On a busy page the news of a lock that is ours may be late; one that is another's leaves us in the queue.
    if ((await navigator.locks.query()).pending?.some((lock) => lock.name === id)) break
  }
  granted.catch(() => {})
  patience.abort()
  throw new SamaraError('already-open')
}

export function open(options: OpenOptions = {}): Promise<Samara> {
  const name = options.name ?? 'default'
  const { signal, ...rest } = options
  if (signal?.aborted) return Promise.reject(new SamaraError('aborted'))
  const fingerprint = JSON.stringify(rest, (_, value) => (typeof value === 'function' ? 'function' : value))
  const known = opened.get(name)
  if (known && known.fingerprint !== fingerprint) return Promise.reject(new SamaraError('already-open'))
  if (known) {
    known.count++
    return known.samara
  }
  const entry: Opened = { samara: begin(name, options), fingerprint, count: 1 }
  opened.set(name, entry)
  entry.samara.then(
    (samara) => {
      const end = samara.onclose
      let ended: Promise<void> | undefined
      samara.onclose = async () => {
        if (--entry.count > 0) return
        if (!ended) {
          opened.delete(name)
          closing.set(name, (ended = end().finally(() => closing.delete(name))))
        }
        return ended
      }
    },
    () => opened.delete(name),
  )
  return entry.samara
}

async function begin(name: string, options: OpenOptions): Promise<Samara> {
  const { store, relayOnly } = check(options)
  const { signal } = options
  await closing.get(name)
  const locked = lock(name)
  locked.catch(() => {})
  let samara!: Samara
  let peers!: Peers
  let origin = performance.timeOrigin
  const ready = (message: Extract<ToPage, { t: 'ready' }>) => {
    origin = message.origin
    samara.storeKind = message.store
    if (store === 'idbfs' && message.store === 'memory') samara.found('storage-fallback', 'Nothing is kept after the page closes.')
  }
  const bridge = new Bridge({
    message: (message) => (message.t === 'ready' ? ready(message) : take(message, samara, peers, bridge)),
    turn: () => peers?.settle(),
    starting: () => tell(true),
    restarted: () => void samara.resync().catch(() => {}),
  })
  let held = 0
  const tell = (online = navigator.onLine) => bridge.post({ t: 'in', kind: In.network, handle: 0, a: +online | (held = seedingHeld(options.seeding)) })
  const tellHeld = () => held !== seedingHeld(options.seeding) && tell()
  const abort = () => bridge.stop(new SamaraError('aborted'))
  signal?.addEventListener('abort', abort)
  let unlock = () => {}
  try {
    unlock = await locked
    const iceServers = options.iceServers ?? (onThisMachine(location.hostname) ? [] : ICE_SERVERS)
    const level = { silent: -1, warn: 0, info: 1, debug: 2 }[typeof options.log === 'function' ? 'debug' : (options.log ?? 'warn')]
    samara = new Samara(bridge, options, logger(options.log))
    peers = new Peers({
      iceServers: typeof iceServers === 'function' ? iceServers : async () => iceServers,
      iceTransportPolicy: relayOnly ? 'relay' : 'all',
      placement: (options as { placement?: Placement }).placement ?? 'relay',
      post: (message, transfers) => bridge.post(message, transfers),
      log: (code, dial) => {
        if (level > 1) samara.logCode(2, 'host', code, dial, Math.floor((performance.timeOrigin + performance.now() - origin) * 1000))
      },
    })
    await bridge.open({
      t: 'start',
      config: configOf(options, typeof iceServers === 'function' || iceServers.length > 0),
      store,
      orMemory: !options.store || options.store === 'auto',
      mount: mountOf(name),
      storeBytes: Math.min(STORE_BYTES, options.limits?.storeBytes ?? STORE_BYTES),
      log: level,
    })
  } catch (error) {
    bridge.stop()
    unlock()
    throw error
  } finally {
    signal?.removeEventListener('abort', abort)
  }
  const unwatch = watchPage(bridge, samara, tell, tellHeld)
  samara.onclose = async () => {
    unwatch()
    const late = new Promise((resolve) => setTimeout(resolve, SHUTDOWN_MS))
    await Promise.race([bridge.call(In.shutdown).catch(() => {}), late])
    await bridge.closeStore()
    bridge.stop()
    peers.closeAll()
    samara.ended(new SamaraError('closed'))
    unlock()
  }
  return samara
}

/** One message of the worker. Connections and bytes for the page's peers, passwords for a worker, the rest for Samara. */
function take(message: ToPage, samara: Samara, peers: Peers, bridge: Bridge): void {
  if (message.t === 'peer') peers.handle(message)
  else if (message.t === 'stretch') void stretch(message, bridge)
  else if (message.t === 'send') peers.send(message.channel, message.bytes)
  else if (message.t === 'fatal') {
    peers?.closeAll()
    samara?.logCode(0, 'host', 'engine-restarted', 0, 0)
  } else samara.receiveMessage(message)
}

interface Connection extends EventTarget { type?: string; saveData?: boolean; metered?: boolean }
const connection = (): Connection | undefined => (navigator as { connection?: Connection }).connection
const isHidden = () => document.visibilityState === 'hidden'

/** The bits of In.network that hold seeding back. What a browser does not tell holds nothing. */
function seedingHeld(seeding: OpenOptions['seeding']): number {
  const { type, saveData, metered } = connection() ?? {}
  if (seeding === 'unmetered' && (metered || saveData || type === 'cellular')) return 2
  return seeding === 'visible' && isHidden() ? 4 : 0
}

/** Comes back at once when the page does; makes everything durable when it may be its last moment. */
function watchPage(bridge: Bridge, samara: Samara, tell: () => void, tellHeld: () => void): () => void {
  let frozenAt: Date | undefined
  const awake = () => tell()
  const asleep = () => bridge.post({ t: 'flush' })
  const visibility = () => {
    if (!isHidden()) return tell()
    asleep()
    tellHeld()
  }
  const freeze = () => {
    frozenAt = new Date()
    asleep()
  }
  const resume = () => {
    tell()
    samara.found('page-frozen', 'The browser froze this page.', frozenAt)
    setTimeout(() => samara.found('page-frozen'), FROZEN_SHOWN_MS)
  }
  const ends = new AbortController()
  const on = (target: EventTarget | undefined, types: string[], f: () => void) => types.forEach((type) => target?.addEventListener(type, f, { signal: ends.signal }))
  on(window, ['online', 'offline', 'pageshow'], awake)
  on(connection(), ['change'], tellHeld) // rates and delays change all the time
  on(window, ['pagehide'], asleep)
  on(document, ['freeze'], freeze)
  on(document, ['resume'], resume)
  on(document, ['visibilitychange'], visibility)
  return () => ends.abort()
}

/** Refuses what is not built or not possible here, before anything is started. */
function check({ store = 'auto', iceTransportPolicy, iceServers }: OpenOptions): { store: StoreKind; relayOnly: boolean } {
  if (insecure() || typeof Worker === 'undefined' || typeof WebAssembly === 'undefined' || typeof document === 'undefined') throw missing()
  if (store === 'opfs' || store === 'idb') throw unsupported(`store: '${store}' is not built yet.`)
  const relayOnly = iceTransportPolicy === 'relay'
  if (relayOnly && typeof iceServers !== 'function' && !(iceServers ?? []).some(({ urls }) => [urls].flat().some((url) => /^turns?:/.test(url)))) {
    throw unsupported("iceTransportPolicy: 'relay' needs a TURN server in iceServers.")
  }
  return { store: store === 'memory' ? 'memory' : 'idbfs', relayOnly }
}

/** Browsers keep Web Locks, which keep two tabs out of one store, from such pages. */
export const insecure = (): boolean => globalThis.isSecureContext === false
export const missing = (): SamaraError => (insecure() ? new SamaraError('insecure-context') : unsupported('Samara runs in browser windows.'))

function configOf({ trackers, shareBase, limits = {}, seeding }: OpenOptions, hasIceServers: boolean) {
  const base = new URL(String(shareBase ?? '.'), document.baseURI)
  base.hash = ''
  const builtIn = onThisMachine(location.hostname) ? [] : TRACKERS
  return {
    allow_insecure_trackers: true,
    builtin_trackers: builtIn,
    download_rate: limits.downloadBytesPerSecond,
    has_ice_servers: hasIceServers,
    has_store: true,
    item_bytes_max: limits.itemBytes,
    peer_connections_max: limits.peerConnections,
    seeding: seeding !== 'never',
    share_base: base.href,
    store_bytes_max: limits.storeBytes,
    trackers: trackers ?? builtIn,
    upload_rate: limits.uploadBytesPerSecond,
  }
}

function logger(log: OpenOptions['log'] = 'warn'): (entry: LogEntry) => void {
  if (typeof log === 'function') return log
  return ({ level, area, code, data }) => console[level](`samara ${area}: ${code}`, data)
}

/** Deletes the store of that name, whole. Refuses while a tab has it open. */
export async function destroy(name = 'default'): Promise<void> {
  if (insecure() || typeof document === 'undefined') throw missing()
  if (opened.has(name)) throw new SamaraError('already-open')
  await closing.get(name)
  const unlock = await lock(name)
  try {
    await new Promise<void>((resolve, reject) => {
      const request = indexedDB.deleteDatabase(mountOf(name))
      request.onsuccess = () => resolve()
      request.onerror = request.onblocked = () => reject(new SamaraError('storage-lost'))
    })
  } finally {
    unlock()
  }
}
