// Which language the app speaks: the one that was chosen, else the first of the browser's that there is. Holds the
// current one; knows no state and no screen.
import { de } from './de.js'
import { en } from './en.js'
import type { Words } from './shape.js'

export type { Advice, Words } from './shape.js'

const LANGUAGES: Record<'en' | 'de', Words> = { en, de }
let current: Words = en

/** The words that are spoken now. */
export const words = (): Words => current

/** Speaks these words from now on, and tells the page which language and direction they have. */
export function setWords(next: Words): void {
  current = next
  if (typeof document === 'undefined') return
  document.documentElement.lang = next.locale
  document.documentElement.dir = next.dir
}

/** The words for a setting; 'auto' asks the browser. */
export function pickWords(setting: 'auto' | 'en' | 'de', wished: readonly string[] = navigator.languages): Words {
  if (setting !== 'auto') return LANGUAGES[setting]
  const known = wished.map((tag) => tag.toLowerCase().split('-')[0]).find((tag) => tag === 'en' || tag === 'de')
  return known === 'de' ? de : en
}
