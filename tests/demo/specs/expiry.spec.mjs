// A link's end: chosen on the sheet, said to the receiver, kept by both; what has arrived stays until a person deletes it.
import assert from 'node:assert/strict'
import { describe, test } from '../../browser/lib/runner.mjs'
import { addSample, appOf, openApp, openLink, press, pressShare, receive, sender, shows, stateOf, until } from '../lib/app.mjs'

describe('expiry')

const HOUR_MS = 3_600_000
const SOON_MS = 6000

/** A memo shared by the package with an end that a test can wait for; the sheet offers an hour at least. */
async function endingSoon(t, app, lastsMs = SOON_MS) {
  const page = await openApp(t, app)
  const id = await addSample(page)
  const link = await page.evaluate(async ({ key, lasts }) => {
    const { samara } = window.samaraDemo
    const item = await samara.item(key)
    const { peaks } = item.meta
    return (await samara.share(item, { key, name: item.name, meta: { peaks }, expiresAt: new Date(Date.now() + lasts) })).url
  }, { key: id, lasts: lastsMs })
  return { page, link }
}

const isOver = (page) => until(page, () => window.samaraDemo.state.memos[0]?.ends?.over === true, undefined, SOON_MS + 10_000)

test('an end is chosen, shown on both sides, and changing it makes a new link', async (t) => {
  const app = await appOf(t)
  const { page, link: before } = await sender(t, app)
  await press(page, '#share-options')
  await press(page, '.pill:has([value=day])')
  await press(page, '#share-renew-make')
  const link = await until(page, (old) => {
    const value = document.querySelector('#share-link')?.value
    return value && value !== old && value
  }, before)
  const { guards } = (await stateOf(page)).share
  const left = new Date(guards.ends) - Date.now()
  assert.ok(guards.end === 'day' && left > 23 * HOUR_MS && left <= 24 * HOUR_MS)
  const receiver = await receive(t, app, link)
  await shows(receiver, 'playable', 'yes')
  assert.deepEqual((await stateOf(receiver)).receive.memo.ends, { at: guards.ends, over: false })
  await page.reload()
  await press(page, '.memo-open')
  assert.equal(await pressShare(page), link, 'the same link after a reload')
  assert.equal((await stateOf(page)).share.guards.end, 'day')
})

test('at its end the sender stops: the sheet says so, and offers a new link', async (t) => {
  const app = await appOf(t)
  const { page, link } = await endingSoon(t, app)
  assert.equal(await pressShare(page), link)
  await until(page, () => window.samaraDemo.state.share.state === 'expired', undefined, SOON_MS + 10_000)
  assert.match(await page.text('#share-sheet'), /expired/i)
  await press(page, '#share-again')
  const renewed = await until(page, () => document.querySelector('#share-link')?.value)
  assert.notEqual(renewed, link)
})

test('a memo whose end has come says so, is not passed on, and is deleted by the person only', async (t) => {
  const app = await appOf(t)
  const { page: from, link } = await endingSoon(t, app)
  const context = await t.context()
  const page = await receive(t, app, link, { context })
  await shows(page, 'playable', 'yes')
  await press(page, '#open-library')
  await isOver(page)
  await until(page, () => document.querySelector('.badge.ended'))
  await from.close()
  assert.equal(await page.evaluate(async () => (await window.samaraDemo.samara.items()).length), 1, 'it is still here')
  await page.reload()
  await until(page, () => document.querySelector('.badge.ended'))
  await press(page, '.memo-open')
  await until(page, () => document.querySelector('.ended-delete') && !document.querySelector('.share-button'))
  const other = await receive(t, app, link)
  await until(other, () => window.samaraDemo.state.receive.reason === 'no-one-has-it')
  await press(page, '.ended-delete')
  await until(page, () => window.samaraDemo.state.memos.length === 0)
}, { timeout_ms: 60_000 })

test('an expired link whose memo is here offers to hear it or to delete it', async (t) => {
  const app = await appOf(t)
  const { link } = await endingSoon(t, app)
  const context = await t.context()
  const page = await receive(t, app, link, { context })
  await shows(page, 'playable', 'yes')
  await isOver(page)
  await page.goto(link)
  await shows(page, 'step', 'ended')
  assert.match(await page.text('h1'), /expired/i)
  await press(page, '#ended-show')
  await shows(page, 'playable', 'yes')
  await page.goto(link)
  await press(page, '#ended-delete')
  await shows(page, 'screen', 'library')
  await until(page, () => window.samaraDemo.state.memos.length === 0 && document.querySelector('#undo'))
}, { timeout_ms: 60_000 })

test('an expired link whose memo is not here says so, whoever still serves it', async (t) => {
  const app = await appOf(t)
  const { link } = await endingSoon(t, app, HOUR_MS)
  const later = await appOf(t) // the receiver's clock is two hours ahead: the sender's device sleeps over the end
  const ahead = `{ const { now } = Date; Date.now = () => now() + ${2 * HOUR_MS} }\n`
  for (const file of ['samara/worker.js', 'app.js']) await later.change(file, (text) => ahead + text)
  const page = await openLink(t, later, link.replace(app.share, later.share))
  await press(page, '#receive-accept')
  await shows(page, 'trouble', 'expired')
  assert.equal((await stateOf(page)).memos.length, 0)
  assert.match(await page.text('#state'), /end/i)
})
