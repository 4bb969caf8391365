// Several tabs of one device: pages of one context, which leads, and ways for a leader to go.
import { openSamara, samaraPage } from './pages.mjs'

const TAKEOVER_MS = 2_000

/** Tabs with Samara open, one after another. All are seen, as windows side by side are, unless a case hides them: some headless browsers hide all but the last. */
export async function tabsOf(t, count, { browser = 'chromium', open = {}, context } = {}) {
  context ??= await t.context(browser)
  const tabs = []
  for (let i = 0; i < count; i += 1) tabs.push(await tabOf(t, context, open))
  return tabs
}

export async function tabOf(t, context, open = {}) {
  const page = await samaraPage(t, { context, open: false })
  await show(page, true)
  if (open) await openSamara(t, page, open)
  return page
}

export const roleOf = (page) => page.evaluate(() => sm.samara.snapshot.role)

/** The one tab that leads, and those that follow. Waits until it is one. */
export async function rolesOf(tabs) {
  for (const end = performance.now() + 10_000; ;) {
    const roles = await Promise.all(tabs.map(roleOf))
    const [leader, ...others] = tabs.filter((_, index) => roles[index] === 'leader')
    if (leader && !others.length) return { leader, followers: tabs.filter((tab) => tab !== leader) }
    if (performance.now() > end) throw new Error(`roles: ${roles.join(', ')}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** From the cause to the first call that another leader answers, in milliseconds. */
export async function takeover(followers, cause) {
  const start = performance.now()
  await cause()
  await Promise.race(followers.map((page) => page.evaluate(async (limit) => {
    await kit.until(() => sm.samara.snapshot.role === 'leader', limit, 'another leader')
    await sm.samara.items()
  }, 3 * TAKEOVER_MS)))
  const ms = Math.round(performance.now() - start)
  console.log(`       led again after ${ms} ms`)
  if (ms > TAKEOVER_MS) throw new Error(`another leader took ${ms} ms`)
  return ms
}

/** As if the user had another tab in front, or this one: headless browsers hide no page. */
export const show = (page, isSeen) => page.evaluate((state) => {
  Object.defineProperty(document, 'visibilityState', { get: () => state, configurable: true })
  document.dispatchEvent(new Event('visibilitychange'))
}, isSeen ? 'visible' : 'hidden')

/** A transfer that is under way in a page, fetched from a slow sender in a browser context of its own. */
export async function slowTransfer(t, page, file, bytesPerSecond) {
  const sender = await samaraPage(t, { open: { limits: { uploadBytesPerSecond: bytesPerSecond } } })
  const { url } = await sender.evaluate((what) => sm.share(what), { files: [file] })
  await page.evaluate(async (link) => {
    sm.receive({ link })
    await kit.until(() => sm.progress().verifiedBytes > 0)
  }, url)
  return { sender, url }
}
