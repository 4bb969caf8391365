// Receiving: nobody is contacted before the person agrees, large things are asked for, a link is kept, what is here is
// shown, and a memo is heard while it arrives.
import assert from 'node:assert/strict'
import { describe, test } from '../../browser/lib/runner.mjs'
import { addSample, appOf, contacts, counted, digestOfNewest, MiB, nobodysLink, openApp, press, pressShare, receive, sender, senderOf, shows,
  stateOf, until } from '../lib/app.mjs'

describe('receive')

async function countedPage(t, link, context) {
  const page = await (context ?? await t.context()).newPage()
  await counted(page)
  await page.goto(link)
  return page
}

test('nobody is contacted before the first consent, and a device is asked once', async (t) => {
  const app = await appOf(t)
  const { page: from, link } = await sender(t, app)
  const context = await t.context()
  const page = await countedPage(t, link, context)
  await shows(page, 'step', 'consent')
  await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 1500))) // the time in which it would have called out
  assert.equal(await contacts(page), 0)
  const { receive: asked } = await stateOf(page)
  assert.ok(asked.sealed && asked.title === undefined && asked.bytes > 0, 'says what the link alone says')
  await press(page, '#receive-accept')
  await shows(page, 'playable', 'yes')
  assert.ok(await contacts(page) >= 2, 'a tracker and a peer, counted')
  assert.equal(await digestOfNewest(page), await digestOfNewest(from))
  await page.goto(nobodysLink(app, t.tracker.url))
  await shows(page, 'step', 'moving')
})

test('an open link says what it is called before anybody is contacted', async (t) => {
  const app = await appOf(t)
  const page = await countedPage(t, nobodysLink(app, t.tracker.url, { name: 'Walk.webm', size: 5000 }))
  await shows(page, 'step', 'consent')
  const { receive: asked } = await stateOf(page)
  assert.deepEqual([asked.sealed, asked.title, asked.bytes], [false, 'Walk', 5000])
  assert.equal(await contacts(page), 0)
})

test('Not now keeps the link: a reload asks again, and nobody was contacted', async (t) => {
  const app = await appOf(t)
  const { link } = await sender(t, app)
  const page = await countedPage(t, link)
  await press(page, '#receive-decline')
  await shows(page, 'step', 'declined')
  assert.ok(!page.raw.url().includes('magnet'))
  assert.equal(await contacts(page), 0)
  await page.reload()
  await shows(page, 'step', 'consent')
  assert.equal(await contacts(page), 0)
  await press(page, '#receive-accept')
  await shows(page, 'playable', 'yes')
})

test('over 10 MiB the size of the link is asked for before anybody is contacted', async (t) => {
  const app = await appOf(t)
  const page = await countedPage(t, nobodysLink(app, t.tracker.url, { size: 11 * MiB }))
  await press(page, '#receive-accept')
  await shows(page, 'step', 'size')
  const { receive: asked } = await stateOf(page)
  assert.deepEqual([asked.bytes, asked.saver], [11 * MiB, false])
  assert.equal(await contacts(page), 0)
  await press(page, '#receive-accept')
  await shows(page, 'step', 'moving')
})

test('a link that says less than it is is asked for when the truth is known, before a byte of it is fetched', async (t) => {
  const app = await appOf(t)
  const { link } = await senderOf(t, app, { name: 'Long.webm', size: 11 * MiB, type: 'audio/webm' })
  assert.match(link, /xl%3D11534336/)
  const page = await receive(t, app, link.replace('xl%3D11534336', 'xl%3D1000'))
  await shows(page, 'step', 'size')
  assert.equal((await stateOf(page)).receive.bytes, 11 * MiB)
  const [progress] = await page.evaluate(async () => (await window.samaraDemo.samara.transfers()).map(({ snapshot }) => snapshot.verifiedBytes))
  assert.equal(progress, 0)
  await press(page, '#receive-decline')
  await shows(page, 'step', 'declined')
})

test('with data saver on every size is asked for', async (t) => {
  const app = await appOf(t)
  const { link } = await sender(t, app)
  const init = () => {
    const connection = Object.assign(new EventTarget(), { saveData: true, type: 'cellular' })
    Object.defineProperty(Navigator.prototype, 'connection', { get: () => connection })
  }
  const page = await receive(t, app, link, { init })
  await shows(page, 'step', 'size')
  assert.equal((await stateOf(page)).receive.saver, true)
  await press(page, '#receive-accept')
  await shows(page, 'playable', 'yes')
})

test('hidden, every connection goes through the relay and none is direct', async (t) => {
  const app = await appOf(t)
  const relay = JSON.stringify({ urls: 'turn:127.0.0.1:9', username: 'a', credential: 'b' }).replaceAll('"', '&quot;')
  for (const page of ['index.html', 'share/index.html']) {
    await app.change(page, (text) => text.replace(/<meta name="samara-relay"[^>]*>/, '').replace('</head>', `<meta name="samara-relay" content="${relay}"></head>`))
  }
  const { link } = await sender(t, app)
  const page = await countedPage(t, link)
  await press(page, '#receive-hide')
  await until(page, () => window.policies.length > 0)
  assert.deepEqual([...new Set(await page.evaluate(() => window.policies.map(({ iceTransportPolicy }) => iceTransportPolicy)))], ['relay'])
  assert.equal((await stateOf(page)).settings.hideAddress, true)
})

test('a link to a memo that is here shows it, without a question and without the network', async (t) => {
  const app = await appOf(t)
  const { link } = await sender(t, app)
  const context = await t.context()
  const first = await receive(t, app, link, { context })
  await shows(first, 'playable', 'yes')
  await first.goto(link)
  await until(first, () => window.samaraDemo?.state?.receive.again === true)
  assert.equal((await stateOf(first)).memos.length, 1)
})

test('a sender who opens the own link is shown the memo', async (t) => {
  const app = await appOf(t)
  const page = await openApp(t, app)
  const id = await addSample(page)
  const link = await pressShare(page)
  await page.goto(link)
  await until(page, () => window.samaraDemo?.state?.receive.again === true)
  assert.equal((await stateOf(page)).receive.memo.id, id)
})

test('what waits is listed at the next visit and goes on by itself', async (t) => {
  const app = await appOf(t)
  const senders = await t.context()
  const { page: from, link } = await sender(t, app, { context: senders })
  await from.close()
  const context = await t.context()
  const page = await receive(t, app, link, { context })
  await until(page, () => window.samaraDemo.state.receive.reason === 'no-one-has-it')
  assert.match(await page.text('#state'), /waiting for the sender/i)
  await page.close()
  const later = await openApp(t, app, { context })
  await until(later, () => window.samaraDemo.state.incoming.length === 1)
  await openApp(t, app, { context: senders }) // the sender is back, and does nothing but that
  await until(later, () => window.samaraDemo.state.memos.length === 1, undefined, 25_000)
  await until(later, () => window.samaraDemo.state.incoming.length === 0)
}, { timeout_ms: 60_000 })

test('a memo on its way is opened from the library, and a reload of its page follows it again', async (t) => {
  const app = await appOf(t)
  const context = await t.context()
  const page = await receive(t, app, nobodysLink(app, t.tracker.url), { context })
  await shows(page, 'step', 'moving')
  await page.reload()
  await shows(page, 'step', 'moving')
  await page.goto(app.url)
  await press(page, '.incoming .memo-open')
  await shows(page, 'step', 'moving')
  await page.reload()
  await shows(page, 'step', 'moving')
  await press(page, '#cancel')
  await shows(page, 'step', 'cancelled')
})

/** Noise as WebM, by the browser's own recorder: it takes as long as it lasts. */
async function shareNoise(page, { seconds, uploadBytesPerSecond, entry, tracker, shareBase, encrypt }) {
  return page.evaluate(async ({ seconds: length, uploadBytesPerSecond: rate, entry: address, tracker: announce, shareBase: base, encrypt: isSealed }) => {
    const context = new AudioContext()
    const noise = new AudioBuffer({ length: context.sampleRate, sampleRate: context.sampleRate })
    const samples = noise.getChannelData(0)
    let x = 7
    for (let i = 0; i < samples.length; i += 1) samples[i] = (x = (Math.imul(x, 1664525) + 1013904223) >>> 0) / 2 ** 32 - 0.5
    const tone = new AudioBufferSourceNode(context, { buffer: noise, loop: true }) // a tone would be coded too small to arrive slowly
    const to = context.createMediaStreamDestination()
    tone.connect(to)
    tone.start()
    const recorder = new MediaRecorder(to.stream, { mimeType: 'audio/webm;codecs=opus', audioBitsPerSecond: 128_000 })
    const parts = []
    recorder.ondataavailable = ({ data }) => parts.push(data)
    const stopped = new Promise((resolve) => { recorder.onstop = resolve })
    recorder.start(500)
    await new Promise((resolve) => setTimeout(resolve, length * 1000))
    recorder.stop()
    await stopped
    const { open } = await import(address)
    const samara = await open({ store: 'memory', trackers: [announce], shareBase: base, limits: { uploadBytesPerSecond: rate } })
    return (await samara.share(new File(parts, 'Noise.webm', { type: 'audio/webm;codecs=opus' }), { encrypt: isSealed })).url
  }, { seconds, uploadBytesPerSecond, entry, tracker, shareBase, encrypt })
}

/** The receiver's page, once there is something to hear before the end. */
async function earlyPage(t, app, link) {
  const page = await receive(t, app, link)
  await until(page, () => window.samaraDemo.state.receive.early === 'ready', undefined, 30_000)
  return page
}

for (const encrypt of [true, false]) test(`${encrypt ? 'a sealed memo' : 'an open one'} is heard while it arrives, and goes on without a jump when it is here`, async (t) => {
  const app = await appOf(t)
  const from = await (await t.context()).newPage() // the package alone: it can be told to be slow
  await from.goto(new URL('/outside.html', app.url).href)
  const link = await shareNoise(from, { seconds: 6, uploadBytesPerSecond: 16_000, entry: `${app.url}samara/index.js`, tracker: t.tracker.url, shareBase: app.share, encrypt })
  const page = await earlyPage(t, app, link)
  await page.raw.click('#play-early', { force: true }) // it breathes while there is something to hear: the driver would wait for it to stand still
  await until(page, () => document.querySelector('audio').currentTime > 0.2)
  assert.equal(await page.evaluate(() => document.body.dataset.step), 'moving', 'it is still on its way')
  await page.evaluate(() => {
    const audio = document.querySelector('audio')
    window.heard = []
    window.srcs = new Set([audio.src])
    setInterval(() => {
      window.heard.push(audio.currentTime)
      window.srcs.add(audio.src)
    }, 20)
  })
  await shows(page, 'step', 'arrived', 30_000)
  const { player, receive: arrived } = await stateOf(page)
  assert.equal(player.memoId, arrived.memo.id)
  await until(page, () => document.querySelector('audio').currentTime > 3)
  const { heard, srcs } = await page.evaluate(() => ({ heard: window.heard, srcs: window.srcs.size }))
  assert.equal(srcs, 1, 'the same sound goes on')
  assert.ok(heard.every((at, index) => index === 0 || at >= heard[index - 1]), 'never back')
  assert.ok(heard.every((at, index) => index === 0 || at - heard[index - 1] < 0.5), 'never ahead')
}, { timeout_ms: 90_000 })
