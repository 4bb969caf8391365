// The one state of the app, and who hears of a change. Knows nothing of what the state means, nothing of the page.
import type { App, Settings } from '../view/model.js'

export const initialApp = (settings: Settings): App => ({
  screen: 'library', wide: false, ready: false, memos: [], incoming: [], bundles: [],
  recorder: { step: 'off' }, receive: { step: 'paste' },
  online: true, storage: 'kept', persisted: false, usedBytes: 0, update: 'none', canRelay: false, canScan: false, settings,
})

export class Store {
  #state: App
  readonly #listeners: (() => void)[] = []

  constructor(state: App) { this.#state = state }

  get state(): App { return this.#state }

  /** Replaces what is named; the old state stays as it was. */
  set(change: Partial<App>): void {
    this.#state = { ...this.#state, ...change }
    for (const listener of this.#listeners) listener()
  }

  onChange(listener: () => void): void { this.#listeners.push(listener) }
}
