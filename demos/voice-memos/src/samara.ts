// Opens the package for this app: where its pages are, which trackers it uses, and a trace for those who ask for one.
import { open, type LogEntry, type Samara } from 'samara-sdk'

/** The app's folder, wherever it is hosted: the bundled scripts lie in it. */
export const appBase = new URL('./', import.meta.url)

/** The page that a share link opens. */
export const shareBase = new URL('share/', appBase)

/** A page on this very machine: its links lead nowhere from another device, and it contacts nothing public. */
export const onThisComputer = /^(localhost|.+\.localhost|127(\.\d+){3}|\[::1\])$/.test(location.hostname)

/** What ./run demo --headless looks at. Tracing is on when the session asks for it before the page loads. */
interface DemoHandle {
  samara: Samara | undefined
  log: (LogEntry & { seenUs: number })[] // seenUs: when this page saw it, on the clock of the marks
  marks: Record<string, number>
}
declare global { interface Window { samaraDemo: DemoHandle } }

const MAX_LOG_ENTRIES = 5000
const handle: DemoHandle = { samara: undefined, log: [], marks: {} }
window.samaraDemo = handle

const nowUs = (): number => Math.round(performance.now() * 1000)

/** Notes when something happened that only the page knows, in microseconds since its time origin. */
export function mark(name: string): void {
  handle.marks[name] ??= nowUs()
}

function keepEntry(entry: LogEntry): void {
  if (handle.log.length < MAX_LOG_ENTRIES) handle.log.push({ ...entry, seenUs: nowUs() })
}

function isTraced(): boolean {
  try {
    return sessionStorage.getItem('samara-trace') === '1'
  } catch {
    return false
  }
}

/** The trackers that the page names, or undefined for the package's own list. */
function trackersOfPage(): string[] | undefined {
  const named = document.querySelector<HTMLMetaElement>('meta[name="samara-trackers"]')?.content.trim()
  return named ? named.split(/\s+/) : undefined
}

export async function openSamara(): Promise<Samara> {
  const trackers = trackersOfPage()
  const samara = await open({
    name: 'voice-memos',
    shareBase,
    ...(trackers ? { trackers } : {}),
    ...(onThisComputer ? { iceServers: [] } : {}),
    log: isTraced() ? keepEntry : 'warn',
  })
  handle.samara = samara
  mark('opened')
  return samara
}

/** Keeps the app itself on this device, so that it opens with the network gone. Nothing depends on it. */
export function keepAppOffline(): void {
  if (!('serviceWorker' in navigator)) return
  navigator.serviceWorker.register(new URL('sw.js', appBase), { scope: appBase.pathname }).catch((error: unknown) => {
    console.warn('the app is not kept for offline use', error)
  })
}
