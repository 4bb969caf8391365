// Several tabs of one device: they share one engine and show the same.
import assert from 'node:assert/strict'
import { describe, test } from '../../browser/lib/runner.mjs'
import { appOf, openApp, press, sender, shows, stateOf, until } from '../lib/app.mjs'

describe('tabs')

/** Two tabs of one device; the second has agreed to a link. */
async function receivingTabs(t) {
  const app = await appOf(t)
  const { link } = await sender(t, app)
  const context = await t.context()
  const first = await openApp(t, app, { context })
  const second = await context.newPage()
  await second.goto(link)
  await shows(second, 'step', 'consent')
  await press(second, '#receive-accept')
  return { first, second }
}

/** How many memos the page's list shows. */
const memos = (page, count) => until(page, (n) => document.querySelectorAll('.memo').length === n, count)

test('a link that is opened in a second tab arrives there, and both tabs show the memo', async (t) => {
  const { first, second } = await receivingTabs(t)
  await shows(second, 'playable', 'yes')
  await memos(first, 1)
})

test('the link of a memo that is here shows it in the tab where it is opened', async (t) => {
  const app = await appOf(t)
  const context = await t.context()
  const { link, id } = await sender(t, app, { context })
  const second = await context.newPage()
  await second.goto(link)
  await until(second, () => window.samaraDemo.state.receive.again === true)
  assert.equal((await stateOf(second)).receive.memo.id, id)
})

test('when the first tab goes, the other one goes on with what is on its way', async (t) => {
  const { first, second } = await receivingTabs(t)
  await first.kill()
  await shows(second, 'playable', 'yes')
})

test('a language that is chosen in one tab is spoken in all', async (t) => {
  const app = await appOf(t)
  const context = await t.context()
  const first = await openApp(t, app, { context })
  const second = await openApp(t, app, { context, path: '#settings' })
  await second.raw.check('input[name=language][value=de]')
  await until(first, () => document.documentElement.lang === 'de')
})
