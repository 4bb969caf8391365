// What the page of a link asks of a person: a link, its key, consent, a size, a password, and what becomes of a memo
// whose link has expired. Nothing that is typed here is kept anywhere but in its field.
import { html, nothing } from 'lit-html'
import type { TemplateResult } from 'lit-html'
import { words } from '../words/words.js'
import { takeFocus } from './directives.js'
import { dateAndTime, duration, size } from './format.js'
import { icon } from './icons.js'
import type { About, Actions, App, Receive } from './model.js'
import { button, note, passwordField, sealedMark } from './parts.js'
import { troubleWords } from './trouble.js'
import type { WaveLook } from './wave.js'

/** What every step fills in. `hasField`: a field takes the focus, not the heading. */
export interface Face { kind: string; eyebrow?: string; title: string; wave: WaveLook; over?: TemplateResult; beside?: TemplateResult; body: TemplateResult; hasField?: boolean }
export type Step<Name extends Receive['step']> = Extract<Receive, { step: Name }>

export const NOTHING_YET: WaveLook = { shares: [] }
export const libraryButton = (kind: string, actions: Actions): TemplateResult => button(kind, words().receive.openLibrary, () => actions.go('library'), { id: 'open-library' })

/** Sends what one field holds, as long as there is something. */
const sender = (name: string, send: (text: string) => void) => (event: SubmitEvent): void => {
  event.preventDefault()
  const text = new FormData(event.target as HTMLFormElement).get(name)
  if (typeof text === 'string' && text.trim()) send(text)
}

export function pasteForm(app: App, actions: Actions, kind: 'primary' | 'plain'): TemplateResult {
  const w = words().receive
  return html`<form class="paste" @submit=${sender('link', (text) => actions.openLink(text))}><div class="link-row">
    <input id="paste-link" name="link" type="text" dir="ltr" required autocomplete="off" autocapitalize="off" spellcheck="false" inputmode="url" aria-label=${w.pasteLabel} placeholder=${w.pastePlaceholder}>
    <button class="button ${kind}" id="paste-open"><span>${w.pasteOpen}</span></button></div>
    ${app.canScan ? button('plain wide-button', words().scanner.scan, () => actions.scan(), { id: 'scan', icon: 'scan' }) : nothing}</form>`
}

export function pasteFace(step: Step<'paste'>, app: App, actions: Actions): Face {
  const w = words().receive
  return { kind: 'paste', title: w.pasteTitle, wave: NOTHING_YET, body: html`<p class="lead">${w.pasteText}</p>
    <div role="status">${step.trouble ? note(troubleWords(step.trouble), 'warn') : nothing}</div>${pasteForm(app, actions, 'primary')}
    <div class="buttons">${libraryButton('plain', actions)}</div>` }
}

/** A link without its key, on purpose or cut off by a messenger: what helps is the same. */
export function keyFace(step: Step<'key'>, actions: Actions): Face {
  const w = words().receive
  return { kind: 'key', title: w.keyTitle, wave: NOTHING_YET, hasField: true, body: html`<p class="lead">${w.keyText}</p>
    <form class="paste field" @submit=${sender('key', (text) => actions.openKey(text))}><label for="link-key">${w.keyLabel}</label><div class="link-row">
      <input id="link-key" name="key" type="text" dir="ltr" required autocomplete="off" autocapitalize="off" spellcheck="false" ${takeFocus('key', true)}
        aria-invalid=${step.trouble ? 'true' : nothing} aria-describedby="link-key-trouble">
      <button class="button primary" id="link-key-open"><span>${w.keyOpen}</span></button></div>
      <p class="field-trouble" id="link-key-trouble" role="status">${step.trouble ? w.keyTroubles[step.trouble] : nothing}</p></form>
    <div class="buttons">${libraryButton('plain', actions)}</div>` }
}

export function consentFace(step: Step<'consent'>, actions: Actions): Face {
  const w = words().receive
  return { kind: 'consent', ...(step.title ? { eyebrow: w.consentTitle } : {}), title: step.title ?? w.consentTitle, wave: NOTHING_YET, body: html`
    <p class="lead">${step.bytes === undefined ? w.consentLead : html`${w.consentLead} <span class="size">${size(step.bytes)}</span>`}</p>
    ${step.sealed ? html`<p class="sealed-lead">${sealedMark()} <span>${w.consentSealed}</span>${step.locked ? html` <span>${w.consentLocked}</span>` : nothing}</p>` : nothing}
    <p class="asked">${w.consent}</p>
    <div class="buttons stacked">${button('primary', w.accept, () => actions.accept(false), { id: 'receive-accept' })}
      ${step.canHide ? button('plain', w.hide, () => actions.accept(true), { id: 'receive-hide' }) : nothing}
      ${button('quiet', w.decline, () => actions.decline(), { id: 'receive-decline' })}</div>
    <p class="hint">${w.consentOnce}</p>` }
}

/** What the sender says of it, once that is known. */
export function aboutFacts(about: About, isSealed: boolean): TemplateResult | typeof nothing {
  const w = words()
  const facts = [
    ...(isSealed ? [sealedMark()] : []),
    ...(about.parts === undefined ? [] : [html`<span>${w.library.parts(about.parts)}</span>`]),
    ...(about.durationSeconds === undefined ? [] : [html`<span>${duration(about.durationSeconds)}</span>`]),
    ...(about.at ? [html`<span>${w.memo.recorded(dateAndTime(about.at))}</span>`] : []),
    ...(about.ends ? [html`<span>${w.memo.ends(dateAndTime(about.ends))}</span>`] : []),
  ]
  return facts.length === 0 ? nothing : html`<p class="facts about" id="about">${facts}</p>`
}

export function sizeFace(step: Step<'size'>, actions: Actions): Face {
  const w = words().receive
  const bytes = size(step.bytes)
  return { kind: 'size', ...(step.title ? { eyebrow: step.title } : {}), title: w.sizeTitle(bytes), wave: { peaks: step.about.peaks, shares: [] }, body: html`
    ${aboutFacts(step.about, step.sealed)}<p class="lead">${step.saver ? w.saverText(bytes) : w.sizeText(bytes)}</p>
    <div class="buttons stacked">${button('primary', w.sizeAccept, () => actions.accept(false), { id: 'receive-accept' })}
      ${button('quiet', w.decline, () => actions.decline(), { id: 'receive-decline' })}</div>` }
}

/** It is there, and closed. The field stays as it is while a password is tried, so that a slip can be put right. */
export function passwordFace(step: Step<'password'>, actions: Actions): Face {
  const w = words().receive
  const isTrying = step.why === 'checking'
  return { kind: 'password', eyebrow: w.someone, title: w.passwordTitle, wave: NOTHING_YET, hasField: true, body: html`<p class="lead">${w.passwordText}</p>
    <form class="paste" @submit=${sender('password', (text) => { if (!isTrying) actions.tryPassword(text) })}>
      ${passwordField({ id: 'receive-password', label: words().password.label, describedBy: 'password-state', required: true, focusKey: step.why, readonly: isTrying, wrong: step.why === 'wrong' })}
      <p class="field-trouble ${step.why}" id="password-state" role="status">${isTrying ? w.passwordChecking : step.why === 'wrong' ? w.passwordWrong : nothing}</p>
      <div class="buttons"><button class="button primary" id="password-open" ?disabled=${isTrying}>${icon('lock')}<span>${w.passwordOpen}</span></button>
        ${button('plain', words().cancel, () => actions.cancelReceive(), { id: 'cancel' })}</div></form>` }
}

export function endedFace(step: Step<'ended'>, actions: Actions): Face {
  const w = words().receive
  const { memo } = step
  return { kind: 'ended', eyebrow: memo.title, title: w.endedTitle, wave: { peaks: memo.peaks }, body: html`
    <p class="lead" id="state" role="status">${w.endedText}</p>
    <div class="buttons">${button('primary', w.endedShow, () => actions.showEnded(), { id: 'ended-show' })}
      ${button('danger', w.endedDelete, () => actions.remove(memo.id), { id: 'ended-delete' })}${libraryButton('plain', actions)}</div>` }
}
