// The whole app as one drawing of its state: a screen, and the sheets that may lie over it. Asks nobody for anything.
import { html, nothing } from 'lit-html'
import type { TemplateResult } from 'lit-html'
import { words } from '../words/words.js'
import { keepFocus, modal } from './directives.js'
import { libraryView } from './library.js'
import type { Actions, App } from './model.js'
import { toasts } from './notices.js'
import { button } from './parts.js'
import { receiveView } from './receive.js'
import { recorderSheet } from './recorder.js'
import { scannerSheet } from './scanner.js'
import { settingsView } from './settings.js'
import { shareSheet } from './share.js'

const LONGEST_TITLE = 120
const FOCUS_NEXT = '.memo.open .memo-open,.memo .memo-open,h1' // where the keyboard goes on when its button has gone

function renameSheet(renaming: App['renaming'], actions: Actions): TemplateResult | typeof nothing {
  if (!renaming) return nothing
  const w = words()
  const submit = (event: SubmitEvent): void => {
    event.preventDefault()
    const title = String(new FormData(event.target as HTMLFormElement).get('title') ?? '').trim()
    if (title) actions.rename(renaming.id, title)
  }
  return html`<dialog class="sheet rename" id="rename-sheet" aria-labelledby="rename-heading" ${modal(() => actions.closeRename())}>
    <form @submit=${submit}><h2 id="rename-heading">${w.rename.title}</h2>
      <input id="rename-name" name="title" type="text" maxlength=${LONGEST_TITLE} required autocomplete="off" autofocus aria-label=${w.rename.label} value=${renaming.title}
        @focus=${(event: Event) => (event.target as HTMLInputElement).select()}>
      <div class="buttons">${button('plain', w.cancel, () => actions.closeRename(), { id: 'rename-cancel' })}
        <button class="button primary" id="rename-save"><span>${w.rename.save}</span></button></div></form></dialog>`
}

function screenView(app: App, actions: Actions): TemplateResult {
  if (app.screen === 'receive') return receiveView(app, actions)
  return app.screen === 'settings' ? settingsView(app, actions) : libraryView(app, actions)
}

export function appView(app: App, actions: Actions): TemplateResult {
  return html`<div class="app" data-screen=${app.screen} data-wide=${app.wide ? 'yes' : 'no'} ${keepFocus(FOCUS_NEXT)}>${screenView(app, actions)}${toasts(app, actions)}</div>
    ${recorderSheet(app.recorder, actions)}${scannerSheet(app.scanner, actions)}${shareSheet(app.share, actions)}${renameSheet(app.renaming, actions)}`
}
