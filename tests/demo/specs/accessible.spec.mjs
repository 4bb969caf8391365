// Everyone can use every state: axe-core finds nothing in any of them, light and dark, narrow and wide.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { describe, test } from '../../browser/lib/runner.mjs'
import { namesOf, openGallery, reportAll } from '../lib/gallery.mjs'

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** Runs axe on one state after another. In the page. */
async function examine({ names, rules }) {
  const found = []
  const options = { resultTypes: ['violations'], ...(rules && { runOnly: { type: 'rule', values: rules } }) }
  for (const name of names) {
    window.gallery.show(name)
    await new Promise((resolve) => setTimeout(resolve)) // sheets open in a microtask
    const { violations } = await window.axe.run(document, options)
    for (const { id, help, nodes } of violations) {
      for (const node of nodes.slice(0, 3)) {
        const why = (node.any[0] ?? node.all[0] ?? node.none[0])?.message ?? ''
        found.push(`${name}: ${id}: ${help}: ${node.target.join(' ')}: ${why}`)
      }
    }
  }
  return found
}

async function examined(t, { pattern, rules, ...how }) {
  const page = await openGallery(t, how)
  await page.evaluate(axeSource)
  reportAll(await page.evaluate(examine, { names: await namesOf(page, pattern), rules }))
}

describe('accessible')

test('axe finds nothing in any state, light', (t) => examined(t, { theme: 'light' }), { timeout_ms: 120_000 })

test('no state has too little contrast in the dark', (t) => examined(t, { theme: 'dark', rules: ['color-contrast'] }), { timeout_ms: 120_000 })

test('axe finds nothing where list and memo are side by side', async (t) => {
  const pattern = /^(library-(empty|one|eight)|memo-|recording$|offline|share-(serving|delivered)$|settings-|arrived$|moving-receiving$)/
  await examined(t, { theme: 'light', wide: true, width: 1280, height: 800, pattern })
}, { timeout_ms: 120_000 })

test('wide states have enough contrast in the dark', async (t) => {
  await examined(t, { theme: 'dark', wide: true, width: 1280, height: 800, pattern: /^(library-|memo-|recording)/, rules: ['color-contrast'] })
}, { timeout_ms: 120_000 })
