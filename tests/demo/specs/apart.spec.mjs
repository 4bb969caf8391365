// Link and key in two ways: neither is of use alone, together they open the memo; a link that a messenger has cut is
// helped by the same page.
import assert from 'node:assert/strict'
import { describe, test } from '../../browser/lib/runner.mjs'
import { appOf, contacts, counted, digestOfNewest, openApp, press, sender, shows, stateOf, until } from '../lib/app.mjs'

describe('link and key apart')

const OTHER_KEY = `${'B'.repeat(42)}A`
const ZERO_KEY = 'A'.repeat(43) // 32 bytes of zero: no sender draws them

/** The two parts, as they are copied. */
async function copiedParts(t, app) {
  const init = () => {
    window.copied = []
    Object.defineProperty(navigator, 'clipboard', { value: { writeText: async (text) => { window.copied.push(text) } } })
  }
  const { page, link } = await sender(t, app, { init })
  await press(page, '#share-options')
  await press(page, '#share-copy-link')
  await press(page, '#share-copy-key')
  await until(page, () => window.samaraDemo.state.share.copied === 'key')
  const [part, key] = await page.evaluate(() => window.copied)
  return { page, link, part, key }
}

async function giveKey(page, text) {
  await until(page, () => document.querySelector('#link-key'))
  await page.raw.fill('#link-key', text)
  await page.raw.press('#link-key', 'Enter')
}

test('the parts are the link without its key, and the key', async (t) => {
  const app = await appOf(t)
  const { link, part, key } = await copiedParts(t, app)
  assert.match(key, /^[\w-]{43}$/)
  assert.equal(part.replace('&k=-', `&k=${key}`), link)
  assert.ok(!part.includes(key.slice(0, 6)))
})

test('a link without its key asks for it, contacts nobody, and goes on with it', async (t) => {
  const app = await appOf(t)
  const { page: from, part, key } = await copiedParts(t, app)
  const page = await (await t.context()).newPage()
  await counted(page)
  await page.goto(part)
  await shows(page, 'step', 'key')
  await giveKey(page, 'not a key')
  await shows(page, 'trouble', 'bad-key')
  assert.match(await page.text('#link-key-trouble'), /43/)
  await page.reload()
  await shows(page, 'step', 'key')
  assert.equal(await contacts(page), 0)
  await giveKey(page, ` ${key}\n`)
  await press(page, '#receive-accept')
  await shows(page, 'playable', 'yes')
  assert.equal(await digestOfNewest(page), await digestOfNewest(from))
})

test('the key of another link is said to be wrong, and the right one can be given after it', async (t) => {
  const app = await appOf(t)
  const { part, key } = await copiedParts(t, app)
  const page = await (await t.context()).newPage()
  await page.goto(part)
  await giveKey(page, OTHER_KEY)
  await press(page, '#receive-accept')
  await shows(page, 'trouble', 'wrong-key')
  assert.equal(await page.evaluate(() => document.body.dataset.step), 'key')
  assert.equal((await stateOf(page)).memos.length, 0)
  await giveKey(page, key)
  await shows(page, 'playable', 'yes')
})

test('a whole link with a wrong key says so, and another can be pasted', async (t) => {
  const app = await appOf(t)
  const { link, key } = await copiedParts(t, app)
  for (const [wrong, code] of [[OTHER_KEY, 'wrong-key'], [ZERO_KEY, 'bad-link']]) {
    const page = await (await t.context()).newPage()
    await page.goto(link.replace(key, wrong))
    await press(page, '#receive-accept')
    await shows(page, 'trouble', code)
    assert.equal((await stateOf(page)).memos.length, 0)
    await page.raw.fill('#paste-link', link)
    await press(page, '#paste-open')
    await shows(page, 'playable', 'yes')
  }
})

test('link and key pasted together open at once', async (t) => {
  const app = await appOf(t)
  const { part, key } = await copiedParts(t, app)
  const page = await openApp(t, app, { path: 'share/' })
  await page.raw.fill('#paste-link', `${part} ${key}`)
  await press(page, '#paste-open')
  await press(page, '#receive-accept')
  await shows(page, 'playable', 'yes')
})

test('a link that was cut in its key takes the whole link, or the key', async (t) => {
  const app = await appOf(t)
  const { link, key } = await copiedParts(t, app)
  const cut = link.slice(0, link.indexOf(key) + 20)
  for (const text of [link, key]) {
    const page = await (await t.context()).newPage()
    await page.goto(cut)
    await shows(page, 'step', 'key')
    await giveKey(page, text)
    await shows(page, 'step', 'consent')
  }
})
