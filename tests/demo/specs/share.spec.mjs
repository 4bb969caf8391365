// The share sheet: the link is ready before the tap, Copy and Send act within the click, the screen stays on while
// nobody has the memo, and what it says is what was measured.
import assert from 'node:assert/strict'
import { describe, test } from '../../browser/lib/runner.mjs'
import { addSample, appOf, digestOfNewest, openApp, openLink, press, pressShare, receive, sender, sheetShows, shows, slowDown, stateOf, until } from '../lib/app.mjs'

describe('share')

/** Notes whether the clipboard and the share dialog were asked for while a click was still being handed out. */
function watchClicks() {
  window.asked = []
  let inClick = false
  addEventListener('click', () => { inClick = true }, true)
  addEventListener('click', () => { inClick = false })
  Object.defineProperty(navigator, 'clipboard', { value: { writeText: async (text) => { window.asked.push({ what: 'copy', text, inClick }) } } })
  navigator.share = async ({ url }) => { window.asked.push({ what: 'send', text: url, inClick }) }
}

test('the link is ready before the tap, and Copy and Send act within the click', async (t) => {
  const app = await appOf(t)
  const { page, link } = await sender(t, app, { init: watchClicks })
  await press(page, '#share-copy')
  await press(page, '#share-send')
  assert.deepEqual(await page.evaluate(() => window.asked), [{ what: 'copy', text: link, inClick: true }, { what: 'send', text: link, inClick: true }])
  assert.equal((await stateOf(page)).share.copied, 'yes')
})

test('without a clipboard the link is selected, and the sheet says so', async (t) => {
  const app = await appOf(t)
  const init = () => Object.defineProperty(navigator, 'clipboard', { value: { writeText: () => Promise.reject(new Error('no')) } })
  const { page, link } = await sender(t, app, { init })
  await press(page, '#share-copy')
  await until(page, () => window.samaraDemo.state.share.copied === 'failed')
  assert.equal(await page.evaluate(() => document.getSelection().toString() || document.querySelector('#share-link').value), link)
})

test('waiting, serving, delivered: by what the receiver has', async (t) => {
  const app = await appOf(t)
  const { page, link } = await sender(t, app)
  await sheetShows(page, 'waiting')
  await slowDown(page, 60_000)
  const receiver = await receive(t, app, link)
  await sheetShows(page, 'serving')
  await until(page, () => window.samaraDemo.state.share.fraction > 0)
  assert.equal((await stateOf(page)).share.delivered, 0)
  await slowDown(page, 0)
  await sheetShows(page, 'delivered')
  await shows(receiver, 'playable', 'yes')
  assert.equal((await stateOf(page)).share.delivered, 1)
  assert.match(await page.text('#share-state'), /delivered to 1/i)
  assert.equal(await digestOfNewest(page), await digestOfNewest(receiver))
}, { timeout_ms: 60_000 })

test('a link to this computer says that it works on this computer only', async (t) => {
  const app = await appOf(t)
  const { page } = await sender(t, app)
  assert.equal((await stateOf(page)).share.thisComputerOnly, true)
  assert.match(await page.text('#share-here-only'), /this computer only/i)
})

function countLocks() {
  window.locks = 0
  Object.defineProperty(navigator, 'wakeLock', { value: { request: async () => {
    window.locks += 1
    const lock = new EventTarget()
    lock.release = async () => {
      if (lock.released) return
      lock.released = true
      window.locks -= 1
      lock.dispatchEvent(new Event('release'))
    }
    return lock
  } } })
}

test('the screen stays on while nobody has what was just shared, and no longer', async (t) => {
  const app = await appOf(t)
  const { page, link } = await sender(t, app, { init: countLocks })
  await until(page, () => window.locks === 1 && window.samaraDemo.state.share.awake)
  await press(page, '#share-close')
  await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 100)))
  assert.equal(await page.evaluate(() => window.locks), 1, 'the sheet is closed, and still nobody has it')
  await receive(t, app, link)
  await until(page, () => window.locks === 0)
})

test('stopped, the screen may go dark and the link gives nothing any more', async (t) => {
  const app = await appOf(t)
  const { page, link } = await sender(t, app, { init: countLocks })
  await press(page, '#share-stop')
  await sheetShows(page, 'stopped')
  await until(page, () => window.locks === 0)
  const receiver = await receive(t, app, link)
  await until(receiver, () => window.samaraDemo.state.receive.reason === 'no-one-has-it')
  await press(page, '#share-again')
  await sheetShows(page, 'waiting')
  const again = await until(page, () => document.querySelector('#share-link')?.value)
  assert.notEqual(again, link, 'whoever had the link from before needs the new one')
  const other = await receive(t, app, again)
  await shows(other, 'playable', 'yes')
  assert.equal((await stateOf(receiver)).receive.verified, 0)
}, { timeout_ms: 60_000 })

test('a memo shared twice has one link, also after a reload', async (t) => {
  const app = await appOf(t)
  const { page, link } = await sender(t, app)
  await page.reload()
  await press(page, '.memo-open')
  assert.equal(await pressShare(page), link)
})

test('what was received is passed on with a link of its own', async (t) => {
  const app = await appOf(t)
  const { page: from, link } = await sender(t, app)
  const second = await receive(t, app, link)
  await shows(second, 'playable', 'yes')
  await press(second, '#share-on')
  const passedOn = await until(second, () => document.querySelector('#share-link')?.value)
  await from.close()
  const third = await receive(t, app, passedOn)
  await shows(third, 'playable', 'yes')
  assert.equal(await digestOfNewest(third), await digestOfNewest(second))
})

test('in Firefox, too', async (t) => {
  const app = await appOf(t)
  const page = await openApp(t, app, { browser: 'firefox' })
  await addSample(page)
  const link = await pressShare(page)
  const receiver = await openLink(t, app, link)
  await press(receiver, '#receive-accept')
  await shows(receiver, 'playable', 'yes')
  await sheetShows(page, 'delivered')
}, { timeout_ms: 60_000 })
