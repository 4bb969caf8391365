// Opens the test pages and waits for their scripts. The trackers of a page are the case's own choice.
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))
export const PAGES = '/tests/browser/pages/'
const WEBTORRENT = '3.0.21'
const READY_TIMEOUT_MS = 15_000

/** A page with webtorrent, of exactly the version that the tests speak of. */
export async function webtorrentPage(t, options) {
  const page = await t.page(`${PAGES}webtorrent.html`, options)
  await ready(page)
  const version = await page.evaluate(() => wt.version)
  if (version !== WEBTORRENT) throw new Error(`webtorrent ${version} in the page, not ${WEBTORRENT}`)
  return page
}

/** A page with Samara opened; open: OpenOptions that can be sent, false to leave it closed. */
export async function samaraPage(t, { open = {}, ...options } = {}) {
  const page = await t.page(`${PAGES}samara.html`, options)
  await ready(page)
  if (open) await openSamara(t, page, open)
  return page
}

export const openSamara = (t, page, open = {}) => page.evaluate((options) => sm.open(options), { trackers: [t.tracker.url], ...open })

export async function reload(t, page, open = {}) {
  await page.reload()
  await ready(page)
  if (open) await openSamara(t, page, open)
}

/** A page whose files a service worker keeps, on a server of its own that can be stopped. */
export async function offlinePage(t, browser) {
  const worker = `${ROOT}tests/browser/pages/offline_sw.js` // at the root: a dedicated worker's script is looked up by its own URL
  const server = await t.ownServer({ mounts: [{ prefix: '/', dir: ROOT }, { prefix: '/offline_sw.js', dir: worker }] })
  const page = await samaraPage(t, { browser, origin: server.origin, open: false })
  await page.evaluate(async () => {
    await navigator.serviceWorker.register('/offline_sw.js')
    await kit.until(() => navigator.serviceWorker.controller)
  })
  await reload(t, page)
  return { page, server }
}

export async function ready(page) {
  const state = await page.evaluate((timeout_ms) => kit.until(() => window.ready, timeout_ms, 'the page\'s script').then(() => '', String), READY_TIMEOUT_MS)
  if (state) throw new Error(`${state}\n${page.log.join('\n')}`)
}
