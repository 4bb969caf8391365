// A password: set on the sheet, asked for where the memo is opened, wrong ones cost nothing, and it is nowhere but in
// its field.
import assert from 'node:assert/strict'
import { describe, test } from '../../browser/lib/runner.mjs'
import { addSample, appOf, digestOfNewest, openApp, press, pressShare, receive, sheetShows, shows, stateOf, traces, until } from '../lib/app.mjs'

describe('password')

const PASSWORD = 'Zwetschge über alles 7'

const linkChanged = (page, before) => until(page, (old) => {
  const value = document.querySelector('#share-link')?.value
  return value && value !== old && value
}, before, 20_000)

/** A device that shares the sample with a password. */
async function lockedSender(t, app) {
  const page = await openApp(t, app)
  await addSample(page)
  const before = await pressShare(page)
  await press(page, '#share-options')
  await until(page, () => document.querySelector('#share-password'))
  await page.raw.fill('#share-password', PASSWORD)
  await press(page, '#share-renew-make')
  return { page, before, link: await linkChanged(page, before) }
}

async function answer(page, text) {
  await until(page, () => document.querySelector('#receive-password') && document.body.dataset.state !== 'checking')
  await page.raw.fill('#receive-password', text)
  await page.raw.press('#receive-password', 'Enter')
}

test('a wrong password is said to be wrong, the right one opens, and nothing is fetched anew', async (t) => {
  const app = await appOf(t)
  const { page: from, link } = await lockedSender(t, app)
  const page = await receive(t, app, link)
  await shows(page, 'step', 'password')
  await shows(page, 'state', 'needed')
  assert.equal((await stateOf(from)).share.guards.password, true)
  await answer(page, 'not it')
  await shows(page, 'state', 'wrong', 20_000)
  assert.match(await page.text('#password-state'), /not the password/i)
  assert.equal(await page.evaluate(() => document.querySelector('#receive-password').value), 'not it', 'a slip can be put right')
  assert.ok(await page.evaluate(() => document.querySelector('#receive-password').matches('[aria-invalid=true]')))
  const before = await until(from, () => window.samaraDemo.state.share.sentBytes)
  assert.ok(before < (await stateOf(from)).share.memo.bytes / 4, `${before} bytes: the first piece alone`)
  await answer(page, 'still not it')
  await shows(page, 'state', 'checking')
  await shows(page, 'state', 'wrong', 20_000)
  await from.evaluate(() => new Promise((resolve) => setTimeout(resolve, 500))) // the sheet hears of it ten times a second
  assert.equal((await stateOf(from)).share.sentBytes, before, 'a wrong password fetches nothing')
  await answer(page, PASSWORD)
  await shows(page, 'playable', 'yes', 20_000)
  assert.equal(await digestOfNewest(page), await digestOfNewest(from))
  await sheetShows(from, 'delivered')
}, { timeout_ms: 90_000 })

test('the consent says that a password is asked for, and the link from before no longer works', async (t) => {
  const app = await appOf(t)
  const { page: from, before, link } = await lockedSender(t, app)
  assert.match(await from.text('#share-renewed'), /no longer works/i)
  const page = await (await t.context()).newPage()
  await page.goto(link)
  await shows(page, 'step', 'consent')
  assert.equal((await stateOf(page)).receive.locked, true)
  const old = await receive(t, app, before)
  await until(old, () => window.samaraDemo.state.receive.reason === 'no-one-has-it')
}, { timeout_ms: 60_000 })

test('the password is in no address, no storage, no attribute and no state, on either side', async (t) => {
  const app = await appOf(t)
  const { page: from, link } = await lockedSender(t, app)
  const page = await receive(t, app, link)
  await answer(page, PASSWORD)
  await shows(page, 'playable', 'yes', 20_000)
  for (const one of [from, page]) {
    const found = { ...await traces(one), app: JSON.stringify(await stateOf(one)), log: one.log.join('\n') }
    for (const [where, text] of Object.entries(found)) assert.ok(!text.includes(PASSWORD) && !text.includes(encodeURIComponent(PASSWORD)), `in ${where}`)
    assert.deepEqual(await one.evaluate(() => [...document.querySelectorAll('input[name=password]')].map(({ value }) => value).filter(Boolean)), [])
  }
}, { timeout_ms: 60_000 })

test('a reload before the password asks again, and the memo waits in the library until then', async (t) => {
  const app = await appOf(t)
  const { link } = await lockedSender(t, app)
  const context = await t.context()
  const page = await receive(t, app, link, { context })
  await shows(page, 'step', 'password')
  await page.reload()
  await shows(page, 'step', 'password')
  await page.goto(app.url)
  await until(page, () => window.samaraDemo?.state?.incoming[0]?.state === 'locked')
  await press(page, '.incoming .memo-open')
  await answer(page, PASSWORD)
  await shows(page, 'playable', 'yes', 20_000)
}, { timeout_ms: 60_000 })

test('what is typed can be looked at, and Cancel ends it', async (t) => {
  const app = await appOf(t)
  const { link } = await lockedSender(t, app)
  const page = await receive(t, app, link)
  await shows(page, 'step', 'password')
  const typeOf = () => page.evaluate(() => document.querySelector('#receive-password').type)
  assert.equal(await typeOf(), 'password')
  await press(page, '.password .icon-button')
  assert.equal(await typeOf(), 'text')
  await press(page, '.password .icon-button')
  assert.equal(await typeOf(), 'password')
  assert.deepEqual(await page.evaluate(() => [document.querySelector('#receive-password').autocomplete, document.querySelector('label[for=receive-password]').textContent]), ['off', 'Password'])
  await press(page, '#cancel')
  await shows(page, 'step', 'cancelled')
})
