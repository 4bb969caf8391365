// The stage (/stage): two phones in one window. Its figures are what the package measured, its tracker saw introductions
// only, and what it says still works does work.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { startSite } from '../../../demos/site.mjs'
import { buildStage } from '../../../demos/voice-memos/build.mjs'
import { describe, test } from '../../browser/lib/runner.mjs'

const WINDOW_BYTES = 24 // of the memo: none of its stretches this long is in anything that the tracker was sent
const TIMEOUT_MS = 60_000
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

describe('stage')

/** The stage with everything it sends to servers, and its two phones. */
async function openStage(t) {
  await buildStage()
  const site = await startSite({ port: 0 })
  t.defer(() => site.close())
  const { raw } = await (await t.context()).newPage()
  const asked = []
  const frames = []
  raw.on('request', (request) => asked.push(request.url()))
  raw.on('websocket', (socket) => {
    asked.push(socket.url())
    socket.on('framesent', ({ payload }) => frames.push(Buffer.from(payload)))
  })
  await raw.goto(new URL('/stage/', site.url).href)
  const phone = (id) => raw.frameLocator(`#${id} iframe`)
  return { page: raw, asked, frames, sender: phone('sender'), other: phone('other') }
}

/** The sample, shared on the left phone. */
async function shareSample({ page, sender }) {
  await sender.locator('body[data-ready=yes]').waitFor()
  await sender.locator('#sample').click()
  await sender.locator('.memo').first().waitFor()
  if (!await sender.locator('.share-button').first().isVisible()) await sender.locator('.memo-open').first().click()
  await sender.locator('.share-button').first().click()
  await page.waitForSelector('#open-other:enabled')
}

async function arrive(stage) {
  await shareSample(stage)
  await stage.page.click('#open-other')
  await stage.other.locator('#receive-accept').click()
  await stage.other.locator('body[data-playable=yes]').waitFor({ state: 'attached' })
  await stage.page.waitForSelector('#reload-other')
}

/** The newest memo of a phone, as Latin-1 text so that it can be sent here. */
const memoOf = (phone) => phone.locator('body').evaluate(async () => {
  const [memo] = await window.samaraDemo.samara.items()
  return Array.from(new Uint8Array(await (await memo.blob()).arrayBuffer()))
}).then((bytes) => Buffer.from(bytes))

const figure = async (page, id) => Number(await page.getAttribute(id, 'data-bytes'))

test('the figure on the line is what the sender’s peers were sent', async (t) => {
  const stage = await openStage(t)
  await shareSample(stage)
  assert.equal(await figure(stage.page, '#moved'), 0)
  await stage.page.click('#open-other')
  await stage.other.locator('#receive-accept').waitFor()
  assert.equal(await figure(stage.page, '#moved'), 0)
  await stage.other.locator('#receive-accept').click()
  await stage.other.locator('body[data-playable=yes]').waitFor({ state: 'attached' })
  const memo = await memoOf(stage.sender)
  await stage.page.waitForFunction((size) => Number(document.querySelector('#moved')?.dataset.bytes) >= size, memo.length)
  const sent = await stage.sender.locator('body').evaluate(async () => {
    const shares = await window.samaraDemo.samara.shares()
    return shares.reduce((sum, share) => sum + share.stats().uploadedBytes, 0) // also to peers that have what they wanted and are gone
  })
  // The figures follow ten times a second; what the last peer was sent may be newer than they are.
  await stage.page.waitForFunction((size) => Number(document.querySelector('#moved')?.dataset.bytes) === size, sent)
  assert.equal(await figure(stage.page, '#sent'), sent)
  assert.deepEqual(await memoOf(stage.other), memo)
}, { timeout_ms: TIMEOUT_MS })

test('the tracker saw an infohash, addresses and descriptions, and no stretch of the memo', async (t) => {
  const stage = await openStage(t)
  await arrive(stage)
  const { page, frames } = stage
  const memo = await memoOf(stage.sender)
  const infoHash = await stage.sender.locator('body').evaluate(async () => (await window.samaraDemo.samara.shares())[0].infoHash)
  await page.waitForSelector('.log [data-kind=answer]')
  assert.match(await page.textContent('#seen-infohashes'), new RegExp(infoHash))
  assert.match(await page.textContent('#seen-addresses'), /127\.0\.0\.1/)
  assert.match(await page.textContent('#seen-messages'), /[1-9]\d* announces? · SDP: [1-9]\d* offers?, [1-9]\d* answers?/)
  await page.waitForSelector('#seen-memo[data-settled=yes]')
  assert.equal(await figure(page, '#seen-memo'), 0)
  assert.ok(frames.length >= 3, `${frames.length} messages to the tracker were seen`)
  assert.ok(frames.reduce((sum, frame) => sum + frame.length, 0) < memo.length, 'all messages together are smaller than the memo')
  for (const encoding of ['latin1', 'base64', 'hex']) {
    const said = Buffer.concat(frames).toString('latin1')
    for (let at = 0; at + WINDOW_BYTES <= memo.length; at += WINDOW_BYTES) {
      assert.ok(!said.includes(memo.subarray(at, at + WINDOW_BYTES).toString(encoding)), `bytes of the memo as ${encoding}`)
    }
  }
}, { timeout_ms: TIMEOUT_MS })

test('with sender and server off, the other phone is reloaded and plays', async (t) => {
  const stage = await openStage(t)
  const { page, other } = stage
  await arrive(stage)
  await other.locator('body').evaluate(() => navigator.serviceWorker.ready.then(() => undefined))
  await page.click('#sender-switch')
  await page.click('#server-switch')
  await page.waitForSelector('#server[data-on=no]')
  assert.equal(await page.locator('#sender iframe').count(), 0)
  assert.equal(await page.evaluate(() => fetch('/voice-memos/').then(() => 'answers', () => 'off')), 'off')
  await page.click('#reload-other')
  await page.waitForSelector('.steps li:last-child.past')
  await other.locator('body[data-playable=yes]').waitFor({ state: 'attached' })
  await other.locator('.play-button').first().click()
  await page.waitForFunction(() => document.querySelector('#other iframe')?.contentDocument?.querySelector('audio')?.currentTime > 0.2)
  await page.waitForFunction(() => /plays the memo from its store/.test(document.querySelector('#caption')?.textContent))
}, { timeout_ms: TIMEOUT_MS })

test('the switches give back what they took', async (t) => {
  const stage = await openStage(t)
  const { page } = stage
  await shareSample(stage)
  await page.click('#server-switch')
  await page.waitForSelector('#server[data-on=no]')
  await page.click('#sender-switch')
  await page.waitForSelector('#sender .instead')
  await page.click('#server-switch')
  await page.waitForSelector('#server[data-on=yes]')
  await page.click('#sender-switch')
  await stage.sender.locator('.memo').first().waitFor()
  await page.waitForSelector('#open-other:enabled') // its share is there again
  await page.click('#open-other')
  await stage.other.locator('#receive-accept').click()
  await stage.other.locator('body[data-playable=yes]').waitFor({ state: 'attached' })
}, { timeout_ms: TIMEOUT_MS })

test('the stage is usable by everyone, and speaks to this computer only', async (t) => {
  const stage = await openStage(t)
  const { page, asked } = stage
  await arrive(stage)
  for (const [width, colorScheme] of [[1280, 'light'], [1280, 'dark'], [390, 'light']]) {
    await page.setViewportSize({ width, height: 800 })
    await page.emulateMedia({ colorScheme })
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `nothing overflows at ${width} px`)
    await page.evaluate(axe)
    const found = await page.evaluate(() => window.axe.run(document, { iframes: false }))
    assert.deepEqual(found.violations.map(({ id, nodes }) => `${id}: ${nodes[0].target}`), [], `${width} px, ${colorScheme}`)
  }
  const reached = new Set()
  await page.evaluate(() => document.activeElement?.blur())
  for (const id of ['sender-switch', 'reload-other', 'server-switch']) {
    await page.focus(`#${id}`)
    reached.add(await page.evaluate(() => document.activeElement.id))
    assert.ok(await page.evaluate((one) => document.getElementById(one).matches(':enabled') && document.getElementById(one).tabIndex === 0, id), id)
  }
  assert.equal(reached.size, 3)
  const strangers = asked.filter((url) => /^(https?|wss?):/.test(url) && !/^(localhost|127\.0\.0\.1)$/.test(new URL(url).hostname))
  assert.deepEqual(strangers, [])
}, { timeout_ms: TIMEOUT_MS })
