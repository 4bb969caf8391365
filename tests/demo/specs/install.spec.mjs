// What makes the app an app of the device: the manifest as Chromium reads it, the icons, files that other apps share
// with it, and the card that a link has in a chat.
import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildApp } from '../../../demos/voice-memos/build.mjs'
import { describe, ROOT, test } from '../../browser/lib/runner.mjs'
import { hostedApp, kept, until } from '../lib/host.mjs'

describe('install')

const STATIC = join(ROOT, 'demos/voice-memos/static')
const MAX_CARD_BYTES = 60_000
const SAFE_RADIUS = 0.4 // of the width: what every mask leaves
const MIN_INVITATION_LENGTH = 20

const probe = fileURLToPath(new URL('../pages/share_probe.js', import.meta.url))

/** Chromium with a profile: a private window can install nothing. */
async function installablePage(t, url) {
  const profile = await mkdtemp(join(tmpdir(), 'samara-install-'))
  t.defer(() => rm(profile, { recursive: true, force: true }))
  const browser = await t.browsers.launch('chromium', { profile })
  t.defer(() => browser.close())
  const page = await (await browser.newContext()).newPage()
  t.pages.push(page)
  await page.goto(url)
  await kept(page)
  return page
}

test('Chromium finds nothing wrong with the manifest and could install the app', async (t) => {
  const app = await hostedApp(t, { entry: probe })
  const page = await installablePage(t, app.url)
  const session = await page.cdp()
  const { url, errors, data } = await session.send('Page.getAppManifest')
  assert.equal(url, `${app.url}manifest.webmanifest`)
  assert.deepEqual(errors, [])
  const { installabilityErrors } = await session.send('Page.getInstallabilityErrors')
  assert.deepEqual(installabilityErrors, [])
  const { appId } = await session.send('Page.getAppId')
  assert.equal(appId, app.url, 'two copies on one host are two apps')
  const manifest = JSON.parse(data)
  assert.deepEqual(manifest.launch_handler.client_mode, ['focus-existing', 'auto'])
  assert.deepEqual(manifest.shortcuts.map((one) => new URL(one.url, url).href), [`${app.url}#record`, `${app.url}share/`])
})

/** Width, height and the farthest pixel of the mark from the middle, over the width. */
const measured = (page, url) => page.evaluate(async (address) => {
  const image = await createImageBitmap(await (await fetch(address)).blob())
  const canvas = new OffscreenCanvas(image.width, image.height)
  const context = canvas.getContext('2d')
  context.drawImage(image, 0, 0)
  const { data } = context.getImageData(0, 0, image.width, image.height)
  let farthest = 0
  let isOpaque = true
  for (let i = 0; i < data.length; i += 4) {
    isOpaque &&= data[i + 3] === 255
    const isMark = [0, 1, 2].some((part) => Math.abs(data[i + part] - data[part]) > 24) // unlike the corner
    if (isMark) farthest = Math.max(farthest, Math.hypot((i / 4) % image.width + 0.5 - image.width / 2, Math.floor(i / 4 / image.width) + 0.5 - image.height / 2))
  }
  return { sizes: `${image.width}x${image.height}`, farthest: farthest / image.width, isOpaque }
}, url)

test('every icon has the size it says, and a maskable one keeps its mark where no mask cuts', async (t) => {
  const app = await hostedApp(t, { entry: probe })
  const page = await t.page('', { origin: app.url })
  const manifest = JSON.parse(await readFile(join(STATIC, 'manifest.webmanifest'), 'utf8'))
  const icons = [...manifest.icons, ...manifest.screenshots, ...manifest.shortcuts.flatMap((one) => one.icons)].filter((icon) => icon.type === 'image/png')
  for (const icon of icons) {
    const found = await measured(page, app.url + icon.src)
    assert.equal(found.sizes, icon.sizes, icon.src)
    if (icon.purpose === 'maskable') assert.ok(found.isOpaque && found.farthest < SAFE_RADIUS, `${icon.src}: ${JSON.stringify(found)}`)
  }
  assert.deepEqual((await measured(page, `${app.url}icons/apple-touch-icon.png`)).sizes, '180x180')
  for (const purpose of ['any', 'maskable']) {
    for (const sizes of ['192x192', '512x512']) assert.ok(manifest.icons.some((icon) => icon.purpose === purpose && icon.sizes === sizes), `${purpose} ${sizes}`)
  }
})

/** From a page outside of the app, as the system would: a form that posts files to the share target. */
async function shareFiles(page, app, files) {
  await page.goto(`${app.server.origin}/outside.html`)
  await page.evaluate(({ action, given }) => {
    const form = document.createElement('form')
    Object.assign(form, { method: 'POST', enctype: 'multipart/form-data', action })
    const input = Object.assign(document.createElement('input'), { type: 'file', name: 'audio', multiple: true })
    const transfer = new DataTransfer()
    for (const { name, type, text, bytes } of given) transfer.items.add(new File([bytes ? new Uint8Array(bytes) : text], name, { type }))
    input.files = transfer.files
    form.append(input)
    document.body.append(form)
    form.submit()
  }, { action: `${app.url}share-target`, given: files })
}

for (const browser of ['chromium', 'firefox']) {
  test(`${browser}: files that another app shares are handed to the page once, with name and type`, async (t) => {
    const app = await hostedApp(t, { entry: probe })
    const page = await t.page('', { browser, origin: app.url })
    await kept(page)
    await shareFiles(page, app, [{ name: 'ünder wäy.ogg', type: 'audio/ogg; codecs=opus', text: 'one' }, { name: 'b.webm', type: 'audio/webm', text: 'two!' }])
    const taken = await until(page, () => location.pathname === '/a/b/' && window.taken)
    assert.equal(taken.isFromShare, true)
    assert.deepEqual(taken.files.toSorted((a, b) => a.size - b.size), [
      { name: 'ünder wäy.ogg', type: 'audio/ogg; codecs=opus', size: 3 }, { name: 'b.webm', type: 'audio/webm', size: 4 }])
    assert.equal(await page.evaluate(() => location.href), `${app.url}#from-share`)
    await page.reload()
    assert.deepEqual((await until(page, () => window.taken)).files, [], 'once only')
  })
}

test('without the service worker a share goes nowhere and breaks nothing', async (t) => {
  const app = await hostedApp(t, { entry: probe })
  const answer = await fetch(`${app.url}share-target`, { method: 'POST', body: new FormData() })
  assert.ok(answer.status === 404 || answer.status === 405, String(answer.status))
})

/** Stands in for the system: only an installed app is launched. */
const fakeLaunchQueue = () => {
  Object.defineProperty(window, 'launchQueue', { value: { setConsumer(consumer) { window.launch = consumer } } })
}

test('what the system opens while the app is open is handed on, the address of the start is not repeated', async (t) => {
  const app = await hostedApp(t, { entry: probe })
  const page = await (await t.context()).newPage()
  await page.raw.addInitScript(fakeLaunchQueue)
  await page.goto(`${app.url}#record`)
  await until(page, () => !!window.taken)
  await page.evaluate((link) => {
    const start = location.href
    const broken = { getFile: () => Promise.reject(new DOMException('gone', 'NotFoundError')) }
    window.launch({ targetURL: start, files: [] }) // how the page came to be open
    window.launch({ targetURL: link, files: [] })
    window.launch({ targetURL: start, files: [] }) // the same shortcut once more
    window.launch({ files: [{ getFile: async () => new File(['x'], 'a.ogg') }, broken] })
  }, `${app.url}share/#seeds=x`)
  await until(page, () => window.launches.length === 3)
  assert.deepEqual(await page.evaluate(() => window.launches), [
    { url: `${app.url}share/#seeds=x`, files: [] }, { url: `${app.url}#record`, files: [] }, { url: undefined, files: ['a.ogg'] }])
})

const metaOf = (page, name) => new RegExp(`<meta (?:name|property)="${name}" content="([^"]*)">`).exec(page)?.[1]

test('a link in a chat looks like an invitation, with whole addresses where the place is known', async (t) => {
  const out = await mkdtemp(join(ROOT, 'build/carded-'))
  t.defer(() => rm(out, { recursive: true, force: true }))
  await buildApp({ out, entry: probe, site: 'https://example.org/memos/' })
  const share = await readFile(join(out, 'share/index.html'), 'utf8')
  assert.equal(metaOf(share, 'og:title'), 'A voice memo for you')
  assert.ok(metaOf(share, 'og:description').length > MIN_INVITATION_LENGTH)
  assert.equal(metaOf(share, 'og:image'), 'https://example.org/memos/og.png')
  assert.equal(metaOf(share, 'og:url'), 'https://example.org/memos/share/')
  assert.equal(metaOf(share, 'robots'), 'noindex')
  assert.equal(metaOf(share, 'referrer'), 'no-referrer')
  const manifest = JSON.parse(await readFile(join(out, 'manifest.webmanifest'), 'utf8'))
  assert.equal(manifest.id, '/memos/')
  const card = await readFile(join(out, 'og.png'))
  assert.deepEqual([card.readUInt32BE(16), card.readUInt32BE(20)], [1200, 630])
  assert.ok(card.length < MAX_CARD_BYTES, `${card.length} bytes`)
})

test('built for no place in particular, the pages name no host', async (t) => {
  const app = await hostedApp(t, { entry: probe })
  for (const page of ['index.html', 'share/index.html']) {
    const text = await readFile(join(app.dir, page), 'utf8')
    assert.doesNotMatch(text.replace(/<meta (http-equiv|name="samara-trackers")[^>]*>/g, ''), /https?:\/\//)
    assert.match(metaOf(text, 'og:image'), /^(\.\.\/)?(og|icons\/icon-512)\.png$/)
  }
})

/** A fifth of a second of silence, a whole WAV file. */
function silence() {
  const [rate, header] = [8000, 44]
  const bytes = Buffer.alloc(header + rate / 5 * 2)
  bytes.write('RIFF', 0)
  bytes.writeUInt32LE(bytes.length - 8, 4)
  bytes.write('WAVEfmt ', 8)
  for (const [at, value] of [[16, 16], [24, rate], [28, rate * 2]]) bytes.writeUInt32LE(value, at)
  for (const [at, value] of [[20, 1], [22, 1], [32, 2], [34, 16]]) bytes.writeUInt16LE(value, at)
  bytes.write('data', 36)
  bytes.writeUInt32LE(bytes.length - header, 40)
  return [...bytes]
}

test('in the app: sound that another app shares becomes a memo, and the app says so', async (t) => {
  const app = await hostedApp(t)
  const page = await t.page('', { origin: app.url })
  await kept(page)
  await shareFiles(page, app, [{ name: 'Grandma.wav', type: 'audio/wav', bytes: silence() }])
  assert.equal(await until(page, () => document.body?.dataset.ready === 'yes' && samaraDemo.state.note), 'saved-from-share')
  await until(page, () => document.querySelectorAll('.memo').length === 1)
  assert.equal(await page.evaluate(() => samaraDemo.state.memos[0].title), 'Grandma')
})
