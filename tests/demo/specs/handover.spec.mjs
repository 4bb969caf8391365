// Two tabs of one device: a link goes to the tab where the app is open.
import assert from 'node:assert/strict'
import { describe, test } from '../../browser/lib/runner.mjs'
import { appOf, contacts, counted, openApp, press, sender, shows, stateOf, until } from '../lib/app.mjs'

describe('handover')

test('a second tab hands its link to the open one and says so', async (t) => {
  const app = await appOf(t)
  const { link } = await sender(t, app)
  const context = await t.context()
  const first = await openApp(t, app, { context })
  const second = await context.newPage()
  await counted(second)
  await second.goto(link)
  await shows(second, 'step', 'elsewhere')
  assert.equal(await contacts(second), 0)
  await shows(first, 'step', 'consent')
  assert.equal((await stateOf(first)).note, 'link-taken')
  await press(first, '#receive-accept')
  await shows(first, 'playable', 'yes')
})

test('the link of a memo that is here shows it in the open tab', async (t) => {
  const app = await appOf(t)
  const context = await t.context()
  const { page, link, id } = await sender(t, app, { context })
  const second = await context.newPage()
  await second.goto(link)
  await shows(second, 'step', 'elsewhere')
  await until(page, () => window.samaraDemo.state.receive.again === true)
  assert.equal((await stateOf(page)).receive.memo.id, id)
})

test('without an answer it says what is wrong, and Try again goes on with the link', async (t) => {
  const app = await appOf(t)
  const { link } = await sender(t, app)
  const context = await t.context()
  const silent = await context.newPage() // has the store, and is not the app
  await silent.goto(new URL('/outside.html', app.url).href)
  await silent.evaluate(async (entry) => {
    const { open } = await import(entry)
    await open({ name: 'voice-memos' })
  }, `${app.url}samara/index.js`)
  const page = await context.newPage()
  await page.goto(link)
  await shows(page, 'trouble', 'already-open')
  await silent.close()
  await press(page, '#retry')
  await shows(page, 'step', 'consent')
})

test('a second tab without a link says that the app is open elsewhere, and opens when that is gone', async (t) => {
  const app = await appOf(t)
  const context = await t.context()
  const first = await openApp(t, app, { context })
  const second = await openApp(t, app, { context })
  await shows(second, 'library', 'failed')
  assert.equal((await stateOf(second)).trouble.code, 'already-open')
  await first.close()
  await press(second, '#retry')
  await shows(second, 'library', 'empty')
})
