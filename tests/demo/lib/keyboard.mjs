// A person without a mouse: gets everywhere by Tab, presses with Enter, Space, Esc and arrows. Knows the page only by what
// has the focus. For Chromium pages.
import assert from 'node:assert/strict'
import { until } from './host.mjs'

const MOST_TABS = 80

const focused = (page) => page.evaluate(() => {
  const { activeElement } = document
  if (!activeElement || activeElement === document.body || activeElement === document.documentElement) return ''
  return `${activeElement.localName}#${activeElement.id}.${[...activeElement.classList].join('.')}`
})

const hasFocus = (page, selector) => page.evaluate((wanted) => document.activeElement?.matches(wanted) ?? false, selector)

/** Tabs until something has the focus, and sees that it can be seen there. */
export async function tabTo(page, selector) {
  await until(page, (wanted) => document.querySelector(wanted), selector)
  const met = []
  for (let tabs = 0; tabs <= MOST_TABS; tabs += 1) {
    if (await hasFocus(page, selector)) return assertRing(page, selector)
    await page.raw.keyboard.press('Tab')
    met.push(await focused(page))
  }
  throw new Error(`Tab never comes to ${selector}, only to ${[...new Set(met)].join(' ')}`)
}

/** Whoever moves by keyboard sees where the focus is: an outline or a ring, on it or on what stands for it. */
async function assertRing(page, selector) {
  const isSeen = await page.evaluate(() => {
    const marked = (element) => {
      const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(element)
      return (outlineStyle !== 'none' && parseFloat(outlineWidth) > 0) || boxShadow !== 'none'
    }
    const { activeElement } = document
    return [activeElement, activeElement.parentElement, activeElement.closest('label'), activeElement.nextElementSibling].some((one) => one && marked(one))
  })
  assert.ok(isSeen, `${selector} has the focus and does not show it`)
}

export async function tabAndPress(page, selector, key = 'Enter') {
  await tabTo(page, selector)
  await page.raw.keyboard.press(key)
}

/** After a dialog has gone, and after a screen has changed: the focus is somewhere, not on nothing. */
export async function assertFocusKept(page, when) {
  await until(page, () => document.activeElement && document.activeElement !== document.body && document.activeElement.isConnected, undefined, 2000)
    .catch(() => { throw new Error(`the focus was lost ${when}`) })
}

/** While a dialog is open, the focus is in it. */
export async function assertFocusIn(page, selector) {
  await until(page, (wanted) => document.querySelector(wanted)?.contains(document.activeElement), selector, 2000)
    .catch(async () => { throw new Error(`the focus is on ${await focused(page)}, not in ${selector}`) })
}
