// The list of memos: one row each, with player, Share, Rename and Delete. Rows follow the package's items and shares.
import type { Item, Samara, Share } from 'samara-sdk'
import { byId, make, makeButton, makeIcon, makeIconButton, say, show } from './dom.js'
import { formatDate, formatDuration, formatSize, titleOf } from './format.js'
import { Player } from './player.js'
import { deliveredShort, errorText, WORDS } from './words.js'

interface Row { item: Item; element: HTMLLIElement; player: Player; badge: HTMLElement }

const byNewest = (a: Item, b: Item): number => b.addedAt.getTime() - a.addedAt.getTime()

export class Library {
  readonly #samara: Samara
  readonly #share: (memo: Item) => void
  readonly #list = byId('memos')
  readonly #rows = new Map<string, Row>()
  readonly #watched = new WeakSet<Share>()
  #drawing = Promise.resolve()

  constructor(samara: Samara, share: (memo: Item) => void) {
    this.#samara = samara
    this.#share = share
    samara.addEventListener('items', () => this.draw())
    samara.addEventListener('shares', () => this.draw())
    this.#list.addEventListener('cannotplay', () => say(byId('notice'), WORDS.cannotPlay))
    this.draw()
  }

  /** Draws again after what is being drawn now; the last call wins. */
  draw(): Promise<void> {
    this.#drawing = this.#drawing.then(() => this.#drawNow()).catch((error: unknown) => say(byId('notice'), errorText(error)))
    return this.#drawing
  }

  async #drawNow(): Promise<void> {
    const items = [...(await this.#samara.items())].sort(byNewest)
    const ids = new Set(items.map((item) => item.id))
    for (const [id, row] of this.#rows) if (!ids.has(id)) this.#drop(row)
    items.forEach((item, index) => {
      const row = this.#rowOf(item)
      if (this.#list.children[index] !== row.element) this.#list.insertBefore(row.element, this.#list.children[index] ?? null)
    })
    show(byId('empty'), items.length === 0)
    document.body.dataset['library'] = items.length === 0 ? 'empty' : 'filled'
    for (const share of await this.#samara.shares()) this.#watchShare(share)
  }

  /** The row of a memo: the one there is, unless what it shows has changed. */
  #rowOf(item: Item): Row {
    const old = this.#rows.get(item.id)
    if (old && old.item.name === item.name && old.item.durationSeconds === item.durationSeconds) return old
    const row = this.#makeRow(item)
    if (old) this.#drop(old)
    this.#rows.set(item.id, row)
    return row
  }

  #drop(row: Row): void {
    row.player.close()
    row.element.remove()
    this.#rows.delete(row.item.id)
  }

  #makeRow(item: Item): Row {
    const title = titleOf(item.name)
    const player = new Player({ title, peaks: item.meta['peaks'], durationSeconds: item.durationSeconds, src: () => item.src() })
    const badge = make('span', { class: 'badge', text: item.origin === 'received' ? WORDS.received : '' })
    const facts = [formatDate(item.createdAt ?? item.addedAt), formatSize(item.size)]
    if (item.durationSeconds) facts.splice(1, 0, formatDuration(item.durationSeconds))
    const about = make('p', { class: 'about' })
    about.append(make('span', { text: facts.join(' · ') }), badge)
    const share = makeButton(WORDS.share, () => this.#share(item), { class: 'share-button', label: WORDS.shareMemo(title) })
    share.prepend(makeIcon('share'))
    const actions = make('div', { class: 'actions' }, share,
      makeIconButton('rename', WORDS.rename(title), () => this.#rename(item)),
      makeIconButton('delete', WORDS.delete(title), () => this.#delete(item)))
    const head = make('div', { class: 'row-head' }, make('div', { class: 'row-title' }, make('h2', { text: title }), about), actions)
    const element = make('li', { class: 'memo' }, head, player.element)
    element.dataset['id'] = item.id
    return { item, element, player, badge }
  }

  #watchShare(share: Share): void {
    if (!this.#watched.has(share)) share.addEventListener('change', () => this.#drawShare(share))
    this.#watched.add(share)
    this.#drawShare(share)
  }

  #drawShare(share: Share): void {
    const row = share.key === undefined ? undefined : this.#rows.get(share.key)
    if (!row) return
    const { state, delivered: count } = share.snapshot
    const isLive = state === 'waiting' || state === 'serving'
    const own = row.item.origin === 'received' ? WORDS.received : ''
    say(row.badge, !isLive ? own : count > 0 ? deliveredShort(count) : WORDS.shared)
    row.badge.classList.toggle('good', isLive && count > 0)
  }

  #rename(item: Item): void {
    const dialog = byId<HTMLDialogElement>('rename-sheet')
    const input = byId<HTMLInputElement>('rename-name')
    input.value = titleOf(item.name)
    dialog.returnValue = ''
    dialog.addEventListener('close', () => {
      const name = input.value.trim()
      if (dialog.returnValue === 'save' && name && name !== item.name) void this.#attempt(item.update({ name }))
    }, { once: true })
    dialog.showModal()
    input.select()
  }

  #delete(item: Item): void {
    const dialog = byId<HTMLDialogElement>('delete-sheet')
    byId('delete-question').textContent = WORDS.deleteQuestion(titleOf(item.name))
    dialog.returnValue = ''
    dialog.addEventListener('close', () => {
      if (dialog.returnValue === 'delete') void this.#attempt(this.#samara.remove(item.id))
    }, { once: true })
    dialog.showModal()
  }

  async #attempt(work: Promise<unknown>): Promise<void> {
    try {
      await work
      await this.draw()
    } catch (error) {
      say(byId('notice'), errorText(error))
    }
  }
}
