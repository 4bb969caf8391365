// The voice-memo app in a test's browsers: opens it, makes and shares memos in it, opens links, and counts whom a page
// contacts. Every case has a copy of the built app of its own (host.mjs) and the run's tracker.
import { hostedApp, ready, until } from './host.mjs'

export { ready, until }
export const MiB = 1024 * 1024

/** @returns the app of this case: {url, change…} of host.mjs, with `share`, the address of the share page */
export async function appOf(t, options) {
  const app = await hostedApp(t, options)
  return { ...app, share: `${app.url}share/` }
}

/** Runs before the scripts of every page that opens in this one from now on. */
export const before = (page, f, argument) =>
  page.browser === 'chromium' ? page.raw.addInitScript(f, argument) : page.raw.evaluateOnNewDocument(f, argument)

/**
 * A page of the app, with its store open unless `wait` is false.
 * @param {{path?: string, browser?: string, context?: object, init?: Function, argument?: unknown, wait?: boolean}} how
 */
export async function openApp(t, app, { path = '', browser = 'chromium', context, init, argument, wait = true } = {}) {
  const page = await (context ?? await t.context(browser)).newPage()
  if (init) await before(page, init, argument)
  await page.goto(app.url + path)
  if (wait) await ready(page)
  return page
}

/** Waits until something is there to be pressed, and presses it as a person would. */
export async function press(page, selector) {
  await until(page, (wanted) => {
    const found = document.querySelector(wanted)
    return found && !found.disabled && found.getBoundingClientRect().width > 0
  }, selector)
  await page.raw.click(selector)
}

/** Waits until the body says so: step, state, playable… of demos/voice-memos/src/app/hooks.ts. */
export const shows = (page, hook, value, timeout_ms) =>
  until(page, ([name, wanted]) => document.body?.dataset[name] === wanted, [hook, value], timeout_ms)

export const sheetShows = (page, state, timeout_ms) =>
  until(page, (wanted) => document.querySelector('#share-sheet')?.dataset.state === wanted, state, timeout_ms)

/** What the app shows now. */
export const stateOf = (page) => page.evaluate(() => JSON.parse(JSON.stringify(window.samaraDemo.state)))

/** The one-tap sample, opened. Resolves with its id. */
export async function addSample(page) {
  await press(page, '#sample')
  await until(page, () => document.querySelector('.share-button') !== null)
  return page.evaluate(() => document.querySelector('.memo[data-id]').dataset.id)
}

/** Shares the memo that is open; the link. */
export async function pressShare(page) {
  await press(page, '.share-button')
  return until(page, () => document.querySelector('#share-link')?.value)
}

/** A device that shares the sample. */
export async function sender(t, app, how = {}) {
  const page = await openApp(t, app, how)
  const id = await addSample(page)
  return { page, id, link: await pressShare(page) }
}

/** A device that shares bytes that the app itself would not make: the package is asked for it. Seeded, not compressible. */
export async function senderOf(t, app, { name, size, type = '' }) {
  const page = await openApp(t, app)
  const link = await page.evaluate(async (file) => {
    const bytes = new Uint8Array(file.size)
    let x = 7
    for (let i = 0; i < bytes.length; i += 1) bytes[i] = (x = (Math.imul(x, 1664525) + 1013904223) >>> 0) >>> 24
    const { samara } = window.samaraDemo
    return (await samara.share(new File([bytes], file.name, { type: file.type }), { encrypt: false, keep: 'copy' })).url
  }, { name, size, type })
  return { page, link }
}

/** Everything that stands where others could read it: addresses, history, what the browser keeps, the page's own text. */
export const traces = (page) => page.evaluate(() => {
  const attributes = [...document.querySelectorAll('*')].flatMap((element) => [...element.attributes].map(({ name, value }) => `${name}=${value}`))
  return {
    address: location.href, state: JSON.stringify(history.state), referrer: document.referrer, title: document.title,
    local: JSON.stringify({ ...localStorage }), tab: JSON.stringify({ ...sessionStorage }), cookies: document.cookie,
    attributes: attributes.join('\n'), text: document.documentElement.textContent,
  }
})

/** Opens a link in a browser that has never seen the app. */
export async function openLink(t, app, link, { browser = 'chromium', context, init, argument } = {}) {
  const page = await (context ?? await t.context(browser)).newPage()
  if (init) await before(page, init, argument)
  await page.goto(link)
  await until(page, () => document.body?.dataset.step && document.body.dataset.step !== 'opening')
  return page
}

/** Opens a link and agrees to what is asked once. */
export async function receive(t, app, link, how) {
  const page = await openLink(t, app, link, how)
  await press(page, '#receive-accept')
  return page
}

/** A link to something that nobody has. */
export const nobodysLink = (app, tracker, { name = 'Nobody.webm', size, hash = '5a'.repeat(20) } = {}) =>
  `${app.share}#seeds=${encodeURIComponent(`magnet:?xt=urn:btih:${hash}&dn=${encodeURIComponent(name)}${size === undefined ? '' : `&xl=${size}`}&tr=${encodeURIComponent(tracker)}`)}`

function countSockets() {
  globalThis.contacts = 0
  globalThis.policies = []
  for (const name of ['WebSocket', 'RTCPeerConnection']) {
    const Real = globalThis[name]
    if (!Real) continue
    globalThis[name] = class extends Real {
      constructor(...given) {
        super(...given)
        globalThis.contacts += 1
        if (name === 'RTCPeerConnection') globalThis.policies.push(given[0] ?? {})
      }
    }
  }
}

/**
 * Counts every WebSocket and RTCPeerConnection of a page and of its workers, from before their first use. The count is
 * read with `contacts(page)`.
 */
export async function counted(page) {
  await before(page, countSockets)
  page.patching = []
  page.raw.on('worker', (worker) => page.patching.push(worker.evaluate(countSockets).then(() => worker, () => undefined)))
}

export async function contacts(page) {
  const workers = (await Promise.all(page.patching)).filter(Boolean)
  const counts = await Promise.all(workers.map((worker) => worker.evaluate(() => globalThis.contacts ?? 0).catch(() => 0)))
  return counts.reduce((sum, count) => sum + count, await page.evaluate(() => window.contacts))
}

/** The same memo on both sides. */
export const digestOfNewest = (page) => page.evaluate(async () => {
  const items = await window.samaraDemo.samara.items()
  const [newest] = items.sort((a, b) => b.addedAt - a.addedAt)
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', await (await newest.blob()).arrayBuffer()))
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')
})

/** Makes everything that a page sends slow, data channels too; 0 sets it free. */
export async function slowDown(page, bytesPerSecond) {
  page.slowing ??= await page.cdp()
  await page.slowing.send('Network.emulateNetworkConditions', {
    offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: bytesPerSecond || -1, packetLoss: 0, packetQueueLength: 50,
  })
}
