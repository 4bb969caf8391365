// Bad input and bad luck: each has a screen of its own, that says what happened and what to do.
import assert from 'node:assert/strict'
import { describe, test } from '../../browser/lib/runner.mjs'
import { appOf, contacts, counted, MiB, nobodysLink, openApp, openLink, press, receive, senderOf, shows, stateOf, until } from '../lib/app.mjs'

describe('trouble')

/** The screen that is shown: one trouble, with words for what happened and what to do. */
async function failsWith(page, code) {
  await shows(page, 'trouble', code)
  const said = await page.evaluate(() => [document.querySelector('h1').textContent, document.querySelector('#state .lead').textContent, document.querySelector('#state .todo').textContent])
  for (const text of said) assert.ok(text.trim().length > 5, `it says what happened and what to do: ${said}`)
  return (await stateOf(page)).receive.trouble
}

async function countedLink(t, link) {
  const page = await (await t.context()).newPage()
  await counted(page)
  await page.goto(link)
  return page
}

test('a damaged link', async (t) => {
  const app = await appOf(t)
  for (const damaged of ['#seeds=magnet%3A%3Fxt%3Durn%3Abtih%3Abd1ba69e', '#not-a-link', '#s1.AAAA']) {
    const page = await countedLink(t, app.share + damaged)
    await failsWith(page, 'bad-link')
    assert.equal(await contacts(page), 0)
    assert.equal(await page.evaluate(() => document.querySelector('#paste-link') !== null), true, 'another one can be pasted')
  }
})

test('a link made by a newer version', async (t) => {
  const app = await appOf(t)
  await failsWith(await countedLink(t, `${app.share}#w9.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA`), 'newer-link')
})

test('a link of another app', async (t) => {
  const app = await appOf(t)
  const page = await openApp(t, app, { path: 'share/' })
  await page.raw.fill('#paste-link', 'https://example.org/abc#eX4mple')
  await press(page, '#paste-open')
  await failsWith(page, 'other-app')
})

test('an infohash that nobody has', async (t) => {
  const app = await appOf(t)
  const page = await receive(t, app, nobodysLink(app, t.tracker.url))
  await until(page, () => window.samaraDemo.state.receive.reason === 'no-one-has-it')
  assert.match(await page.text('#reason'), /nobody|no device/i)
  assert.equal(await page.evaluate(() => document.body.dataset.step), 'moving', 'waiting is not a failure')
})

test('a tracker that is down', async (t) => {
  const tracker = await t.ownTracker()
  await tracker.stop()
  const app = await appOf(t)
  for (const page of ['index.html', 'share/index.html']) await app.change(page, (text) => text.replace(t.tracker.url, tracker.url))
  const page = await receive(t, app, nobodysLink(app, tracker.url))
  await until(page, () => window.samaraDemo.state.receive.reason === 'trackers-unreachable')
  assert.ok((await page.text('#reason')).trim())
})

test('without a network, the reason is that', async (t) => {
  const app = await appOf(t)
  const context = await t.context()
  const page = await openLink(t, app, nobodysLink(app, t.tracker.url), { context })
  await context.setOffline(true)
  await press(page, '#receive-accept')
  await until(page, () => window.samaraDemo.state.receive.reason === 'offline' && !window.samaraDemo.state.online)
  await context.setOffline(false)
  await until(page, () => window.samaraDemo.state.online && window.samaraDemo.state.receive.reason !== 'offline')
})

test('a file that is not audio: kept, not played, saved and shared on', async (t) => {
  const app = await appOf(t)
  for (const file of [{ name: 'Notes.pdf', size: 5000, type: 'application/pdf' }, { name: 'Noise.webm', size: 40_000, type: 'audio/webm' }]) {
    const { link } = await senderOf(t, app, file)
    const page = await receive(t, app, link)
    await shows(page, 'playable', 'no')
    assert.equal(await page.evaluate(() => document.querySelectorAll('.play-button').length), 0)
    assert.match(await page.text('.landing-body'), /can’t play this format/)
    assert.equal(await page.evaluate(() => document.querySelector('#save') !== null && document.querySelector('#share-on') !== null), true)
    const [download] = await Promise.all([page.raw.waitForEvent('download'), press(page, '#save')])
    assert.equal(download.suggestedFilename(), file.name)
  }
})

test('a 12 GB offer is shown with its size and refused, before anybody is contacted', async (t) => {
  const app = await appOf(t)
  const page = await countedLink(t, nobodysLink(app, t.tracker.url, { size: 12_000_000_000 }))
  const trouble = await failsWith(page, 'too-large')
  assert.deepEqual([trouble.bytes, trouble.limit], [12_000_000_000, 1024 * MiB])
  assert.match(await page.text('h1'), /12/)
  assert.equal(await contacts(page), 0)
})

test('a full store', async (t) => {
  const app = await appOf(t)
  const { link } = await senderOf(t, app, { name: 'One more.webm', size: 9 * MiB, type: 'audio/webm' })
  const context = await t.context()
  const page = await openLink(t, app, link, { context })
  const session = await page.cdp()
  await session.send('Storage.overrideQuotaForOrigin', { origin: new URL(app.url).origin, quotaSize: 4 * MiB })
  await press(page, '#receive-accept')
  await failsWith(page, 'storage-full')
}, { timeout_ms: 90_000 })

test('no microphone, a blocked one, and one that is in use', async (t) => {
  const app = await appOf(t)
  for (const [name, why] of [['NotFoundError', 'missing'], ['NotAllowedError', 'denied'], ['NotReadableError', 'busy']]) {
    const init = (wanted) => { MediaDevices.prototype.getUserMedia = async () => { throw new DOMException('no', wanted) } }
    const page = await openApp(t, app, { init, argument: name })
    await press(page, '#record')
    await until(page, () => window.samaraDemo.state.recorder.step === 'failed')
    assert.equal((await stateOf(page)).recorder.why, why)
    assert.ok(await page.evaluate(() => document.querySelector('dialog[open]').textContent.length > 40))
  }
})

test('a browser that does not ask for the microphone has it blocked, really', async (t) => {
  const app = await appOf(t)
  const page = await openApp(t, app)
  await press(page, '#record')
  await until(page, () => window.samaraDemo.state.recorder.step === 'failed')
  assert.ok(['denied', 'missing'].includes((await stateOf(page)).recorder.why))
})

test('an insecure context', async (t) => {
  const app = await appOf(t)
  const { port } = new URL(app.url)
  const browser = await t.browsers.launch('chromium', { flags: ['--host-resolver-rules=MAP plain.test 127.0.0.1'] })
  t.defer(() => browser.close())
  const page = await (await browser.newContext()).newPage()
  await counted(page)
  await page.goto(nobodysLink(app, t.tracker.url).replace(/^http:\/\/[^/]+/, `http://plain.test:${port}`))
  await failsWith(page, 'insecure-context')
  assert.equal(await contacts(page), 0)
})

test('a browser without WebRTC, receiving and sharing', async (t) => {
  const app = await appOf(t)
  const init = () => { delete window.RTCPeerConnection }
  await failsWith(await openLink(t, app, nobodysLink(app, t.tracker.url), { init }), 'no-webrtc')
  const page = await openApp(t, app, { init })
  await press(page, '#sample')
  await press(page, '.share-button')
  await until(page, () => window.samaraDemo.state.share?.trouble?.code === 'no-webrtc')
  assert.equal(await page.evaluate(() => document.querySelector('#share-sheet').dataset.state), 'failed')
})

test('a memo that is not here any more', async (t) => {
  const app = await appOf(t)
  await failsWith(await openApp(t, app, { path: 'share/#memo-0123456789abcdef', wait: false }), 'not-here')
})

test('where nothing is kept after the page, it says so', async (t) => {
  const app = await appOf(t)
  const refuse = 'IDBFactory.prototype.open = () => { throw new DOMException("no", "SecurityError") }\n'
  await app.change('samara/worker.js', (text) => refuse + text)
  const page = await openApp(t, app)
  await until(page, () => window.samaraDemo?.state?.storage === 'until-closed')
  assert.match(await page.text('.banners'), /until you close/i)
})
