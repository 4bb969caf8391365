// Small pieces that several screens are built of: buttons, advice, the brand. Knows no state beyond what it is given.
import { html, nothing } from 'lit-html'
import type { TemplateResult } from 'lit-html'
import type { Advice } from '../words/words.js'
import { words } from '../words/words.js'
import { takeFocus } from './directives.js'
import { icon, mark } from './icons.js'
import type { IconName } from './icons.js'
import type { Actions } from './model.js'

const LONGEST_PASSWORD = 200 // the package takes 1024 bytes

export interface ButtonLook { label?: string; id?: string; icon?: IconName; disabled?: boolean; focus?: boolean }

/** A button with words. `kind` is its weight: primary, plain, quiet or danger. */
export const button = (kind: string, text: string, act: () => void, look: ButtonLook = {}): TemplateResult => html`<button
  type="button" class="button ${kind}" id=${look.id ?? nothing} aria-label=${look.label ?? nothing} ?disabled=${look.disabled ?? false}
  ?autofocus=${look.focus ?? false} @click=${act}>${look.icon ? icon(look.icon) : nothing}<span>${text}</span></button>`

/** A button with a drawing only. */
export const iconButton = (name: IconName, label: string, act: () => void, look: ButtonLook & { kind?: string } = {}): TemplateResult => html`<button
  type="button" class="icon-button ${look.kind ?? ''}" id=${look.id ?? nothing} aria-label=${label} title=${label}
  ?disabled=${look.disabled ?? false} @click=${act}>${icon(name)}</button>`

/** What happened and what to do, without a title. */
export const adviceText = (advice: Advice): TemplateResult =>
  html`<p>${advice.what}</p>${advice.todo ? html`<p class="todo">${advice.todo}</p>` : nothing}`

/** A note in the flow of a page. */
export const note = (advice: Advice, kind: string, act?: TemplateResult): TemplateResult => html`<div class="note ${kind}">
  <div class="note-text"><p class="note-title">${advice.title}</p>${adviceText(advice)}</div>${act ?? nothing}</div>`

/** What is read by those who are let in only. */
export const sealedMark = (): TemplateResult => html`<span class="sealed">${icon('lock')}<span>${words().receive.sealed}</span></span>`

export interface PasswordLook { id: string; label: string; describedBy?: string; required?: boolean; focusKey?: string; readonly?: boolean; wrong?: boolean }

/** A field for a password, which can be looked at. What is typed stays in the field until it is gone, and is nowhere else. */
export function passwordField(look: PasswordLook): TemplateResult {
  const toggle = (event: Event): void => {
    const shown = event.currentTarget as HTMLButtonElement
    const field = shown.previousElementSibling as HTMLInputElement
    const isShown = field.type === 'password'
    field.type = isShown ? 'text' : 'password'
    shown.setAttribute('aria-pressed', String(isShown))
  }
  return html`<div class="field"><label for=${look.id}>${look.label}</label><div class="password">
    <input id=${look.id} name="password" type="password" maxlength=${LONGEST_PASSWORD} dir="auto" autocomplete="off" autocapitalize="off" spellcheck="false" ?required=${look.required ?? false}
      ${takeFocus(look.focusKey, true)} ?readonly=${look.readonly ?? false} aria-invalid=${look.wrong ? 'true' : nothing} aria-describedby=${look.describedBy ?? nothing}>
    <button type="button" class="icon-button" aria-pressed="false" aria-label=${words().password.show} title=${words().password.show} @click=${toggle}>${icon('eye')}</button></div></div>`
}

/** The name of the app where it is not the heading: a way back to the library. */
export const brand = (actions: Actions): TemplateResult => html`<header class="top">
  <button type="button" class="brand" @click=${() => actions.go('library')}>
    ${mark()}<span class="brand-text"><span class="brand-name">${words().app.name}</span><span class="brand-sub">${words().app.subtitle}</span><span class="visually-hidden">${words().app.home}</span></span></button></header>`
