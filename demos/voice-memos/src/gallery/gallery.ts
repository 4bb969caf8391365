// Draws one state of the app by its name in the address: ?lang=en|de|pseudo&theme=light|dark&wide=0|1#NAME. Nothing happens
// on it: what a person does is written to window.calls. Not shipped; the contact sheet and the tests look at it.
import { render } from 'lit-html'
import { showHooks } from '../app/hooks.js'
import { appView } from '../view/app.js'
import type { Actions } from '../view/model.js'
import { de } from '../words/de.js'
import { en } from '../words/en.js'
import { pseudo } from '../words/pseudo.js'
import { setWords, type Words } from '../words/words.js'
import { TITLES } from './material.js'
import { GROUPS, STATES } from './states.js'

interface Gallery {
  groups: { title: string; names: string[] }[]
  titles: string[] // texts of people and strangers: in no language
  words: Record<string, Words>
  show(name: string): void
}
declare global { interface Window { calls: { action: string; given: unknown[] }[]; gallery: Gallery } }

const LANGUAGES: Record<string, Words> = { en, de, pseudo }
const query = new URLSearchParams(location.search)
const wide = query.get('wide') === '1'
const theme = query.get('theme')
const root = document.querySelector<HTMLElement>('#app')!

/** Every action, doing nothing but being written down. */
const actions = new Proxy({} as Actions, {
  get: (_, action: string) => (...given: unknown[]) => void window.calls.push({ action, given }),
})

/** Draws the state anew: nothing of the one before it is left, open dialogs least of all. */
function show(name: string): void {
  const app = STATES.get(name)
  render(undefined, root)
  if (!app) throw new Error(`no state ${name}`)
  const shown = { ...app, wide }
  showHooks(shown)
  render(appView(shown, actions), root)
  scrollTo(0, 0)
}

const nameInAddress = (): string => decodeURIComponent(location.hash.slice(1)) || 'library-eight'

window.calls = []
window.gallery = {
  groups: GROUPS.map(({ title, states }) => ({ title, names: Object.keys(states) })),
  titles: Object.values(TITLES),
  words: LANGUAGES,
  show,
}
if (theme) {
  document.documentElement.dataset['theme'] = theme
  document.documentElement.style.colorScheme = theme
}
setWords(LANGUAGES[query.get('lang') ?? 'en'] ?? en)
addEventListener('hashchange', () => show(nameInAddress()))
show(nameInAddress())
