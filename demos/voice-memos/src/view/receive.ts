// What a link opens: one page whose wave stays in place from the question to the sound. Until its question is answered
// nobody is contacted, and the page says so; what it asks is in receive_asks.ts. Knows the steps, and nothing of how
// they come about.
import { html, nothing } from 'lit-html'
import type { TemplateResult } from 'lit-html'
import { words } from '../words/words.js'
import { takeFocus } from './directives.js'
import { aboutDuration, dateAndTime, percent, size } from './format.js'
import { icon } from './icons.js'
import { endedNote, lengthOf, partsList, seed, slider, times, unplayable } from './memo.js'
import type { Actions, App, Memo, Player } from './model.js'
import { banners } from './notices.js'
import { brand, button, note } from './parts.js'
import { aboutFacts, consentFace, endedFace, keyFace, libraryButton, NOTHING_YET, passwordFace, pasteFace, pasteForm, sizeFace } from './receive_asks.js'
import type { Face, Step } from './receive_asks.js'
import { pasteWeight, troubleButtons, troubleWords } from './trouble.js'
import { bigWave, sharesOf } from './wave.js'

function amounts(step: Step<'moving'>): TemplateResult {
  const w = words().receive
  const isMoving = step.state === 'receiving'
  return html`<p class="figures" id="amount">
    ${step.total ? html`<span>${step.verified > 0 ? w.checked(size(step.verified), size(step.total), percent(step.verified / step.total)) : size(step.total)}</span>` : nothing}
    ${isMoving && step.bytesPerSecond > 0 ? html`<span>${w.speed(size(step.bytesPerSecond))}</span>` : nothing}
    ${isMoving && step.secondsLeft !== undefined ? html`<span>${w.secondsLeft(aboutDuration(step.secondsLeft))}</span>` : nothing}</p>`
}

function earlySeed(step: Step<'moving'>, actions: Actions): TemplateResult {
  const w = words().receive
  const isPlaying = step.early === 'playing'
  return html`<button type="button" class="play-button seed large ${step.early === 'no' ? 'unripe' : step.early}" id="play-early" ?disabled=${step.early === 'no'}
    aria-label=${isPlaying ? w.pauseEarly : w.playEarly} @click=${() => actions.toggleEarly()}>${icon(isPlaying ? 'pause' : 'play')}</button>`
}

function movingFace(step: Step<'moving'>, actions: Actions): Face {
  const w = words()
  const isWaiting = step.state === 'waiting' || step.state === 'paused'
  const reason = step.reason ? w.reasons[step.reason] : undefined
  const line = w.receive.lines[step.reason && step.state === 'finding' ? 'waiting' : step.state]
  const isHeard = step.early === 'playing' || step.early === 'paused'
  const played = isHeard && step.duration ? step.at / step.duration : undefined
  return { kind: 'moving', eyebrow: w.receive.someone, title: step.title ?? w.receive.unnamed,
    wave: { peaks: step.about.peaks, shares: sharesOf(step.have, step.total ?? 0), played }, beside: earlySeed(step, actions), body: html`
    ${isHeard ? times(step.at, step.duration ?? 0) : nothing}${aboutFacts(step.about, step.sealed)}
    <div class="state-lines"><p class="state ${step.state}" id="state" role="status"><span class="state-dot"></span><span>${line}</span></p>
      ${amounts(step)}</div>
    <progress class="visually-hidden" aria-label=${w.receive.waveLabel} max="1" .value=${step.total ? step.verified / step.total : 0}></progress>
    <div id="reason" role="status">${reason ? note(reason, 'warn') : nothing}</div>
    ${step.early === 'no' ? nothing : html`<p class="hint">${w.receive.early}</p>`}
    ${isWaiting || reason ? html`<p class="hint">${w.receive.comeBack}</p>` : nothing}
    <div class="buttons">${step.state === 'paused' ? button('primary', w.receive.resume, () => actions.retry(), { id: 'retry' }) : nothing}
      ${button('plain', w.cancel, () => actions.cancelReceive(), { id: 'cancel' })}</div>` }
}

function arrivedFace(step: Step<'arrived'>, app: App, actions: Actions): Face {
  const w = words()
  const { memo } = step
  const player: Player | undefined = app.player?.memoId === memo.id ? app.player : undefined
  const played = player && player.at > 0 && lengthOf(memo, player) > 0 ? player.at / lengthOf(memo, player) : undefined
  return { kind: 'arrived', eyebrow: w.receive.someone, title: memo.title, wave: { peaks: memo.peaks, played },
    ...(memo.playable ? { over: slider(memo, player, actions), beside: seed(memo, player, actions, 'large') } : {}), body: html`
    ${memo.playable ? times(player?.at ?? 0, lengthOf(memo, player)) : nothing}
    <div class="state-lines"><p class="state done" id="state" role="status">${icon('check')}<span>${step.again ? w.receive.againNote : w.receive.arrivedNote}</span></p>
      <p class="figures" id="amount"><span>${size(memo.bytes)}</span>${memo.receivedAt ? html`<span>${w.memo.recorded(dateAndTime(memo.at))}</span>` : nothing}
        ${memo.ends && !memo.ends.over ? html`<span>${w.memo.ends(dateAndTime(memo.ends.at))}</span>` : nothing}</p></div>
    ${memo.playable ? nothing : unplayable()}${partsList(memo, player, actions)}${memo.ends?.over ? endedNote(memo, actions) : nothing}${arrivedButtons(memo, actions)}` }
}

function arrivedButtons(memo: Memo, actions: Actions): TemplateResult {
  const w = words().memo
  const save = button(memo.playable ? 'plain' : 'primary', w.save, () => actions.saveFile(memo.id), { icon: 'save', id: 'save' })
  const share = button('plain', w.share, () => actions.share(memo.id), { icon: 'share', id: 'share-on' })
  const isShareable = !memo.ends?.over
  if (!memo.playable) return html`<div class="buttons landed">${save}${isShareable ? share : nothing}${libraryButton('plain', actions)}</div>`
  return html`<div class="buttons landed">${libraryButton('primary', actions)}${save}${isShareable ? share : nothing}</div>`
}

function failedFace(step: Step<'failed'>, app: App, actions: Actions): Face {
  const advice = troubleWords(step.trouble)
  const pasting = pasteWeight(step.trouble)
  return { kind: 'failed', title: advice.title, wave: NOTHING_YET, body: html`
    <div id="state" role="alert"><p class="lead">${advice.what}</p><p class="todo">${advice.todo}</p></div>
    ${pasting ? pasteForm(app, actions, pasting) : nothing}${troubleButtons(step.trouble, actions)}` }
}

function faceOf(app: App, actions: Actions): Face {
  const w = words()
  const step = app.receive
  const plain = (kind: string, title: string, text: string, buttons: TemplateResult): Face =>
    ({ kind, title, wave: NOTHING_YET, body: html`<p class="lead" id="state" role="status">${text}</p><div class="buttons">${buttons}</div>` })
  switch (step.step) {
    case 'paste': return pasteFace(step, app, actions)
    case 'key': return keyFace(step, actions)
    case 'password': return passwordFace(step, actions)
    case 'ended': return endedFace(step, actions)
    case 'opening': return { kind: 'opening', title: w.receive.opening, wave: NOTHING_YET, body: html`<p class="visually-hidden" id="state" role="status">${w.receive.opening}</p>` }
    case 'consent': return consentFace(step, actions)
    case 'size': return sizeFace(step, actions)
    case 'moving': return movingFace(step, actions)
    case 'arrived': return arrivedFace(step, app, actions)
    case 'failed': return failedFace(step, app, actions)
    case 'declined': return plain('declined', w.receive.declinedTitle, w.receive.declinedText,
      html`${button('primary', w.receive.accept, () => actions.retry(), { id: 'retry' })}${libraryButton('plain', actions)}`)
    case 'cancelled': return plain('cancelled', w.receive.cancelledTitle, w.receive.cancelledText,
      html`${libraryButton('primary', actions)}${button('plain', w.retry, () => actions.retry(), { id: 'retry' })}`)
  }
}

export function receiveView(app: App, actions: Actions): TemplateResult {
  const face = faceOf(app, actions)
  return html`<div class="receive">${brand(actions)}
    <main>${banners(app.receive.step === 'moving' && app.receive.reason === 'offline' ? { ...app, online: true } : app, actions)}
      <article class="landing ${face.kind}">
        <header>${face.eyebrow ? html`<p class="eyebrow">${face.eyebrow}</p>` : nothing}<h1 tabindex="-1" ${takeFocus(face.hasField ? undefined : face.kind)}><bdi>${face.title}</bdi></h1></header>
        <div class="samara" dir="ltr">${face.beside ?? html`<span class="seed large husk" aria-hidden="true"></span>`}
          <div class="wave-box">${bigWave({ ...face.wave, id: 'wave' })}${face.over ?? nothing}</div></div>
        <div class="landing-body">${face.body}</div>
      </article></main></div>`
}
