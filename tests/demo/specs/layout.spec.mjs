// Nothing overflows and everything can be hit: every state, in windows as they are and as narrow as 200 % zoom makes
// them, in both languages and in a made-up one that is longer and written from right to left.
import { describe, test } from '../../browser/lib/runner.mjs'
import { namesOf, openGallery, reportAll } from '../lib/gallery.mjs'
import { checkLayouts } from '../lib/layout_checks.mjs'

const LEAST_TARGET_PX = 44
const SIZES = [{ width: 390, height: 844 }, { width: 768, height: 1024 }, { width: 1280, height: 800 }]
const WIDE_FROM_PX = 900

/** Zoom of 200 % halves the pixels that a page has, both ways. */
const zoomed = ({ width, height }) => ({ width: width / 2, height: height / 2 })

/** Opened one after another, looked at together. */
async function looked(t, lang, sizes) {
  const pages = []
  for (const { width, height } of sizes) pages.push({ width, page: await openGallery(t, { lang, width, height, wide: width >= WIDE_FROM_PX }) })
  const found = await Promise.all(pages.map(async ({ width, page }) => {
    const problems = await page.evaluate(checkLayouts, { names: await namesOf(page), least: LEAST_TARGET_PX })
    return problems.map((problem) => `${problem} at ${width} px`)
  }))
  reportAll(found.flat())
}

/** Puts four faults into a state as it is drawn. Runs in the page. */
function spoil() {
  const { show } = window.gallery
  window.gallery.show = (name) => {
    show(name)
    const add = (tag, text, style) => {
      const element = document.querySelector('#app').appendChild(document.createElement(tag))
      element.textContent = text
      Object.assign(element.style, style)
    }
    add('p', 'wider than the page', { width: '500px' })
    add('p', 'wider_than_its_own_box', { width: '20px', overflow: 'hidden', overflowWrap: 'normal' })
    add('p', 'higher than its box, with words enough for several lines', { width: '90px', height: '10px', overflow: 'hidden' })
    add('button', 'x', { width: '30px', height: '30px', minHeight: '0', padding: '0' })
  }
}

describe('layout')

test('the looking finds what it looks for', async (t) => {
  const page = await openGallery(t)
  await page.evaluate(spoil)
  const found = await page.evaluate(checkLayouts, { names: ['settings-en'], least: LEAST_TARGET_PX })
  const expected = [/the page is \d+ px wide/, /text beyond the page/, /text wider than its box/, /text cut below/, /target of 30 × 30 px/]
  const missed = expected.filter((pattern) => !found.some((problem) => pattern.test(problem)))
  if (missed.length > 0) throw new Error(`not found: ${missed.join(' ')} in\n${found.join('\n')}`)
})

for (const lang of ['en', 'de', 'pseudo']) {
  test(`nothing overflows and targets are large in ${lang}`, (t) => looked(t, lang, SIZES), { timeout_ms: 90_000 })
  test(`nothing overflows at 200 % zoom in ${lang}`, (t) => looked(t, lang, SIZES.map(zoomed)), { timeout_ms: 90_000 })
}
