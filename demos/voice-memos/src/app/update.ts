// Keeps the app itself on this device and notices when a newer version of it waits. A newer version is used only after
// a person's tap, and never while something is on its way. Knows no screens and no memos.

export type UpdateState = 'none' | 'ready' | 'after-transfer'

export interface UpdateOptions {
  appBase: URL // the app's folder
  isBusy(): boolean // bytes are moving, or a recording runs
  onState(state: UpdateState): void
}

export interface Updates {
  /** The person's tap: uses the version that waits and reloads once. While busy it only says so. */
  apply(): void
  /** Looks again whether the app is busy; worth calling when a transfer ends. */
  look(): void
}

const HOUR_MS = 3_600_000
const MIN_BETWEEN_CHECKS_MS = 60_000 // coming back to the app asks the host again, at most this often
const BUSY_LOOK_MS = 2000 // while a version waits for a transfer's end

/**
 * One state machine: `newer` is set while there is a version to go to. A version that is installed waits; one that
 * another tab has switched to is active already, and then a reload is all that is missing.
 */
class UpdateWatch implements Updates {
  #newer: 'no' | 'waits' | 'active' = 'no'
  #state: UpdateState = 'none'
  #tapped = false
  #timer: ReturnType<typeof setInterval> | undefined
  #checkedAt = Date.now()

  constructor(private readonly registration: ServiceWorkerRegistration, private readonly options: UpdateOptions) {
    let hadController = navigator.serviceWorker.controller !== null
    navigator.serviceWorker.addEventListener('controllerchange', () => {
      if (hadController || this.#tapped) this.#onTakenOver() // the first one ever only takes in the page that installed it
      hadController = true
    })
    registration.addEventListener('updatefound', () => this.#follow())
    this.#follow()
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState === 'visible' && Date.now() - this.#checkedAt > MIN_BETWEEN_CHECKS_MS) this.#check()
    })
    setInterval(() => this.#check(), HOUR_MS)
  }

  apply(): void {
    this.look()
    if (this.#state !== 'ready') return
    this.#tapped = true
    if (this.#newer === 'active' || !this.registration.waiting) return location.reload()
    this.registration.waiting.postMessage('use-new-version')
  }

  look(): void {
    const busy = this.#newer !== 'no' && this.options.isBusy()
    const state = this.#newer === 'no' ? 'none' : busy ? 'after-transfer' : 'ready'
    if (busy) this.#timer ??= setInterval(() => this.look(), BUSY_LOOK_MS)
    else {
      clearInterval(this.#timer)
      this.#timer = undefined
    }
    if (state === this.#state) return
    this.#state = state
    this.options.onState(state)
  }

  /** A worker that is being installed beside an active one becomes a version that waits; a first one does not. */
  #follow(): void {
    const { installing, waiting, active } = this.registration
    if (waiting && active) this.#found('waits')
    if (!installing) return
    installing.addEventListener('statechange', () => {
      if (installing.state === 'installed' && this.registration.active) this.#found('waits')
    })
  }

  #found(newer: 'waits' | 'active'): void {
    this.#newer = newer
    this.look()
  }

  /** The other version has the page now: reloads if that was wanted here, and asks if another tab wanted it. */
  #onTakenOver(): void {
    const wanted = this.#tapped
    this.#tapped = false
    this.#found('active')
    if (wanted && this.#state === 'ready') location.reload()
  }

  #check(): void {
    this.#checkedAt = Date.now()
    this.registration.update().catch(() => undefined) // offline: next time
  }
}

/** After the page has loaded, so that keeping the app does not compete with opening it. */
const loaded = (): Promise<void> => document.readyState === 'complete' ? Promise.resolve()
  : new Promise((resolve) => addEventListener('load', () => resolve(), { once: true }))

async function register(options: UpdateOptions): Promise<UpdateWatch | undefined> {
  if (!('serviceWorker' in navigator)) return undefined
  await loaded()
  try {
    const script = new URL('sw.js', options.appBase).href
    const { pathname } = options.appBase
    return new UpdateWatch(await navigator.serviceWorker.register(script, { scope: pathname, updateViaCache: 'none' }), options)
  } catch (error) {
    console.warn('the app is not kept for offline use', error)
    return undefined
  }
}

/** Starts at once and never fails: where nothing can be kept there are no updates. */
export function watchUpdates(options: UpdateOptions): Updates {
  let watch: UpdateWatch | undefined
  void register(options).then((started) => { watch = started })
  return { apply: () => watch?.apply(), look: () => watch?.look() }
}
