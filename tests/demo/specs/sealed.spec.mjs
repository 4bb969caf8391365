// Sharing seals: the memo arrives as its sender sees it, the link alone opens it, and what is shared twice is one.
import assert from 'node:assert/strict'
import { describe, test } from '../../browser/lib/runner.mjs'
import { addSample, appOf, digestOfNewest, openApp, press, pressShare, receive, sender, shows, slowDown, stateOf, until } from '../lib/app.mjs'

describe('sealed')

const TITLE = 'Plum cake, as grandmother told it'

async function renamed(page, title) {
  await press(page, '.rename-button')
  await until(page, () => document.querySelector('#rename-name') !== null)
  await page.evaluate((text) => { document.querySelector('#rename-name').value = text }, title)
  await press(page, '#rename-save')
  await until(page, (text) => window.samaraDemo.state.memos[0].title === text, title)
}

const seen = ({ title, at, durationSeconds, peaks, playable }) => ({ title, at, durationSeconds, peaks, playable })

/** A device that shares a memo with a title of its own. */
async function namedSender(t, app) {
  const page = await openApp(t, app)
  await addSample(page)
  await renamed(page, TITLE)
  return { page, link: await pressShare(page) }
}

test('the memo arrives with its title, date, length and waveform as its sender sees them', async (t) => {
  const app = await appOf(t)
  const { page: from, link } = await namedSender(t, app)
  assert.ok(!/plum|dn=|dn%3D/i.test(link), 'the link does not say what it is')
  const page = await receive(t, app, link)
  await shows(page, 'playable', 'yes')
  const { receive: { memo }, memos } = await stateOf(page)
  const [sent] = (await stateOf(from)).memos
  assert.equal(sent.peaks.length, 48)
  assert.deepEqual(seen(memo), seen(sent))
  assert.deepEqual(seen(memos[0]), seen(sent))
  assert.equal(memo.origin, 'received')
  assert.ok(memo.receivedAt > memo.at, 'and when it came is known, too')
  assert.equal(await digestOfNewest(page), await digestOfNewest(from))
})

test('what it is called, how long it is and how it looks is known before it is here', async (t) => {
  const app = await appOf(t)
  const { page: from, link } = await namedSender(t, app)
  await slowDown(from, 40_000)
  const page = await receive(t, app, link)
  await until(page, (title) => window.samaraDemo.state.receive.title === title, TITLE)
  const { receive: moving } = await stateOf(page)
  const [sent] = (await stateOf(from)).memos
  assert.equal(moving.step, 'moving')
  assert.ok(moving.verified < moving.total, `${moving.verified} of ${moving.total}`)
  assert.equal(moving.total, sent.bytes, 'counted in bytes of the memo')
  assert.deepEqual([moving.sealed, moving.about.at, moving.about.durationSeconds, moving.about.peaks], [true, sent.at, sent.durationSeconds, sent.peaks])
  assert.match(await page.text('#about'), /sealed.*0:06.*recorded/is)
  await slowDown(from, 0)
  await shows(page, 'playable', 'yes')
}, { timeout_ms: 60_000 })

test('the consent says that it is sealed, and not what it is called', async (t) => {
  const app = await appOf(t)
  const { link } = await namedSender(t, app)
  const page = await (await t.context()).newPage()
  await page.goto(link)
  await shows(page, 'step', 'consent')
  const { receive: asked } = await stateOf(page)
  assert.deepEqual([asked.sealed, asked.locked, asked.title], [true, false, undefined])
  assert.match(await page.text('.landing-body'), /only people with this link can open it/i)
})

test('the waveform that came is kept, not measured again', async (t) => {
  const app = await appOf(t)
  const { page: from, link } = await namedSender(t, app)
  const init = () => {
    window.decoded = 0
    const { decodeAudioData } = BaseAudioContext.prototype
    BaseAudioContext.prototype.decodeAudioData = function (...given) {
      window.decoded += 1
      return decodeAudioData.apply(this, given)
    }
  }
  const page = await receive(t, app, link, { init })
  await shows(page, 'playable', 'yes')
  await press(page, '#open-library')
  await until(page, () => document.querySelector('.memo .row-wave path'))
  assert.deepEqual((await stateOf(page)).memos[0].peaks, (await stateOf(from)).memos[0].peaks)
  assert.equal(await page.evaluate(() => window.decoded), 0)
})

test('the same link twice is one memo, and its address opens it after a reload', async (t) => {
  const app = await appOf(t)
  const { link } = await namedSender(t, app)
  const context = await t.context()
  const page = await receive(t, app, link, { context })
  await shows(page, 'playable', 'yes')
  await page.goto(link)
  await until(page, () => window.samaraDemo?.state?.receive.again === true)
  assert.equal((await stateOf(page)).memos.length, 1)
  await page.reload()
  await until(page, () => window.samaraDemo?.state?.receive.again === true)
})

test('a renamed memo keeps its link, and the sheet says that the link has the title from before', async (t) => {
  const app = await appOf(t)
  const { page, link } = await sender(t, app)
  await press(page, '#share-close')
  await renamed(page, TITLE)
  assert.equal(await pressShare(page), link)
  assert.match(await page.text('#share-old-title'), /A seed in the wind/)
  await press(page, '#share-options')
  await press(page, '#share-renew-make')
  const renewed = await until(page, (before) => {
    const { value } = document.querySelector('#share-link')
    return value !== before && value
  }, link)
  assert.equal(await page.evaluate(() => document.querySelector('#share-old-title')), null)
  const receiver = await receive(t, app, renewed)
  await shows(receiver, 'playable', 'yes')
  assert.equal((await stateOf(receiver)).receive.memo.title, TITLE)
})

test('a link of a version that did not seal is replaced by a sealed one', async (t) => {
  const app = await appOf(t)
  const page = await openApp(t, app)
  const id = await addSample(page)
  const open = await page.evaluate(async (key) => {
    const { samara } = window.samaraDemo
    return (await samara.share(await samara.item(key), { encrypt: false, key })).url
  }, id)
  assert.ok(!/[&]k=/.test(open))
  const link = await pressShare(page)
  assert.match(link, /&k=[\w-]{43}/)
  const shares = await page.evaluate(async () => (await window.samaraDemo.samara.shares()).filter(({ snapshot }) => snapshot.state !== 'stopped').map(({ url }) => url))
  assert.deepEqual(shares, [link])
})
