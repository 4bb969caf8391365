// What leaves a device when something sealed is shared: nothing of the content, its name or type, to trackers or peers; no
// key or password in logs, errors or health; and never two contents under one key.
import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { bytesOf, digestOf, KiB, MiB } from '../lib/data.mjs'
import { openSamara, PAGES, ready, samaraPage } from '../lib/pages.mjs'
import { describe, ROOT, test } from '../lib/runner.mjs'
import { findWindow, tapChannels, tapWorker } from '../lib/tap.mjs'

describe('private')

const FILE = { name: 'Grüße vom Zürichsee.webm', seed: 1201, size: MiB + 12_345, type: 'audio/x-unmistakable' }
const SAID = { name: 'A title nobody else has', description: 'words said in confidence', meta: { place: 'Unverwechselbar' } }
const PASSWORD = 'correct horse battery'

async function tappedPage(t, { browser = 'chromium', scripts = [tapChannels, tapWorker], open = {} } = {}) {
  const context = await t.context(browser)
  const page = await context.newPage()
  for (const script of scripts) browser === 'chromium' ? await page.raw.addInitScript(script) : await page.raw.evaluateOnNewDocument(script)
  await page.goto(`${t.server.origin}${PAGES}samara.html`)
  await ready(page)
  await openSamara(t, page, open)
  return page
}

/** Shares FILE from page to page; everything that both sent to the tracker and to each other. */
async function captured(t, options) {
  const tracker = await t.ownTracker({ keepFrames: true })
  const open = { trackers: [tracker.url] }
  const [sender, receiver] = [await tappedPage(t, { open }), await tappedPage(t, { open })]
  const share = await sender.evaluate((given) => sm.seal(given), { files: [FILE], options: { ...SAID, ...options } })
  const item = await receiver.evaluate((given) => sm.receiveAll(given), { link: share.url, options: { password: options.password } })
  assert.equal(item.files[0].sha256, digestOf(FILE))
  const channels = await Promise.all([sender, receiver].map((page) => page.evaluate(() => tap.take())))
  return { share, sender, receiver, streams: [...channels.flat().map((text) => Buffer.from(text, 'base64')), ...tracker.frames] }
}

/** A text as it may stand somewhere: as it is, percent-encoded, in other letters, in base64 and as hexadecimal digits. */
function formsOf(text) {
  const bytes = Buffer.from(text)
  const base64 = [0, 1, 2].map((shift) => Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64').slice(shift ? 4 : 0, -4)) // whatever stands beside it
  return [text, encodeURIComponent(text), bytes.toString('hex'), ...base64, bytes.toString('latin1'), Buffer.from(text, 'utf16le').toString('latin1')]
}
function standsIn(text, streams) {
  const wanted = formsOf(text).map((form) => Buffer.from(form, 'utf8')).concat(Buffer.from(text, 'utf16le'))
  const lower = streams.map((stream) => Buffer.from(stream.toString('latin1').toLowerCase(), 'latin1'))
  return wanted.some((form) => streams.some((stream) => stream.includes(form)) || lower.some((stream) => stream.includes(Buffer.from(form.toString('latin1').toLowerCase(), 'latin1'))))
}

test('nothing of content, name, type, title, description or app meta leaves in a sealed share', async (t) => {
  const { streams, share } = await captured(t, { password: PASSWORD })
  const bytes = streams.reduce((sum, stream) => sum + stream.length, 0)
  assert.ok(bytes > FILE.size, `only ${bytes} bytes were seen`)
  assert.equal(findWindow(bytesOf(FILE), streams), -1)
  const secret = Buffer.from(/&k=([\w-]+)/.exec(share.url)[1], 'base64url')
  for (const text of [FILE.name, FILE.type, SAID.name, SAID.description, SAID.meta.place, PASSWORD, secret.toString('base64url'), secret.toString('hex')]) {
    assert.ok(!standsIn(text, streams), text)
  }
  assert.ok(!streams.some((stream) => stream.includes(secret)))
}, { timeout_ms: 60_000 })

test('the same search finds all of it in an open torrent', async (t) => {
  const { streams } = await captured(t, { encrypt: false })
  assert.notEqual(findWindow(bytesOf(FILE), streams), -1)
  assert.ok(standsIn(SAID.name, streams) || standsIn(FILE.name, streams))
}, { timeout_ms: 60_000 })

test('logs at debug level, errors and health hold neither key nor password', async (t) => {
  const wrong = 'not the right one'
  const [sender, receiver] = await Promise.all([samaraPage(t), samaraPage(t)])
  const { url } = await sender.evaluate((given) => sm.seal(given), { files: [{ ...FILE, size: 50 * KiB }], options: { ...SAID, password: PASSWORD } })
  const said = []
  said.push(await receiver.evaluate(async ({ link, given, bad }) => {
    const first = await kit.settle(sm.receive({ link, options: { password: bad } }).done)
    const flipped = await kit.settle(sm.samara.receive(link.replace(/&k=...../, '&k=AAAAA')).done)
    const cut = await kit.settle(sm.samara.receive(link.slice(0, -8)).done)
    await sm.transfer.resume({ password: given })
    await sm.transfer.done
    return JSON.stringify([first, flipped, cut])
  }, { link: url, given: PASSWORD, bad: wrong }))
  for (const page of [sender, receiver]) {
    said.push(await page.evaluate(async () => JSON.stringify([sm.log, await sm.samara.health(), sm.samara.snapshot, (await sm.samara.shares()).map((share) => share.snapshot)])), page.log.join('\n'))
  }
  const key = /&k=([\w-]+)/.exec(url)[1]
  for (const text of [key, Buffer.from(key, 'base64url').toString('hex'), PASSWORD, wrong, SAID.name, FILE.name]) {
    assert.ok(!said.some((one) => one.includes(text)), text)
  }
  assert.ok(said.some((one) => one.includes('wrong-password')) && said.some((one) => one.includes('wrong-key')))
}, { timeout_ms: 45_000 })

test('firefox: a file that was overwritten between two serves ends the share, and nothing of the new bytes leaves', async (t) => {
  const size = 6 * MiB // more than what is kept sealed in memory
  const path = `${ROOT}build/browser-tests/overwritten.bin`
  mkdirSync(`${ROOT}build/browser-tests`, { recursive: true })
  writeFileSync(path, bytesOf({ seed: 1, size }))
  const sender = await tappedPage(t, { browser: 'firefox', scripts: [tapWorker] })
  await sender.evaluate(() => { document.body.append(Object.assign(document.createElement('input'), { type: 'file' })) })
  await (await sender.raw.$('input')).uploadFile(path)
  const { url } = await sender.evaluate(async () => {
    window.shared = await sm.samara.share(document.querySelector('input').files[0])
    return sm.plainShare(window.shared)
  })
  const first = await samaraPage(t)
  assert.equal((await first.evaluate((link) => sm.receiveAll({ link }), url)).files[0].sha256, digestOf({ seed: 1, size }))
  await first.close()
  writeFileSync(path, bytesOf({ seed: 2, size }))
  const silently = await sender.evaluate(async () => {
    await kit.sleep(500) // what was read before is forgotten
    return document.querySelector('input').files[0].slice(0, 1).arrayBuffer().then(() => true, () => false)
  })
  const second = await samaraPage(t)
  await second.evaluate((link) => { sm.receive({ link }) }, url)
  const ended = await sender.evaluate(async () => {
    await kit.until(() => !/serving|waiting/.test(window.shared.snapshot.state), 15_000, 'the end of the share')
    const { state, reason } = window.shared.snapshot
    return { state, reason: reason?.code, why: reason?.params.why }
  })
  assert.deepEqual(ended, { state: 'source-needed', reason: 'source-needed', why: 'source-changed' })
  const seen = await second.evaluate(async () => {
    await kit.sleep(500)
    return { bad: sm.log.filter(({ code }) => /hash|ban|score/.test(code)).length, verified: sm.progress().verifiedBytes, state: sm.progress().state }
  })
  console.log(`       the overwritten file can${silently ? '' : ' not'} be read; the share is ${ended.state} (${ended.why}); the second receiver has ${seen.verified} of ${size} bytes`)
  assert.deepEqual([seen.bad, seen.state === 'done'], [0, false])
  assert.ok(seen.verified < size)
}, { timeout_ms: 60_000 })
