// Passing things: banners on top of a screen, remarks at its foot with Undo. Knows which state calls for which words.
import { html, nothing } from 'lit-html'
import type { TemplateResult } from 'lit-html'
import { words } from '../words/words.js'
import { takeFocus } from './directives.js'
import type { Actions, App } from './model.js'
import { button, iconButton, note } from './parts.js'

/** What holds for the whole app, on top. */
export function banners(app: App, actions: Actions): TemplateResult {
  const w = words().banners
  return html`<div class="banners" role="status">
    ${app.online ? nothing : note(w.offline, 'offline')}
    ${app.storage === 'full' ? note(w.full, 'warn') : app.storage === 'until-closed' ? note(w.untilClosed, 'quiet') : nothing}
    ${app.update === 'ready' ? note(w.update, 'fresh', button('plain', w.updateNow, () => actions.applyUpdate(), { id: 'update' }))
      : app.update === 'after-transfer' ? note(w.updateAfter, 'quiet') : nothing}</div>`
}

/** What happened a moment ago. The place is always there, so that readers of the screen hear what comes into it. */
export function toasts(app: App, actions: Actions): TemplateResult {
  const w = words()
  return html`<div class="toasts" role="status">
    ${app.undo ? html`<div class="toast"><p>${w.removed(app.undo.title)}</p>
      <button type="button" id="undo" class="button plain" ${takeFocus(app.undo)} @click=${() => actions.undoRemove()}><span>${w.undo}</span></button></div>` : nothing}
    ${app.note ? html`<div class="toast" id="note"><p>${w.notes[app.note]}</p>${iconButton('close', w.dismiss, () => actions.dismissNote())}</div>` : nothing}</div>`
}
