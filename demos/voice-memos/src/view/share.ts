// The share sheet: the link of a memo as QR code and as text, the ways to pass it on, and how far it has come. Copy and
// Send call their actions within the click. Knows the numbers it is given, and makes none up.
import { html, nothing, svg } from 'lit-html'
import type { TemplateResult } from 'lit-html'
import { guard } from 'lit-html/directives/guard.js'
import { encode } from 'uqr'
import type { Advice } from '../words/words.js'
import { words } from '../words/words.js'
import { modal, takeFocus } from './directives.js'
import { percent, size } from './format.js'
import { icon } from './icons.js'
import { guardFacts, linkOptions } from './link_options.js'
import type { Actions, ShareSheet, Trouble } from './model.js'
import { adviceText, button, iconButton, note } from './parts.js'
import { troubleWords } from './trouble.js'
import { BARS, bigWave } from './wave.js'

/** All dark squares in one path. A link that no code can hold shows none. */
function qrView(link: string): TemplateResult | typeof nothing {
  try {
    const { data, size: side } = encode(link, { border: 2, ecc: 'L' })
    const path = data.map((row, y) => row.map((isDark, x) => (isDark ? `M${x} ${y}h1v1h-1z` : '')).join('')).join('')
    return html`<svg class="qr" id="share-qr" viewBox="0 0 ${side} ${side}" role="img" aria-label=${words().share.qr} shape-rendering="crispEdges">${svg`<path d=${path}></path>`}</svg>`
  } catch {
    return nothing
  }
}

type SheetState = 'preparing' | 'waiting' | 'serving' | 'delivered' | 'stopped' | 'failed'

export function sheetState(share: ShareSheet): SheetState {
  if (share.step === 'preparing') return 'preparing'
  if (share.step === 'failed' || share.state === 'source-needed') return 'failed'
  if (share.state === 'stopped' || share.state === 'expired') return 'stopped'
  if (share.delivered > 0 && share.fraction === 0) return 'delivered'
  if (share.state === 'serving') return 'serving'
  return share.delivered > 0 ? 'delivered' : 'waiting'
}

/** The sender's words where there are some, else the ones that everybody reads. */
function ownWords(code: string): Advice | undefined {
  const { own } = words().share
  return Object.hasOwn(own, code) ? own[code as keyof typeof own] : undefined
}

const troubleAdvice = (trouble: Trouble): Advice => ownWords(trouble.code) ?? troubleWords(trouble)

/** The one line that says where it stands. */
function headline(share: ShareSheet, state: SheetState): string {
  const w = words().share
  if (state === 'preparing') return w.preparing
  if (state === 'delivered') return w.delivered(share.delivered)
  if (state === 'failed' && share.trouble) return troubleAdvice(share.trouble).title
  if (share.state === 'paused' || share.state === 'stopped' || share.state === 'expired' || share.state === 'source-needed') return w.states[share.state]
  if (state === 'failed') return words().troubles.unknown.title
  if (state === 'serving') return share.sentBytes > 0 ? w.servingTo(Math.max(1, share.peers)) : w.serving
  return w.waiting
}

function details(share: ShareSheet, state: SheetState): TemplateResult | typeof nothing {
  const w = words().share
  if (state === 'failed') return adviceText(share.trouble ? troubleAdvice(share.trouble) : w.own['source-needed'])
  if (state === 'stopped') return html`<p>${w.stoppedText}</p>`
  if (state === 'preparing') return nothing
  const moving = state === 'serving' && share.sentBytes > 0
  return html`${moving ? html`<p class="figures"><span>${w.progress(percent(share.fraction))}</span>${share.bytesPerSecond > 0 ? html`<span>${w.speed(size(share.sentBytes), size(share.bytesPerSecond))}</span>` : nothing}</p>` : nothing}
    ${state === 'serving' && share.delivered > 0 ? html`<p class="good">${w.delivered(share.delivered)}</p>` : nothing}
    ${state === 'delivered' ? html`<p>${w.more}</p>` : html`<p class="keep-open">${w.keepOpen}</p>${share.awake ? html`<p>${w.awake}</p>` : nothing}`}`
}

function awayNote(share: ShareSheet): TemplateResult | typeof nothing {
  if (!share.away) return nothing
  const w = words().share
  const text = share.away.delivered > 0 ? w.awayDelivered(share.away.delivered) : share.away.opened ? w.awayOpened : w.awayNothing
  return html`<p class="away">${text}</p>`
}

function linkPart(share: ShareSheet, isLive: boolean, actions: Actions): TemplateResult {
  const w = words().share
  const copied = share.copied === 'yes'
  return html`<div class="link-row">
      <input id="share-link" type="text" readonly dir="ltr" aria-label=${w.link} .value=${share.link} placeholder=${isLive ? '' : w.preparing}
        @focus=${(event: Event) => (event.target as HTMLInputElement).select()}>
      <button type="button" id="share-copy" class="button ${share.canSend ? 'plain' : 'primary'}" ?disabled=${!isLive} @click=${() => actions.copyLink()}>${icon(copied ? 'check' : 'copy')}<span>${copied ? w.copied : w.copy}</span></button></div>
    <p class=${share.copied === 'failed' ? 'hint' : 'visually-hidden'} role="status" id="share-copied">${share.copied === 'failed' ? w.copyFailed : share.copied === 'no' ? nothing : w.copied}</p>
    ${share.thisComputerOnly && isLive ? html`<p class="hint here-only" id="share-here-only">${w.thisComputerOnly}</p>` : nothing}
    ${share.canSend ? button('primary wide-button', w.send, () => actions.sendLink(), { id: 'share-send', icon: 'send', disabled: !isLive }) : nothing}`
}

/** How far the one who has most of it has come: bars up to that share of the whole. */
function sharesUpTo(fraction: number): number[] {
  return Array.from({ length: BARS }, (_, bar) => Math.min(1, Math.max(0, fraction * BARS - bar)))
}

function statusPart(share: ShareSheet, state: SheetState): TemplateResult {
  const reason = share.reason && state !== 'stopped' && state !== 'failed' && state !== 'delivered' ? ownWords(share.reason) ?? words().reasons[share.reason] : undefined
  return html`<div class="share-state"><div class="share-status ${state}">
      <p class="headline" id="share-state" role="status">${state === 'delivered' ? icon('check') : html`<span class="state-dot"></span>`}<span>${headline(share, state)}</span></p>
      ${details(share, state)}<div role="status">${awayNote(share)}</div></div>
    <div class="share-reason" role="status">${reason ? note(reason, 'warn') : nothing}</div></div>`
}

export function shareSheet(share: ShareSheet | undefined, actions: Actions): TemplateResult | typeof nothing {
  if (!share) return nothing
  const w = words().share
  const state = sheetState(share)
  const isLive = share.step === 'ready' && state !== 'stopped' && state !== 'failed'
  const filled = state === 'delivered' ? undefined : sharesUpTo(state === 'serving' ? share.fraction : 0)
  return html`<dialog class="sheet share" id="share-sheet" data-state=${state} aria-labelledby="share-heading" ${modal(() => actions.closeShare())}>
    <header class="sheet-head"><h2 id="share-heading" tabindex="-1" autofocus ${takeFocus(share.memo.id)}>${w.title(share.memo.title)}</h2>
      ${iconButton('close', words().close, () => actions.closeShare(), { id: 'share-close' })}</header>
    <div class="wave-box" dir="ltr">${bigWave({ peaks: share.memo.peaks, shares: filled })}</div>
    ${statusPart(share, state)}
    ${state === 'stopped' || state === 'failed' ? nothing : html`<div class="share-link-part">
      <div class="share-ways">${linkPart(share, isLive, actions)}<div role="status" class="guard-status">${guardFacts(share)}</div>
        <p class="hint promise">${icon('lock')}<span>${w.promise}</span></p></div>
      <div class="qr-box">${share.code ? guard([share.code, words()], () => qrView(share.code)) : nothing}</div>
      ${isLive ? linkOptions(share, actions) : nothing}</div>`}
    <div class="buttons">${isLive ? button('danger', w.stop, () => actions.stopSharing(), { id: 'share-stop' })
      : state === 'preparing' ? nothing : button('plain', w.again, () => actions.share(share.memo.id), { id: 'share-again' })}</div></dialog>`
}
