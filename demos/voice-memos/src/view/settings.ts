// The settings: what passes on, what is hidden, the language, what is kept, and how it all works in a few sentences.
import { html, nothing } from 'lit-html'
import type { TemplateResult } from 'lit-html'
import { words } from '../words/words.js'
import { takeFocus } from './directives.js'
import { size } from './format.js'
import type { Actions, App, Settings } from './model.js'
import { button, iconButton } from './parts.js'

const SEEDING: readonly Settings['seeding'][] = ['always', 'unmetered', 'never']
const LANGUAGES: readonly Settings['language'][] = ['auto', 'en', 'de']

const choice = (group: string, value: string, isOn: boolean, name: string, text: string | undefined, act: () => void): TemplateResult => html`<label class="choice">
  <input type="radio" name=${group} value=${value} .checked=${isOn} @change=${act}><span class="choice-text"><span>${name}</span>${text ? html`<span class="hint">${text}</span>` : nothing}</span></label>`

function seedingPart(app: App, actions: Actions): TemplateResult {
  const w = words().settings
  return html`<fieldset class="group"><legend>${w.seedingTitle}</legend><p class="group-lead">${w.seedingText}</p>
    <div class="choices">${SEEDING.map((value) => choice('seeding', value, app.settings.seeding === value, w.seeding[value].name, w.seeding[value].text, () => actions.setSettings({ seeding: value })))}</div></fieldset>`
}

function hidePart(app: App, actions: Actions): TemplateResult {
  const w = words().settings
  return html`<section class="group"><h2>${w.hideTitle}</h2><div class="choices"><label class="choice">
    <input type="checkbox" role="switch" id="hide-address" .checked=${app.settings.hideAddress} @change=${(event: Event) => actions.setSettings({ hideAddress: (event.target as HTMLInputElement).checked })}>
    <span class="choice-text"><span>${w.hide}</span><span class="hint">${w.hideText}</span></span></label></div></section>`
}

function languagePart(app: App, actions: Actions): TemplateResult {
  const w = words().settings
  return html`<fieldset class="group"><legend>${w.languageTitle}</legend>
    <div class="choices">${LANGUAGES.map((value) => choice('language', value, app.settings.language === value, w.language[value], undefined, () => actions.setSettings({ language: value })))}</div></fieldset>`
}

function storagePart(app: App, actions: Actions): TemplateResult {
  const w = words().settings
  return html`<section class="group"><h2>${w.storageTitle}</h2><div class="choices"><div class="fact-row">
    <div class="choice-text"><span>${w.used(size(app.usedBytes), app.memos.length)}</span><span class="hint" role="status">${app.persisted ? w.persisted : w.notPersisted}</span></div>
    ${app.persisted ? nothing : button('plain', w.persist, () => actions.persist(), { id: 'persist' })}</div></div></section>`
}

function movePart(app: App, actions: Actions): TemplateResult {
  const w = words().settings
  const take = (event: Event): void => {
    const input = event.target as HTMLInputElement
    const file = input.files?.[0]
    if (file) actions.importFile(file)
    input.value = '' // the same file again is a choice as well
  }
  return html`<section class="group"><h2>${w.moveTitle}</h2><p class="group-lead">${w.moveText}</p><div class="choices"><div class="fact-row">
    ${app.memos.length > 0 ? button('plain', w.exportAll, () => actions.exportAll(), { id: 'export-all' }) : nothing}
    <label class="button plain"><input type="file" id="import-file" class="visually-hidden" @change=${take}>${w.importFile}</label></div></div></section>`
}

export function settingsView(app: App, actions: Actions): TemplateResult {
  const w = words()
  return html`<div class="settings"><header class="top">${iconButton('back', w.library.back, () => actions.go('library'), { id: 'open-library', kind: 'back-button' })}
      <h1 tabindex="-1" ${takeFocus('settings')}>${w.settings.title}</h1></header>
    <main>${seedingPart(app, actions)}${app.canRelay || app.settings.hideAddress ? hidePart(app, actions) : nothing}${languagePart(app, actions)}${storagePart(app, actions)}${movePart(app, actions)}
      <section class="group about"><h2>${w.settings.howTitle}</h2><p>${w.settings.how}</p></section>
      <section class="group about"><h2>${w.settings.privacyTitle}</h2><p>${w.settings.privacy}</p></section>
      ${app.version ? html`<p class="hint version">${w.settings.version(app.version)}</p>` : nothing}</main></div>`
}
