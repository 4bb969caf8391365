// Choosing memos to share them in one link: rows that are chosen, the bar that shares them, and the links for several that
// there are. Knows nothing of what becomes of a choice.
import { html, nothing } from 'lit-html'
import type { TemplateResult } from 'lit-html'
import { repeat } from 'lit-html/directives/repeat.js'
import { words } from '../words/words.js'
import { duration, listed, time } from './format.js'
import { icon } from './icons.js'
import type { Actions, App, Memo } from './model.js'
import { button } from './parts.js'
import { rowWave } from './wave.js'

/** A row while memos are chosen: the whole of it is one checkbox. What has expired is not passed on. */
export function choiceRow(memo: Memo, isChosen: boolean, actions: Actions): TemplateResult {
  const w = words().library
  return html`<li class="memo choosing" data-id=${memo.id}><button type="button" class="memo-open" role="checkbox" aria-checked=${String(isChosen)} aria-label=${w.selectOne(memo.title)}
      ?disabled=${memo.ends?.over ?? false} @click=${() => actions.toggleSelected(memo.id)}><span class="tick">${isChosen ? icon('check') : nothing}</span>
    <span class="row-text"><span class="memo-title"><bdi>${memo.title}</bdi></span>
      <span class="facts">${memo.durationSeconds ? html`<span>${duration(memo.durationSeconds)}</span>` : nothing}<span>${time(memo.at)}</span></span></span>
    ${rowWave(memo.peaks)}</button></li>`
}

/** In the place of the ways to a new memo. */
export function choiceBar(chosen: readonly string[], actions: Actions): TemplateResult {
  const w = words().library
  return html`<div class="make-bar choice-bar"><p class="visually-hidden" role="status">${w.selected(chosen.length)}</p>
    <div class="choice-bar-inner">${button('plain', words().cancel, () => actions.select(false), { id: 'select-cancel' })}
      ${button('primary', w.shareSelected(chosen.length), () => actions.shareSelected(), { id: 'select-share', icon: 'share', disabled: chosen.length === 0 })}</div></div>`
}

/** Where there are several to choose from. */
export const selectButton = (app: App, actions: Actions): TemplateResult | typeof nothing => (app.memos.length < 2 || app.selection ? nothing
  : html`<button type="button" id="select" class="icon-button" aria-label=${words().library.select} title=${words().library.select} @click=${() => actions.select(true)}>${icon('select')}</button>`)

function bundleRow(memo: Memo, badge: TemplateResult | typeof nothing, actions: Actions): TemplateResult {
  return html`<li class="memo bundle" data-id=${memo.id}><button type="button" class="memo-open" @click=${() => actions.share(memo.id)}>
    <span class="row-text"><span class="memo-title">${listed((memo.parts ?? []).map(({ title }) => title))}</span><span class="facts"><span>${memo.title}</span>${memo.durationSeconds ? html`<span>${duration(memo.durationSeconds)}</span>` : nothing}${badge}</span></span>
    ${icon('chevron')}</button></li>`
}

/** The links for several memos: each opens its sheet, where it can be stopped. */
export const bundleList = (app: App, badge: (memo: Memo) => TemplateResult | typeof nothing, actions: Actions): TemplateResult | typeof nothing => (app.bundles.length === 0 ? nothing : html`<section class="day">
  <h2 class="day-name" id="together">${words().library.together}</h2>
  <ul class="memos" aria-labelledby="together">${repeat(app.bundles, (memo) => memo.id, (memo) => bundleRow(memo, badge(memo), actions))}</ul></section>`)
