// Opens the package for this app, and opens it anew when a setting asks for other connections. Holds the page's handle
// for tests and the story. Knows nothing of memos.
import { open, type LogEntry, type OpenOptions, type Samara } from 'samara-sdk'
import type { App, Settings } from '../view/model.js'
import { isOnThisComputer, shareBase } from './address.js'
import { storeName } from './local.js'
import { codeOf } from './trouble.js'

interface DemoHandle {
  samara: Samara | undefined
  log: (LogEntry & { seenUs: number })[] // seenUs: when this page saw it, on the clock of the marks
  marks: Record<string, number>
  state: App | undefined
}
declare global { interface Window { samaraDemo: DemoHandle } }

const MAX_LOG_ENTRIES = 5000
const OTHER_TABS_MS = 5000 // until all tabs have heard of a setting
const RETRY_MS = 200
export const handle: DemoHandle = { samara: undefined, log: [], marks: {}, state: undefined }
window.samaraDemo = handle

const nowUs = (): number => Math.round(performance.now() * 1000)

/** Notes when something happened for the first time that only the page knows, in microseconds since its time origin. */
export function mark(name: string): void {
  handle.marks[name] ??= nowUs()
}

function keepEntry(entry: LogEntry): void {
  if (handle.log.length < MAX_LOG_ENTRIES) handle.log.push({ ...entry, seenUs: nowUs() })
}

/** Tracing is on when the session asks for it before the page loads. */
function isTraced(): boolean {
  try {
    return sessionStorage.getItem('samara-trace') === '1'
  } catch {
    return false
  }
}

const metaOf = (name: string): string => document.querySelector<HTMLMetaElement>(`meta[name="${name}"]`)?.content.trim() ?? ''

/** The relay that the page names, a TURN server as RTCPeerConnection wants it. */
function relayOfPage(): RTCIceServer | undefined {
  const text = metaOf('samara-relay')
  if (!text) return undefined
  try {
    const server = JSON.parse(text) as RTCIceServer
    return [server.urls].flat().some((url) => /^turns?:/.test(url)) ? server : undefined
  } catch {
    console.warn('meta samara-relay is not the JSON of a TURN server')
    return undefined
  }
}

const relay = relayOfPage()
export const canRelay = relay !== undefined

/** With an address to hide and no relay, open() refuses: nothing ever goes the direct way instead. */
function optionsFor(settings: Settings, source: NonNullable<OpenOptions['source']>): OpenOptions {
  const trackers = metaOf('samara-trackers')
  const hasNoServers = metaOf('samara-ice') === 'none' || isOnThisComputer(location.hostname)
  return {
    name: storeName,
    shareBase,
    source,
    seeding: settings.seeding,
    log: isTraced() ? keepEntry : 'warn',
    ...(trackers && { trackers: trackers.split(/\s+/) }),
    ...(relay ? { iceServers: [relay] } : hasNoServers && { iceServers: [] }),
    ...(settings.hideAddress && { iceTransportPolicy: 'relay' as const }),
  }
}

/** The package, open at most once in this page. What it gives is replaced by reopen(), so nobody keeps it for long. */
export class Engine {
  #current: Promise<Samara> | undefined
  #isClosing = false
  /** Gives the bytes of what is shared without a copy, after a reload. */
  sourceOf: (key: string | undefined) => Promise<File[] | undefined> = () => Promise.resolve(undefined)
  readonly #listeners: ((samara: Samara) => void)[] = []

  constructor(private readonly settings: () => Settings) {}

  /** Opens it, or gives the one that is open. After a failure the next call tries again. */
  open(): Promise<Samara> {
    this.#current ??= this.#open()
    return this.#current
  }

  /** Calls back with every Samara that is opened from now on. */
  onOpen(listener: (samara: Samara) => void): void { this.#listeners.push(listener) }

  /** The same store with the settings of now; what runs goes on by itself. */
  async reopen(): Promise<Samara> {
    const before = this.#current
    this.#isClosing = true
    const closed = before?.then((samara) => samara.close()).catch(() => undefined)
    this.#current = Promise.resolve(closed).then(() => this.#open())
    try {
      return await this.#current
    } finally {
      this.#isClosing = false
    }
  }

  /** Errors of this time mean nothing: the page itself is closing the old one. */
  get isReopening(): boolean { return this.#isClosing }

  async #open(): Promise<Samara> {
    try {
      const samara = await this.#openPatiently(performance.now() + OTHER_TABS_MS)
      handle.samara = samara
      mark('opened')
      for (const listener of this.#listeners) listener(samara)
      return samara
    } catch (error) {
      this.#current = undefined
      throw error
    }
  }

  /** A changed setting reaches all tabs, and for a moment they disagree. */
  async #openPatiently(until: number): Promise<Samara> {
    for (;;) {
      try {
        return await open(optionsFor(this.settings(), ({ key }) => this.sourceOf(key)))
      } catch (error) {
        if (codeOf(error) !== 'already-open' || performance.now() > until) throw error
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS))
      }
    }
  }
}
