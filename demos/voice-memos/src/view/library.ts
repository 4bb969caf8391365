// The library: days of memos, what is on its way, an empty one, and the bar to make more. With room, the open memo stands
// beside the list. Rows are drawn again only when what they show has changed: playing redraws one of two hundred.
import { html, nothing } from 'lit-html'
import type { TemplateResult } from 'lit-html'
import { guard } from 'lit-html/directives/guard.js'
import { repeat } from 'lit-html/directives/repeat.js'
import { words } from '../words/words.js'
import { reveal, takeFocus } from './directives.js'
import { day, dayKey, duration, size, time } from './format.js'
import { icon, mark } from './icons.js'
import { memoDrawer, memoPane, seed } from './memo.js'
import type { Actions, App, Incoming, Memo, Player } from './model.js'
import { banners } from './notices.js'
import { button } from './parts.js'
import { bundleList, choiceBar, choiceRow, selectButton } from './selection.js'
import { troublePanel } from './trouble.js'
import { bigWave, rowFilling, rowWave } from './wave.js'

const wholeless: readonly number[] = []

/** What its share is doing, in a word or two. */
function badge(memo: Memo): TemplateResult | typeof nothing {
  const w = words().library
  const share = memo.share
  if (share && (share.state === 'waiting' || share.state === 'serving')) {
    if (share.delivered > 0) return html`<span class="badge good">${icon('check')}${w.deliveredTo(share.delivered)}</span>`
    return html`<span class="badge">${share.peers > 0 ? w.connected(share.peers) : w.shared}</span>`
  }
  if (memo.ends?.over) return html`<span class="badge ended">${icon('clock')}${w.expired}</span>`
  return memo.origin === 'received' ? html`<span>${w.received}</span>` : nothing
}

function rowOf(memo: Memo, isOpen: boolean, player: Player | undefined, wide: boolean, actions: Actions): TemplateResult {
  const drawer = `drawer-${memo.id}`
  const isDrawn = isOpen && !wide
  return html`<li class="memo ${isOpen ? 'open' : ''}" data-id=${memo.id}>
    <div class="row">${seed(memo, player, actions)}
      <button type="button" class="memo-open" aria-expanded=${wide ? nothing : String(isOpen)} aria-controls=${isDrawn ? drawer : nothing}
        aria-current=${wide && isOpen ? 'true' : nothing} @click=${() => actions.openMemo(isOpen && !wide ? undefined : memo.id)}>
        <span class="row-text"><span class="memo-title"><bdi>${memo.title}</bdi></span>
          <span class="facts">${memo.durationSeconds ? html`<span>${duration(memo.durationSeconds)}</span>` : nothing}<span>${time(memo.at)}</span>${memo.parts ? html`<span>${words().library.parts(memo.parts.length)}</span>` : nothing}${badge(memo)}</span></span>
        ${rowWave(memo.peaks)}</button></div>
    ${isDrawn ? html`<div class="drawer" id=${drawer} ${reveal()}>${memoDrawer(memo, player, actions)}</div>` : nothing}</li>`
}

function guardedRow(memo: Memo, app: App, actions: Actions): unknown {
  if (app.selection) return choiceRow(memo, app.selection.includes(memo.id), actions)
  const isOpen = app.open === memo.id
  const player = app.player?.memoId === memo.id ? app.player : undefined
  const { title, durationSeconds, peaks, playable, share, ends, parts, receivedAt } = memo
  const seen = [words(), title, durationSeconds, peaks, playable, share?.state, share?.delivered, share?.peers, ends?.over, parts?.length, receivedAt?.getTime(), memo.at.getTime(), isOpen, app.wide, player?.state,
    player?.part, isOpen && !app.wide ? player?.at : undefined, player?.duration, memo.id, actions]
  return guard(seen, () => rowOf(memo, isOpen, player, app.wide, actions))
}

interface Day { key: string; heading: string; memos: Memo[] }

function daysOf(memos: readonly Memo[]): Day[] {
  const days: Day[] = []
  for (const memo of memos) {
    const key = dayKey(memo.at)
    if (days.at(-1)?.key !== key) days.push({ key, heading: day(memo.at), memos: [] })
    days.at(-1)?.memos.push(memo)
  }
  return days
}

const dayView = (group: Day, app: App, actions: Actions): TemplateResult => html`<section class="day">
  <h2 class="day-name" id="day-${group.key}">${group.heading}</h2>
  <ul class="memos" aria-labelledby="day-${group.key}">${repeat(group.memos, (memo) => memo.id, (memo) => guardedRow(memo, app, actions))}</ul></section>`

function incomingRow(incoming: Incoming, actions: Actions): TemplateResult {
  const w = words()
  const title = incoming.title ?? w.library.unnamed
  const hint = incoming.reason ? w.reasons[incoming.reason].title : w.receive.lines[incoming.state]
  return html`<li class="memo incoming" data-id=${incoming.id}><button type="button" class="memo-open" @click=${() => actions.openIncoming(incoming.id)}>
    <span class="row-text"><span class="memo-title"><bdi>${title}</bdi></span><span class="facts"><span>${hint}</span>
      ${incoming.total ? html`<span>${w.library.incoming(size(incoming.verified), size(incoming.total))}</span>` : nothing}</span></span>
    ${rowFilling(incoming.have, incoming.total ?? 0)}${icon('chevron')}</button></li>`
}

const incomingList = (app: App, actions: Actions): TemplateResult | typeof nothing => app.incoming.length === 0 ? nothing : html`<section class="day">
  <h2 class="day-name" id="on-the-way">${words().library.onTheWay}</h2>
  <ul class="memos" aria-labelledby="on-the-way">${repeat(app.incoming, (incoming) => incoming.id, (incoming) => incomingRow(incoming, actions))}</ul></section>`

const isEmpty = (app: App): boolean => app.ready && !app.trouble && app.memos.length === 0 && app.incoming.length === 0

const emptyView = (actions: Actions): TemplateResult => html`<section class="empty">
  <div class="wing" dir="ltr">${bigWave({ shares: wholeless })}</div>
  <h2>${words().library.emptyTitle}</h2><p>${words().library.emptyText}</p>
  ${button('plain', words().library.sample, () => actions.addSample(), { id: 'sample', icon: 'play' })}</section>`

function listView(app: App, actions: Actions): TemplateResult | typeof nothing {
  if (app.trouble) return troublePanel(app.trouble, actions)
  if (!app.ready) return html`<p class="opening-store" role="status">${words().library.loading}</p>`
  if (isEmpty(app)) return app.wide ? nothing : emptyView(actions) // with room it stands beside
  return html`${app.selection ? nothing : html`${incomingList(app, actions)}${bundleList(app, badge, actions)}`}${app.memos.length === 0 ? nothing
    : html`<div id="memos">${repeat(daysOf(app.memos), (group) => group.key, (group) => dayView(group, app, actions))}</div>`}`
}

function addFiles(event: Event, actions: Actions): void {
  const input = event.target as HTMLInputElement
  actions.addFiles([...(input.files ?? [])])
  input.value = ''
}

/** The ways to a new memo: a file, the microphone, a link. */
function makeBar(app: App, actions: Actions): TemplateResult {
  const w = words().library
  const isReady = app.ready && !app.trouble
  return html`<div class="make-bar"><div class="make-bar-inner">
    <label class="make ${isReady ? '' : 'off'}"><input type="file" id="add-file" class="visually-hidden" accept="audio/*" multiple ?disabled=${!isReady} @change=${(event: Event) => addFiles(event, actions)}>
      ${icon('file')}<span>${w.addFile}</span></label>
    <button type="button" id="record" class="record" aria-label=${w.record} ?disabled=${!isReady} @click=${() => actions.record()}><span></span></button>
    <button type="button" id="open-link" class="make" @click=${() => actions.go('receive')}>${icon('link')}<span>${w.openLink}</span></button>
  </div></div>`
}

function paneView(app: App, actions: Actions): TemplateResult {
  const memo = app.memos.find((one) => one.id === app.open)
  const player = memo && app.player?.memoId === memo.id ? app.player : undefined
  return html`<section class="beside" aria-label=${words().memo.details}>${memo ? memoPane(memo, player, actions) : isEmpty(app) ? emptyView(actions)
    : html`<div class="pane pane-empty"><div class="wing" dir="ltr">${bigWave({ shares: wholeless })}</div>
        ${app.memos.length > 0 ? html`<p>${words().library.choose}</p>` : nothing}</div>`}</section>`
}

export function libraryView(app: App, actions: Actions): TemplateResult {
  const w = words()
  const isWide = app.wide && !app.trouble // a store that cannot be opened has nothing to lay side by side
  return html`<div class="library ${isWide ? 'wide' : ''}">
    <div class="list-side">
      <header class="top"><div class="brand">${mark()}<h1 class="brand-text" tabindex="-1" ${takeFocus('library')}><span class="brand-name">${w.app.name}</span> <span class="brand-sub">${w.app.subtitle}</span></h1></div>
        <div class="top-tools">${selectButton(app, actions)}<button type="button" id="settings" class="icon-button" aria-label=${w.library.settings} title=${w.library.settings} @click=${() => actions.go('settings')}>${icon('settings')}</button></div></header>
      <main aria-label=${w.library.list}>${banners(app, actions)}${listView(app, actions)}${app.selection ? choiceBar(app.selection, actions) : makeBar(app, actions)}</main>
    </div>
    ${isWide ? paneView(app, actions) : nothing}</div>`
}
