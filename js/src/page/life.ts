// Owns: what happens to a page as such: seen or hidden, frozen, online, on a metered network. Says so to those who act on it.
import type { OpenOptions } from '../api'
import type { Leadership } from './leader'

const FROZEN_SHOWN_MS = 10_000 // after the page is back

interface Connection extends EventTarget { type?: string; saveData?: boolean; metered?: boolean }
const connection = (): Connection | undefined => (navigator as { connection?: Connection }).connection
const isHidden = () => document.visibilityState === 'hidden'

/** The bits of In.network that hold seeding back. What a browser does not tell holds nothing. */
export function seedingHeld(seeding: OpenOptions['seeding']): number {
  const { type, saveData, metered } = connection() ?? {}
  if (seeding === 'unmetered' && (metered || saveData || type === 'cellular')) return 2
  return seeding === 'visible' && isHidden() ? 4 : 0
}

interface Watched {
  leadership: Leadership
  /** The engine looks at the network again. */
  tell(): void
  tellHeld(): void
  /** Makes everything durable. */
  flush(): void
  /** Without a date: it is long enough ago. */
  frozenSince(since?: Date): void
}

/** Comes back at once when the page does; makes everything durable when it may be its last moment. Gives what ends it. */
export function watchPage({ leadership, tell, tellHeld, flush, frozenSince }: Watched): () => void {
  let frozenAt: Date | undefined
  const visibility = () => {
    leadership.seen(!isHidden())
    if (!isHidden()) return tell()
    flush()
    tellHeld()
  }
  const freeze = () => {
    frozenAt = new Date()
    flush()
    leadership.frozen()
  }
  const resume = () => {
    tell()
    leadership.resumed()
    frozenSince(frozenAt)
    setTimeout(frozenSince, FROZEN_SHOWN_MS)
  }
  const ends = new AbortController()
  const on = (target: EventTarget | undefined, types: string[], f: (event: Event) => void) => types.forEach((type) => target?.addEventListener(type, f, { signal: ends.signal }))
  on(window, ['online', 'offline'], () => tell()) // not with the event
  on(connection(), ['change'], tellHeld) // rates and delays change all the time
  on(window, ['pagehide'], ({ persisted }: Partial<PageTransitionEvent>) => (persisted ? leadership.frozen() : undefined, flush()))
  on(window, ['pageshow'], () => (tell(), leadership.resumed()))
  on(document, ['freeze'], freeze)
  on(document, ['resume'], resume)
  on(document, ['visibilitychange'], visibility)
  return () => ends.abort()
}
