// Opens the gallery of states (demos/voice-memos/src/gallery) in a test's browser, at a size, in a language and a theme.
// Built once for a whole run; served with the app's own policy, so that what the policy forbids is missing here as well.
import { buildGallery } from '../../../demos/voice-memos/build.mjs'
import { headerPolicy } from '../../../demos/voice-memos/policy.mjs'

/** Where dates and hours are counted from, the clock of src/gallery/material.ts. */
const CLOCK = new Date('2026-05-16T14:20:00Z')

let built
const builtOnce = () => (built ??= buildGallery())

/**
 * @param {{lang?: 'en' | 'de' | 'pseudo', theme?: 'light' | 'dark', wide?: boolean, width?: number, height?: number}} how
 * @returns the page of the tests' own kind, with .raw from playwright
 */
export async function openGallery(t, { lang = 'en', theme = 'light', wide = false, width = 390, height = 844 } = {}) {
  const server = await t.ownServer({ mounts: [{ prefix: '/', dir: await builtOnce(), headers: { 'content-security-policy': headerPolicy() } }] })
  const context = await t.context('chromium')
  const page = await context.newPage()
  await page.raw.setViewportSize({ width, height })
  await page.raw.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' })
  await page.raw.clock.setFixedTime(CLOCK)
  await page.goto(`${server.origin}/?lang=${lang}&theme=${theme}&wide=${wide ? 1 : 0}`)
  await page.raw.waitForFunction(() => window.gallery)
  await page.evaluate(() => document.fonts.ready.then(() => undefined))
  return page
}

/** The names of all states, or of those that a pattern matches. */
export const namesOf = async (page, pattern = /./) =>
  (await page.evaluate(() => window.gallery.groups.flatMap((group) => group.names))).filter((name) => pattern.test(name))

/** Throws with every problem on a line of its own; of problems "state: what" each what is said once, with its states. */
export function reportAll(problems, { most = 50, namesShown = 4 } = {}) {
  if (problems.length === 0) return
  const states = new Map()
  for (const problem of problems) {
    const [, name, what] = /^([\w-]+): (.*)$/s.exec(problem) ?? [undefined, '', problem]
    states.set(what, [...(states.get(what) ?? []), name])
  }
  const lines = [...states].map(([what, names]) => `${what}${names[0] ? ` (${names.slice(0, namesShown).join(', ')}${names.length > namesShown ? ` and ${names.length - namesShown} more` : ''})` : ''}`)
  throw new Error(`${problems.length} problems, ${lines.length} kinds:\n${lines.slice(0, most).join('\n')}`)
}
