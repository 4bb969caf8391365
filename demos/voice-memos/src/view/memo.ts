// One memo, opened: its wave with a slider over it, times, and what can be done with it. Knows nothing of lists.
import { html, nothing } from 'lit-html'
import type { TemplateResult } from 'lit-html'
import { live } from 'lit-html/directives/live.js'
import { words } from '../words/words.js'
import { dateAndTime, duration, size, spokenDuration } from './format.js'
import { icon } from './icons.js'
import type { Actions, Memo, Player } from './model.js'
import { button, iconButton, note } from './parts.js'
import { bigWave } from './wave.js'

const SLIDER_STEPS = 1000
const SKIP_SECONDS = 10

export const lengthOf = (memo: Memo, player?: Player): number => player?.duration || memo.durationSeconds || 0

/** Where it stands, 0…1; undefined at the beginning, so that a memo at rest is drawn whole. */
function playedOf(memo: Memo, player?: Player): number | undefined {
  const whole = lengthOf(memo, player)
  if (!player || whole <= 0 || (player.at === 0 && player.state !== 'playing')) return undefined
  return Math.min(1, player.at / whole)
}

/** The seed: plays and stops. */
export function seed(memo: Memo, player: Player | undefined, actions: Actions, kind = ''): TemplateResult {
  const w = words().memo
  const isPlaying = player?.state === 'playing' || player?.state === 'loading'
  const label = isPlaying ? w.pause(memo.title) : w.play(memo.title)
  return html`<button type="button" class="play-button seed ${kind} ${player?.state ?? 'still'}" aria-label=${label} ?disabled=${!memo.playable}
    @click=${() => actions.toggle(memo.id)}>${icon(isPlaying ? 'pause' : 'play')}</button>`
}

/** The slider over a wave. Time runs from the left in every language, as it does in every player. */
export function slider(memo: Memo, player: Player | undefined, actions: Actions): TemplateResult {
  const whole = lengthOf(memo, player)
  const at = player?.at ?? 0
  const value = whole > 0 ? Math.round((at / whole) * SLIDER_STEPS) : 0
  return html`<input type="range" class="seek" min="0" max=${SLIDER_STEPS} step="5" .value=${live(String(Math.round(value / 5) * 5))} ?disabled=${!memo.playable || whole <= 0}
    aria-label=${words().memo.seek(memo.title)} aria-valuetext=${words().memo.position(spokenDuration(at), spokenDuration(whole))}
    @input=${(event: Event) => actions.seek(memo.id, Number((event.target as HTMLInputElement).value) / SLIDER_STEPS)}>`
}

export const times = (at: number, whole: number): TemplateResult =>
  html`<div class="times" dir="ltr"><span>${duration(at)}</span><span>${whole > 0 ? duration(whole) : ''}</span></div>`

export function waveOf(memo: Memo, player: Player | undefined, actions: Actions, id?: string): TemplateResult {
  return html`<div class="wave-box" dir="ltr">${bigWave({ peaks: memo.peaks, played: playedOf(memo, player), ...(id ? { id } : {}) })}${slider(memo, player, actions)}</div>`
}

/** Not something this browser plays: it can still be kept as a file and passed on. */
export const unplayable = (): TemplateResult =>
  html`<div class="note quiet"><div class="note-text"><p class="note-title">${words().memo.cannotPlay}</p><p>${words().memo.cannotPlayTodo}</p></div></div>`

export function memoActions(memo: Memo, actions: Actions): TemplateResult {
  const w = words().memo
  return html`<div class="memo-actions">
    ${memo.ends?.over ? html`<span></span>` : button('primary share-button', w.share, () => actions.share(memo.id), { icon: 'share' })}
    <div class="memo-tools">
      ${iconButton('rename', w.renameNamed(memo.title), () => actions.askRename(memo.id), { kind: 'rename-button' })}
      ${iconButton('save', w.saveNamed(memo.title), () => actions.saveFile(memo.id), { kind: 'save-button' })}
      ${iconButton('send', w.sendNamed(memo.title), () => actions.sendFile(memo.id), { kind: 'send-button' })}
      ${iconButton('remove', w.removeNamed(memo.title), () => actions.remove(memo.id), { kind: 'remove-button' })}
    </div></div>`
}

/** Several sounds under one link: each plays by itself. */
export function partsList(memo: Memo, player: Player | undefined, actions: Actions): TemplateResult | typeof nothing {
  if (!memo.parts) return nothing
  const w = words().memo
  return html`<ol class="parts" aria-label=${w.partsLabel}>${memo.parts.map((part, index) => {
    const state = player?.part === index ? player.state : 'still'
    const isPlaying = state === 'playing' || state === 'loading'
    return html`<li class="part"><button type="button" class="play-part seed ${state}" data-part=${index} aria-label=${isPlaying ? w.pause(part.title) : w.play(part.title)}
        ?disabled=${!part.playable} @click=${() => actions.toggle(memo.id, index)}>${icon(isPlaying ? 'pause' : 'play')}</button>
      <span class="part-title"><bdi>${part.title}</bdi></span>${part.durationSeconds ? html`<span class="facts">${duration(part.durationSeconds)}</span>` : nothing}</li>`
  })}</ol>`
}

/** The sender's end has come: deleting is offered, and is the person's own to do. */
export const endedNote = (memo: Memo, actions: Actions): TemplateResult => note(words().memo.ended, 'warn ended',
  button('plain ended-delete', words().memo.endedDelete, () => actions.remove(memo.id), { label: words().memo.endedDeleteNamed(memo.title) }))

/** When it came, and until when it is passed on. */
function dates(memo: Memo): TemplateResult | typeof nothing {
  const w = words().memo
  if (!memo.receivedAt && !memo.ends) return nothing
  return html`<p class="facts dates">${memo.receivedAt ? html`<span>${w.received(dateAndTime(memo.receivedAt))}</span>` : nothing}
    ${memo.ends && !memo.ends.over ? html`<span>${w.ends(dateAndTime(memo.ends.at))}</span>` : nothing}</p>`
}

/** Below its row, on a phone. */
export const memoDrawer = (memo: Memo, player: Player | undefined, actions: Actions): TemplateResult => html`
  ${memo.playable ? html`${waveOf(memo, player, actions)}${times(player?.at ?? 0, lengthOf(memo, player))}` : unplayable()}
  ${partsList(memo, player, actions)}${dates(memo)}${memo.ends?.over ? endedNote(memo, actions) : nothing}${memoActions(memo, actions)}`

function skip(memo: Memo, player: Player | undefined, seconds: number, actions: Actions): void {
  const whole = lengthOf(memo, player)
  if (whole > 0) actions.seek(memo.id, Math.min(1, Math.max(0, ((player?.at ?? 0) + seconds) / whole)))
}

/** Beside the list, where there is room. */
export function memoPane(memo: Memo, player: Player | undefined, actions: Actions): TemplateResult {
  const w = words().memo
  return html`<article class="pane memo-pane" data-id=${memo.id}>
    <header><h2><bdi>${memo.title}</bdi></h2><p class="facts"><span>${dateAndTime(memo.at)}</span><span>${size(memo.bytes)}</span>
      ${memo.parts ? html`<span>${words().library.parts(memo.parts.length)}</span>` : nothing}
      ${memo.origin === 'received' && !memo.receivedAt ? html`<span>${words().library.received}</span>` : nothing}</p>${dates(memo)}</header>
    ${memo.playable ? html`${waveOf(memo, player, actions)}${times(player?.at ?? 0, lengthOf(memo, player))}
    <div class="transport" dir="ltr">
      ${iconButton('backTen', w.backTen, () => skip(memo, player, -SKIP_SECONDS, actions), { kind: 'skip' })}
      ${seed(memo, player, actions, 'large')}
      ${iconButton('forwardTen', w.forwardTen, () => skip(memo, player, SKIP_SECONDS, actions), { kind: 'skip' })}
    </div>` : unplayable()}
    ${partsList(memo, player, actions)}${memo.ends?.over ? endedNote(memo, actions) : nothing}${memoActions(memo, actions)}</article>`
}
