// The sender leaves the app in order to send the link: frozen or hidden, the receiver waits and is told why, and on
// return bytes flow and the sheet says what happened.
import assert from 'node:assert/strict'
import puppeteer from 'puppeteer-core'
import { watchConsole } from '../../browser/lib/console.mjs'
import { describe, test } from '../../browser/lib/runner.mjs'
import { addSample, appOf, openApp, ready, pressShare, receive, shows, stateOf, until } from '../lib/app.mjs'

describe('away')

const FROZEN_MS = 60_000
const FLOW_MS = 5000
const WAITING = ['no-one-has-it', 'sender-left', 'cannot-connect']
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

/** A Chromium whose pages can be frozen: the other driver keeps all of its pages awake and visible. */
async function freezablePage(t, url) {
  const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium'
  const browser = await puppeteer.launch({ executablePath, headless: true, args: ['--no-sandbox', '--disable-gpu', '--disable-features=WebRtcHideLocalIpsWithMdns'] })
  t.defer(() => browser.close())
  const raw = await browser.newPage()
  await raw.evaluateOnNewDocument(() => sessionStorage.setItem('samara-trace', '1'))
  await raw.goto(url)
  const page = { browser: 'chromium', raw, log: watchConsole(raw), evaluate: (f, argument) => raw.evaluate(f, argument) }
  await ready(page)
  const session = await raw.createCDPSession()
  const freeze = () => session.send('Page.setWebLifecycleState', { state: 'frozen' })
  const wake = async () => {
    await session.send('Page.setWebLifecycleState', { state: 'active' })
    const other = await browser.newPage() // frozen pages are hidden ones: the person comes back from another tab
    await raw.bringToFront()
    await other.close()
  }
  return { ...page, freeze, wake }
}

/** Notes everything that a receiving page shows, as often as it changes. */
const watchSteps = (page) => page.evaluate(() => {
  window.shown = []
  const look = () => {
    const { step, state } = document.body.dataset
    const reason = window.samaraDemo.state.receive.reason
    const text = document.querySelector('#state')?.textContent.trim()
    const line = JSON.stringify({ step, state, reason, text })
    if (window.shown.at(-1) !== line) window.shown.push(line)
  }
  look()
  new MutationObserver(look).observe(document.body, { subtree: true, childList: true, attributes: true, characterData: true })
})
const stepsOf = async (page) => (await page.evaluate(() => window.shown)).map((line) => JSON.parse(line))

test('frozen one second after sharing, for a minute: the receiver waits, and bytes flow within 5 s of its return', async (t) => {
  const app = await appOf(t)
  const from = await freezablePage(t, app.url)
  await addSample(from)
  const link = await pressShare(from)
  await sleep(1000)
  await from.freeze()
  const frozenAt = Date.now()
  const page = await receive(t, app, link)
  await watchSteps(page)
  await until(page, () => /waiting for the sender/i.test(document.querySelector('#state').textContent), undefined, 40_000)
    .catch(async (error) => { throw new Error(`${error.message}; shown: ${JSON.stringify(await stepsOf(page))}`) })
  await sleep(FROZEN_MS - (Date.now() - frozenAt)) // the minute that the sender is away
  const before = await stepsOf(page)
  assert.ok(before.every(({ step }) => step === 'moving'), `never a failure, and nothing yet: ${JSON.stringify(before)}`)
  assert.equal((await stateOf(page)).receive.verified, 0)
  await from.wake()
  const backAt = Date.now()
  await until(page, () => window.samaraDemo.state.receive.verified > 0 || document.body.dataset.step === 'arrived', undefined, 30_000)
  const flowMs = Date.now() - backAt
  await shows(page, 'playable', 'yes')
  const shown = before.map(({ state, reason }) => `${state}${reason ? `(${reason})` : ''}`).join(' → ')
  console.log(`     bytes flowed ${flowMs} ms after the return; shown: ${shown}`)
  assert.ok(before.filter(({ reason }) => reason).every(({ reason }) => WAITING.includes(reason)), `the right reason: ${shown}`)
  await until(from, () => window.samaraDemo.state.share.delivered === 1 && window.samaraDemo.state.share.away !== undefined)
  assert.equal((await stateOf(from)).share.away.opened, true, 'the sheet says that somebody came')
  assert.ok(flowMs < FLOW_MS, `bytes flowed after ${flowMs} ms; shown: ${shown}`)
}, { timeout_ms: 150_000 })

/** A page that can be told that it is hidden; what it does then is what a browser would have it do. */
function hideable() {
  let state = 'visible'
  Object.defineProperty(document, 'visibilityState', { get: () => state })
  Object.defineProperty(document, 'hidden', { get: () => state === 'hidden' })
  window.setVisibility = (next) => {
    state = next
    document.dispatchEvent(new Event('visibilitychange'))
  }
}

test('what was delivered while the page was hidden is said on return', async (t) => {
  const app = await appOf(t)
  const page = await openApp(t, app, { init: hideable })
  await addSample(page)
  const link = await pressShare(page)
  await page.evaluate(() => window.setVisibility('hidden'))
  const receiver = await receive(t, app, link)
  await shows(receiver, 'playable', 'yes')
  await until(page, () => window.samaraDemo.state.share.delivered === 1)
  assert.equal((await stateOf(page)).share.away, undefined, 'not before the return')
  await page.evaluate(() => window.setVisibility('visible'))
  await until(page, () => window.samaraDemo.state.share.away?.delivered === 1)
  assert.equal((await stateOf(page)).share.away.opened, true)
})

test('when nobody came meanwhile, it says that', async (t) => {
  const app = await appOf(t)
  const page = await openApp(t, app, { init: hideable })
  await addSample(page)
  await pressShare(page)
  await page.evaluate(() => window.setVisibility('hidden'))
  await page.evaluate(() => window.setVisibility('visible'))
  await until(page, () => window.samaraDemo.state.share.away !== undefined)
  assert.deepEqual((await stateOf(page)).share.away, { delivered: 0, opened: false })
  assert.ok((await page.text('#share-sheet .away')).trim())
})
