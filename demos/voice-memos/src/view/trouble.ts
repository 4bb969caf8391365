// Which words fit to what went wrong, and which button helps. Knows the codes, and nothing of where they came from.
import { html, nothing } from 'lit-html'
import type { TemplateResult } from 'lit-html'
import type { Advice } from '../words/words.js'
import { words } from '../words/words.js'
import { size } from './format.js'
import type { Actions, Trouble } from './model.js'
import { button } from './parts.js'

export function troubleWords(trouble: Trouble): Advice {
  const w = words()
  if (trouble.code === 'too-large' && trouble.bytes !== undefined && trouble.limit !== undefined) return w.tooLarge(size(trouble.bytes), size(trouble.limit))
  const exact = trouble.code === 'bad-link' && trouble.why !== undefined && Object.hasOwn(w.badLinks, trouble.why) ? w.badLinks[trouble.why] : undefined
  return exact ?? w.troubles[trouble.code] ?? w.troubles.unknown
}

type Remedy = 'retry' | 'paste' | 'library'

/** What helps, the best first. Where the link itself is wrong, trying it again would not. */
const REMEDIES: Record<Trouble['code'], readonly Remedy[]> = {
  'aborted': ['retry', 'library'],
  'bad-link': ['paste', 'library'],
  'newer-link': ['retry', 'library'],
  'other-app': ['paste', 'library'],
  'not-here': ['library', 'paste'],
  'unsupported': ['library'],
  'no-webrtc': ['library'],
  'insecure-context': ['retry'],
  'password-needed': ['paste', 'library'],
  'wrong-password': ['retry', 'library'],
  'wrong-key': ['paste', 'library'],
  'refused': ['retry', 'library'],
  'too-large': ['library', 'paste'],
  'storage-full': ['library', 'retry'],
  'storage-lost': ['retry'],
  'source-changed': ['library'],
  'metadata-invalid': ['paste', 'library'],
  'bad-share': ['paste', 'library'],
  'newer-store': ['retry'],
  'expired': ['paste', 'library'],
  'not-found': ['library', 'paste'],
  'already-open': ['retry'],
  'closed': ['retry'],
  'engine-restarted': ['retry', 'library'],
  'unknown': ['retry', 'library'],
}

/** The buttons for a trouble on the receive page. */
export function troubleButtons(trouble: Trouble, actions: Actions): TemplateResult {
  const w = words()
  const remedies = REMEDIES[trouble.code] ?? REMEDIES.unknown
  return html`<div class="buttons">${remedies.map((remedy, index) => {
    const kind = index === 0 ? 'primary' : 'plain'
    if (remedy === 'retry') return button(kind, w.retry, () => actions.retry(), { id: 'retry' })
    if (remedy === 'library') return button(kind, w.receive.openLibrary, () => actions.go('library'), { id: 'open-library' })
    return nothing
  })}</div>`
}

/** Whether another link is asked for, and how loudly. */
export function pasteWeight(trouble: Trouble): 'primary' | 'plain' | undefined {
  const at = (REMEDIES[trouble.code] ?? REMEDIES.unknown).indexOf('paste')
  return at < 0 ? undefined : at === 0 ? 'primary' : 'plain'
}

/** The app itself could not start: there is no library to go to. */
export const troublePanel = (trouble: Trouble, actions: Actions): TemplateResult => {
  const advice = troubleWords(trouble)
  return html`<section class="panel" id="trouble" role="alert"><h2>${advice.title}</h2><p>${advice.what}</p><p class="todo">${advice.todo}</p>
    <div class="buttons">${button('primary', words().retry, () => actions.retry(), { id: 'retry' })}</div></section>`
}
