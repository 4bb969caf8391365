// What can be had of a link beyond that it is sealed: a password, an end, and its key apart. Closed until it is asked for.
// What is typed stays in its form until the form is sent. Knows nothing of how a link is made.
import { html, nothing } from 'lit-html'
import type { TemplateResult } from 'lit-html'
import { words } from '../words/words.js'
import { reveal, takeFocus } from './directives.js'
import { dateAndTime } from './format.js'
import { icon } from './icons.js'
import type { Actions, End, ShareSheet } from './model.js'
import { passwordField } from './parts.js'

const ENDS: readonly End[] = ['none', 'hour', 'day', 'week']

/** What holds for this link, where it can be seen without opening anything. */
export function guardFacts(share: ShareSheet): TemplateResult | typeof nothing {
  const w = words().share.guards
  const { password, ends, title } = share.guards
  return html`${share.renewed ? html`<p class="fresh-link" id="share-renewed" tabindex="-1" ${takeFocus(share.link)}>${w.renewed}</p>` : nothing}
    ${password || ends ? html`<ul class="guard-facts">${password ? html`<li>${icon('key')}<span>${w.password}</span></li>` : nothing}
      ${ends ? html`<li>${icon('clock')}<span>${w.ends(dateAndTime(ends))}</span></li>` : nothing}</ul>` : nothing}
    ${title === undefined ? nothing : html`<p class="hint" id="share-old-title">${w.oldTitle(title)}</p>`}`
}

function endChoices(share: ShareSheet): TemplateResult {
  const w = words().share.guards
  const { ends } = share.memo
  if (ends) return html`<p class="hint">${w.senderEnd(dateAndTime(ends.at))}</p>`
  return html`<fieldset class="field"><legend>${w.endLabel}</legend><div class="pills">${ENDS.map((end) => html`<label class="pill">
      <input type="radio" name="end" value=${end} class="visually-hidden" ?checked=${share.guards.end === end}><span>${w.end[end]}</span></label>`)}</div>
    <p class="hint">${w.endHint}</p></fieldset>`
}

function renewForm(share: ShareSheet, actions: Actions): TemplateResult {
  const w = words().share.guards
  const submit = (event: SubmitEvent): void => {
    event.preventDefault()
    const given = new FormData(event.target as HTMLFormElement)
    actions.renewLink({ password: String(given.get('password') ?? ''), end: ENDS.find((one) => one === given.get('end')) ?? 'none' })
  }
  return html`<form id="share-renew" class="renew" @submit=${submit}>
    <div class="field">${passwordField({ id: 'share-password', label: w.passwordLabel, describedBy: 'share-password-hint' })}<p class="hint" id="share-password-hint">${w.passwordHint}</p></div>
    ${endChoices(share)}
    <div class="field"><button class="button plain" id="share-renew-make"><span>${w.renew}</span></button><p class="hint">${w.renewText}</p></div></form>`
}

function partRow(share: ShareSheet, part: 'link' | 'key', actions: Actions): TemplateResult {
  const w = words().share
  const isCopied = share.copied === part
  const [label, copy] = part === 'link' ? [w.guards.linkPart, w.guards.copyLinkPart] : [w.guards.keyPart, w.guards.copyKeyPart]
  return html`<div class="link-row"><input type="text" readonly dir="ltr" id="share-part-${part}" aria-label=${label} .value=${share.parts[part]}
      @focus=${(event: Event) => (event.target as HTMLInputElement).select()}>
    <button type="button" class="button plain" id="share-copy-${part}" @click=${() => actions.copyPart(part)}>${icon(isCopied ? 'check' : part === 'key' ? 'key' : 'copy')}<span>${isCopied ? w.copied : copy}</span></button></div>`
}

const apart = (share: ShareSheet, actions: Actions): TemplateResult => html`<section class="apart" aria-labelledby="share-apart">
  <h3 id="share-apart">${words().share.guards.apart}</h3><p class="hint">${words().share.guards.apartText}</p>
  ${partRow(share, 'link', actions)}${partRow(share, 'key', actions)}</section>`

/** The part of the sheet that opens. */
export function linkOptions(share: ShareSheet, actions: Actions): TemplateResult {
  const w = words().share.guards
  return html`<div class="link-options"><button type="button" class="disclosure" id="share-options" aria-expanded=${String(share.options)}
      aria-controls=${share.options ? 'share-guards' : nothing} @click=${() => actions.showShareOptions(!share.options)}>${icon('lock')}<span>${w.open}</span>${icon('chevron')}</button>
    ${share.options ? html`<div class="guards" id="share-guards" ${reveal()}>${renewForm(share, actions)}${share.parts.key ? apart(share, actions) : nothing}</div>` : nothing}</div>`
}
