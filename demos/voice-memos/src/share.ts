// The share sheet: makes the link of a memo, shows it with Copy, and says whether it has arrived anywhere.
import type { Item, Samara, Share } from 'samara-sdk'
import { byId, say, show } from './dom.js'
import { fileNameFor, titleOf } from './format.js'
import { onThisComputer } from './samara.js'
import { delivered, errorText, reasonText, sent, shareState, WORDS } from './words.js'

/** Makes the share of a memo, or finds the one there is: the memo's id is its key. */
export function shareMemo(samara: Samara, memo: Item): Promise<Share> {
  return samara.share(memo, { encrypt: false, key: memo.id, name: fileNameFor(memo.name, memo.type, memo.files[0]?.name) })
}

export class ShareSheet {
  readonly #samara: Samara
  readonly #dialog = byId<HTMLDialogElement>('share-sheet')
  readonly #link = byId<HTMLInputElement>('share-link')
  readonly #copy = byId<HTMLButtonElement>('share-copy')
  readonly #send = byId<HTMLButtonElement>('share-send')
  readonly #stop = byId<HTMLButtonElement>('share-stop')
  #share: Share | undefined
  #watch: AbortController | undefined

  constructor(samara: Samara) {
    this.#samara = samara
    this.#copy.addEventListener('click', () => this.#copyLink())
    this.#send.addEventListener('click', () => this.#sendLink())
    this.#stop.addEventListener('click', () => void this.#share?.stop())
    this.#dialog.addEventListener('close', () => this.#watch?.abort())
    show(byId('share-here-only'), onThisComputer)
  }

  async open(memo: Item): Promise<void> {
    this.#watch?.abort()
    this.#watch = new AbortController()
    const { signal } = this.#watch
    this.#share = undefined
    this.#link.value = ''
    this.#setReady(false)
    byId('share-title').textContent = titleOf(memo.name)
    for (const id of ['share-delivered', 'share-reason', 'share-copied']) say(byId(id), '')
    say(byId('share-state'), WORDS.preparing)
    byId('share-sheet').dataset['state'] = 'preparing'
    this.#dialog.showModal()
    try {
      const share = await shareMemo(this.#samara, memo)
      if (signal.aborted) return
      this.#share = share
      this.#link.value = share.url
      this.#setReady(true)
      this.#copy.focus()
      share.addEventListener('change', () => this.#draw(), { signal })
      this.#draw()
    } catch (error) {
      if (signal.aborted) return
      byId('share-sheet').dataset['state'] = 'failed'
      say(byId('share-state'), errorText(error))
    }
  }

  #setReady(ready: boolean): void {
    for (const button of [this.#copy, this.#send, this.#stop]) button.disabled = !ready
    show(this.#send, 'share' in navigator)
  }

  #draw(): void {
    const stats = this.#share?.snapshot
    if (!stats) return
    this.#dialog.dataset['state'] = stats.delivered > 0 && stats.state !== 'stopped' ? 'delivered' : stats.state
    say(byId('share-delivered'), stats.delivered > 0 ? delivered(stats.delivered) : '')
    const isSending = stats.state === 'serving' && stats.delivered === 0 && stats.uploadedBytes > 0
    const isWaitingStill = stats.delivered === 0 || (stats.state !== 'waiting' && stats.state !== 'serving')
    say(byId('share-state'), isSending ? sent(stats.uploadedBytes) : isWaitingStill ? shareState[stats.state] : WORDS.keepOpen)
    say(byId('share-reason'), stats.reason && stats.state !== 'stopped' ? reasonText(stats.reason) : '')
    if (stats.state === 'stopped') this.#setReady(false)
  }

  /** Within the click: Safari refuses the clipboard after an await. */
  #copyLink(): void {
    const select = (): void => {
      this.#link.select()
      say(byId('share-copied'), WORDS.copyFailed)
    }
    if (!navigator.clipboard) return select()
    navigator.clipboard.writeText(this.#link.value).then(() => say(byId('share-copied'), WORDS.copied), select)
  }

  #sendLink(): void {
    navigator.share({ url: this.#link.value }).catch(() => undefined) // closed without choosing: nothing to say
  }
}
