// Owns: open() and destroy(): options, wiring, and the ends. Which tab runs the engine is decided by leader.ts.
import type { LogEntry, OpenOptions } from '../api'
import { ICE_SERVERS, onThisMachine, TRACKERS } from '../defaults'
import { SamaraError, unsupported } from '../shared/errors'
import type { Placement, ToPage, ToWorker } from '../shared/messages'
import { destroyPlaces, lockOf } from '../shared/places'
import { In } from '../shared/records'
import { Bridge } from './bridge'
import { Leadership } from './leader'
import { seedingHeld, watchPage } from './life'
import { Peers } from './peers'
import { Samara } from './samara'
import { stretch } from './stretch'

const LOCK_WAIT_MS = 400 // for destroy(): a tab that was closed may release the lock late

const LEVELS = { silent: -1, warn: 0, info: 1, debug: 2 }

type Start = Extract<ToWorker, { t: 'start' }>
interface Opened { samara: Promise<Samara>; fingerprint: string; count: number }
const opened = new Map<string, Opened>()
/** Stores that are being closed: opening one again waits for it. */
const closing = new Map<string, Promise<void>>()

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
  const forget = () => void (opened.get(name) === entry && opened.delete(name))
  opened.set(name, entry)
  entry.samara.then((samara) => {
    const end = samara.onclose
    let ended: Promise<void> | undefined
    samara.onfailed = forget
    samara.onclose = async () => {
      if (--entry.count > 0) return
      if (!ended) {
        forget()
        closing.set(name, (ended = end().finally(() => closing.delete(name))))
      }
      return ended
    }
  }, forget)
  return entry.samara
}

async function begin(name: string, options: OpenOptions): Promise<Samara> {
  const relayOnly = check(options)
  const { signal, store = 'auto', limits, seeding } = options
  const iceServers = options.iceServers ?? (onThisMachine(location.hostname) ? [] : ICE_SERVERS)
  const log = LEVELS[typeof options.log === 'function' ? 'debug' : (options.log ?? 'warn')]
  const config = configOf(options, typeof iceServers === 'function' || iceServers.length > 0)
  const start = (stolen: boolean): Start =>
    ({ t: 'start', config, store, name, stolen, storeBytes: limits?.storeBytes, tab: leadership.tab, relayOnly, log })
  await closing.get(name)
  if (signal?.aborted) throw new SamaraError('aborted')
  let origin = performance.timeOrigin
  const opened = ({ origin: at, store: kind, fell }: Extract<ToPage, { t: 'ready' }>) => {
    origin = at
    samara.stored(kind, fell)
    leadership.answers(kind)
  }
  const bridge = new Bridge({
    message: (message) => {
      if (message.t === 'ready') opened(message)
      else if (message.t === 'lost') leadership.lost(message.why)
      else take(message, samara, peers, bridge)
    },
    turn: () => peers.settle(),
    trapped: (error) => leadership.trapped(error),
    starting: () => tell(true),
  })
  const samara = new Samara(bridge, options, logger(options.log))
  const peers = new Peers({
    iceServers: typeof iceServers === 'function' ? iceServers : async () => iceServers,
    iceTransportPolicy: relayOnly ? 'relay' : 'all',
    placement: (options as { placement?: Placement }).placement,
    post: (message, transfers) => bridge.post(message, transfers),
    log: (code, dial) => {
      if (log > 1) samara.logCode(2, 'host', code, dial, Math.floor((performance.timeOrigin + performance.now() - origin) * 1000))
    },
  })
  const end = (error: SamaraError) => {
    unwatch()
    peers.closeAll()
    samara.ended(error)
  }
  const leadership = new Leadership(name, relayOnly, bridge, {
    run: (stolen) => bridge.run(start(stolen)),
    engine: (cleared) => void samara.resync(cleared).catch(() => {}),
    ended: () => peers.closeAll(),
    role: (role) => samara.led(role),
    silent: (isSilent) => samara.found('other-tab', isSilent ? 'Another tab has the store and does not answer.' : undefined, { action: 'switch-tab' }),
    failed: (error) => {
      end(error)
      samara.onfailed()
    },
  })
  let held = 0
  const tell = (online = navigator.onLine) => {
    held = seedingHeld(seeding)
    if (leadership.role === 'leader') bridge.post({ t: 'in', kind: In.network, handle: 0, a: +online | held })
  }
  const unwatch = watchPage({
    leadership, tell,
    tellHeld: () => held !== seedingHeld(seeding) && tell(),
    flush: () => bridge.post({ t: 'flush' }),
    frozenSince: (since) => samara.found('page-frozen', since && 'The browser froze this page.', { since }),
  })
  samara.onclose = async () => {
    await leadership.close()
    end(new SamaraError('closed'))
  }
  await begun(leadership, end, signal)
  return samara
}

/** Settles with the first engine, unless the signal ends it before. */
async function begun(leadership: Leadership, end: (error: SamaraError) => void, signal: AbortSignal | undefined): Promise<void> {
  const abort = () => leadership.fail(new SamaraError('aborted'))
  signal?.addEventListener('abort', abort)
  try {
    await leadership.begin()
  } catch (error) {
    end(error as SamaraError)
    throw error
  } finally {
    signal?.removeEventListener('abort', abort)
  }
}

/** One message of the worker. Connections and bytes for the page's peers, passwords for a worker, the rest for Samara. */
function take(message: ToPage, samara: Samara, peers: Peers, bridge: Bridge): void {
  if (message.t === 'peer') peers.handle(message)
  else if (message.t === 'stretch') void stretch(message, bridge)
  else if (message.t === 'send') peers.send(message.channel, message.bytes)
  else if (message.t === 'fatal') {
    peers.closeAll()
    samara.logCode(0, 'host', 'engine-restarted', 0, 0)
  } else samara.receiveMessage(message)
}

/** Refuses what is not possible here, before anything is started. Says whether all connections must go over relays. */
function check({ iceTransportPolicy, iceServers }: OpenOptions): boolean {
  if (insecure() || typeof Worker === 'undefined' || typeof WebAssembly === 'undefined' || typeof document === 'undefined') throw missing()
  const relayOnly = iceTransportPolicy === 'relay'
  if (relayOnly && typeof iceServers !== 'function' && !(iceServers ?? []).some(({ urls }) => [urls].flat().some((url) => /^turns?:/.test(url)))) {
    throw unsupported("iceTransportPolicy: 'relay' needs a TURN server in iceServers.")
  }
  return relayOnly
}

/** Browsers keep Web Locks, which keep two tabs out of one store, from such pages. */
export const insecure = (): boolean => globalThis.isSecureContext === false
export const missing = (): SamaraError => (insecure() ? new SamaraError('insecure-context') : unsupported('Samara runs in browser windows.'))

function configOf({ trackers, shareBase, limits = {}, seeding, freeSpace }: OpenOptions, hasIceServers: boolean) {
  const base = new URL(String(shareBase ?? '.'), document.baseURI)
  base.hash = ''
  const builtIn = onThisMachine(location.hostname) ? [] : TRACKERS
  return {
    allow_insecure_trackers: true,
    builtin_trackers: builtIn,
    download_rate: limits.downloadBytesPerSecond,
    evict: freeSpace === 'received',
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
  const work = () => destroyPlaces(name).catch((error) => {
    throw new SamaraError('storage-lost', String(error))
  })
  if (!navigator.locks) return work()
  const patience = new AbortController()
  const late = setTimeout(() => patience.abort(), LOCK_WAIT_MS)
  await navigator.locks.request(lockOf(name), { signal: patience.signal }, () => (clearTimeout(late), work())).catch((error) => {
    throw error?.name === 'AbortError' ? new SamaraError('already-open') : error
  })
}
