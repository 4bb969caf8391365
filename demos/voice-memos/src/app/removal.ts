// Deleting with a way back: the row goes at once and its share is paused; after a while both are gone for good. What is
// still to be deleted when the page closes is deleted at its next start.
import type { Samara, Share } from 'samara-sdk'
import { titleOf } from './names.js'
import type { Engine } from './samara.js'
import type { Library } from './library.js'
import { forgetNote } from './link_notes.js'
import { readLocal, writeLocal } from './local.js'
import type { Store } from './store.js'

const PENDING = 'to delete'
const UNDO_MS = 8000

function readPending(): string[] {
  try {
    const kept: unknown = JSON.parse(readLocal(PENDING) ?? '[]')
    return Array.isArray(kept) ? kept.filter((id): id is string => typeof id === 'string') : []
  } catch {
    return []
  }
}

export class Removal {
  readonly #pending = new Set(readPending())
  #last: { id: string; timer: ReturnType<typeof setTimeout> } | undefined

  constructor(private readonly engine: Engine, private readonly store: Store, private readonly library: Library, private readonly onGone: () => void) {
    library.isHidden = (id) => this.#pending.has(id)
  }

  /** Finishes what an earlier visit began. */
  async finishEarlier(samara: Samara): Promise<void> {
    for (const id of this.#pending) if (id !== this.#last?.id) await this.#finish(samara, id)
  }

  remove(id: string): void {
    const item = this.library.item(id)
    if (!item || this.#pending.has(id)) return
    this.#finishLast() // only the last one can be brought back
    this.#pending.add(id)
    this.#keepPending()
    const timer = setTimeout(() => this.#finishLast(), UNDO_MS)
    this.#last = { id, timer }
    for (const share of this.#sharesOf(id)) void share.pause().catch(() => undefined)
    const { open } = this.store.state
    this.store.set({ undo: { title: titleOf(item.name) }, ...(open === id && { open: undefined }) })
    this.library.show()
  }

  undo(): void {
    const last = this.#last
    if (!last) return
    clearTimeout(last.timer)
    this.#last = undefined
    this.#pending.delete(last.id)
    this.#keepPending()
    for (const share of this.#sharesOf(last.id)) void share.resume().catch(() => undefined)
    this.store.set({ undo: undefined })
    this.library.show()
  }

  /** Its own, and those of several that it is in. */
  #sharesOf(id: string): Share[] {
    const own = this.library.shareOf(id)
    return [...(own ? [own] : []), ...this.library.bundlesWith(id)]
  }

  #finishLast(): void {
    const last = this.#last
    if (!last) return
    clearTimeout(last.timer)
    this.#last = undefined
    this.store.set({ undo: undefined })
    void this.engine.open().then((samara) => this.#finish(samara, last.id)).catch(() => undefined) // at the next start, then
  }

  async #finish(samara: Samara, id: string): Promise<void> {
    for (const share of this.library.bundlesWith(id)) await share.stop().catch(() => undefined)
    if (await samara.item(id)) await samara.remove(id)
    forgetNote(id)
    await this.library.refresh()
    this.#pending.delete(id)
    this.#keepPending()
    this.onGone()
  }

  #keepPending(): void {
    writeLocal(PENDING, this.#pending.size > 0 ? JSON.stringify([...this.#pending]) : undefined)
  }
}
