// The app speaks each language whole: the same shape in both, no English in German, no code without words, nothing that
// was written into a view instead of src/words, and never an "undefined" on the screen.
import { readFileSync } from 'node:fs'
import { describe, test } from '../../browser/lib/runner.mjs'
import { namesOf, openGallery, reportAll } from '../lib/gallery.mjs'

/** The same in both languages: names, and words that both have. */
const SHARED = new Set(['Samara', 'Memo', 'English', 'Deutsch', 'Name', 'Link', 'Text', 'Version', 'QR-Code', 'Wi-Fi', 'WLAN', 'Lullaby for Ida', 'holiday.pdf'])

const parser = new URL('../../../sdk/src/codec/magnet.cpp', import.meta.url)

/** Every text that can be read or heard, per state. Runs in the page. */
async function collectTexts(names) {
  const attributes = ['aria-label', 'aria-valuetext', 'aria-description', 'placeholder', 'title', 'alt']
  const texts = {}
  for (const name of names) {
    window.gallery.show(name)
    await Promise.resolve()
    const found = new Set()
    const walker = document.createTreeWalker(document.querySelector('#app'), NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT)
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      if (node.nodeType === Node.TEXT_NODE) found.add(node.data.trim())
      else for (const attribute of attributes) found.add(node.getAttribute(attribute)?.trim() ?? '')
    }
    texts[name] = [...found].filter((text) => /\p{L}{2}/u.test(text))
  }
  return texts
}

/** path → 'text' | 'function of N' for every leaf of a language. Runs in the page. */
function shapeOf(language) {
  const leaves = {}
  const walk = (value, path) => {
    if (typeof value === 'string') leaves[path] = 'text'
    else if (typeof value === 'function') leaves[path] = `function of ${value.length}`
    else for (const [key, part] of Object.entries(value)) walk(part, path ? `${path}.${key}` : key)
  }
  walk(window.gallery.words[language], '')
  return leaves
}

/** path → text for every leaf that is one. Runs in the page. */
function textsOf(language) {
  const texts = {}
  const walk = (value, path) => {
    if (typeof value === 'string') texts[path] = value
    else if (typeof value === 'object') for (const [key, part] of Object.entries(value)) walk(part, path ? `${path}.${key}` : key)
  }
  walk(window.gallery.words[language], '')
  return texts
}

/** Written by Intl: numbers with units are alike in many languages, and the pseudo-locale has English dates. */
const isAmount = (text) => /^[\d.,:\s]+(B|kB|MB|GB)?$/.test(text)
const isDated = (text) => /\d/.test(text)
const isVersion = (text) => /^Version [\d.]+$/.test(text) // the same word in both

/** What a text says beside the titles that people gave. */
const isOfPeople = (text, titles) => titles.some((title) => text.includes(title))

describe('words')

test('English and German have the same shape', async (t) => {
  const page = await openGallery(t)
  const [en, de] = [await page.evaluate(shapeOf, 'en'), await page.evaluate(shapeOf, 'de')]
  reportAll([...new Set([...Object.keys(en), ...Object.keys(de)])].filter((path) => en[path] !== de[path])
    .map((path) => `${path}: ${en[path]} in English, ${de[path]} in German`))
})

test('no sentence is the same in English and German', async (t) => {
  const page = await openGallery(t)
  const [en, de] = [await page.evaluate(textsOf, 'en'), await page.evaluate(textsOf, 'de')]
  const exempt = /^(locale|dir)$/
  reportAll(Object.entries(en).filter(([path, text]) => !exempt.test(path) && text !== '' && text === de[path] && !SHARED.has(text)).map(([path, text]) => `${path}: ${text}`))
})

test('German states show no English, and nothing is missing', async (t) => {
  const english = await openGallery(t)
  const german = await openGallery(t, { lang: 'de' })
  const names = await namesOf(english)
  const titles = await english.evaluate(() => window.gallery.titles)
  const [en, de] = [await english.evaluate(collectTexts, names), await german.evaluate(collectTexts, names)]
  const problems = []
  for (const name of names) {
    const known = new Set(en[name])
    for (const text of de[name]) {
      if (/\b(undefined|null|NaN|Invalid Date|\[object)\b/.test(text)) problems.push(`${name}: ${text}`)
      if (known.has(text) && !SHARED.has(text) && !isAmount(text) && !isVersion(text) && !isOfPeople(text, titles)) problems.push(`${name}: the same in English: ${text}`)
    }
  }
  reportAll([...new Set(problems)])
}, { timeout_ms: 60_000 })

test('every state says something, and in the pseudo-locale nothing stays English', async (t) => {
  const english = await openGallery(t)
  const other = await openGallery(t, { lang: 'pseudo' })
  const names = await namesOf(english)
  const titles = await english.evaluate(() => window.gallery.titles)
  const [en, pseudo] = [await english.evaluate(collectTexts, names), await other.evaluate(collectTexts, names)]
  const written = names.flatMap((name) => pseudo[name].filter((text) => en[name].includes(text) && /\p{L}{4}/u.test(text) && !isDated(text) && !SHARED.has(text) && !isOfPeople(text, titles)))
  const silent = names.filter((name) => en[name].length === 0)
  reportAll([...new Set(written)].map((text) => `not in src/words: ${text}`).concat(silent.map((name) => `${name}: no text`)))
}, { timeout_ms: 60_000 })

test('every way in which a link can be bad has its state', async (t) => {
  const whys = [...readFileSync(parser, 'utf8').matchAll(/case LinkWhy::\w+: return "([a-z0-9-]+)"/g)].map(([, why]) => why)
  const page = await openGallery(t)
  const names = new Set(await namesOf(page))
  if (whys.length < 10) throw new Error('the parser was not understood')
  reportAll(whys.filter((why) => !names.has(`bad-link-${why}`)).map((why) => `no state bad-link-${why}`))
})
