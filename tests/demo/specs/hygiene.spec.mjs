// A link is a capability: it is read once and is nowhere afterwards, and the page that opens it asks nobody but its host.
import assert from 'node:assert/strict'
import { startSite } from '../../../demos/site.mjs'
import { headerPolicy } from '../../../demos/voice-memos/policy.mjs'
import { describe, test } from '../../browser/lib/runner.mjs'
import { appOf, openApp, press, sender, shows, traces, until } from '../lib/app.mjs'

describe('hygiene')

const keyOf = (link) => /&k=([\w-]{43})/.exec(link)[1]

/** Every request of a page and of its workers, in and out of its frames. */
function watchRequests(page) {
  const asked = []
  page.context().on('request', (request) => asked.push({ url: request.url(), headers: request.headers(), body: request.postData() ?? '' }))
  page.on('websocket', (socket) => {
    asked.push({ url: socket.url(), headers: {}, body: '' })
    socket.on('framesent', ({ payload }) => asked.push({ url: socket.url(), headers: {}, body: String(payload) }))
  })
  return asked
}

async function assertNoTrace(page, secret, exempt = []) {
  for (const [where, text] of Object.entries(await traces(page))) if (!exempt.includes(where)) assert.ok(!text.includes(secret), `the key is in ${where}`)
  const names = await page.evaluate(() => [...Object.keys(localStorage), ...Object.keys(sessionStorage)])
  assert.ok(!names.some((name) => name.includes(secret)), 'in the name of what is kept')
}

test('the key leaves the address bar at once; until the memo is here only this tab has it, and then nobody', async (t) => {
  const app = await appOf(t)
  const { link } = await sender(t, app)
  const secret = keyOf(link)
  const page = await (await t.context()).newPage()
  await page.goto(link)
  await shows(page, 'step', 'consent')
  await assertNoTrace(page, secret, ['tab'])
  assert.ok((await traces(page)).tab.includes(secret), 'a reload finds it again')
  await page.reload()
  await shows(page, 'step', 'consent')
  await press(page, '#receive-accept')
  await shows(page, 'playable', 'yes')
  await assertNoTrace(page, secret)
  await page.raw.goBack().catch(() => undefined)
  assert.ok(!page.raw.url().includes(secret), 'and Back does not bring it back')
})

test('a link of no use is not kept', async (t) => {
  const app = await appOf(t)
  const { link } = await sender(t, app)
  const wrong = `${'B'.repeat(42)}A`
  const page = await (await t.context()).newPage()
  await page.goto(link.replace(keyOf(link), wrong))
  await press(page, '#receive-accept')
  await shows(page, 'trouble', 'wrong-key')
  await assertNoTrace(page, wrong)
})

test('a pasted link goes the same way', async (t) => {
  const app = await appOf(t)
  const { link } = await sender(t, app)
  const page = await openApp(t, app, { path: 'share/' })
  await page.raw.fill('#paste-link', link)
  await press(page, '#paste-open')
  await shows(page, 'step', 'consent')
  await assertNoTrace(page, keyOf(link), ['tab'])
  assert.deepEqual(await page.evaluate(() => [...document.querySelectorAll('input')].map(({ value }) => value)), [])
})

test('the route of a link asks nobody but its own host and the tracker, and tells neither the key nor where it came from', async (t) => {
  const app = await appOf(t)
  const { link } = await sender(t, app)
  const secret = keyOf(link)
  const page = await (await t.context()).newPage()
  const asked = watchRequests(page.raw)
  await page.goto(link)
  await shows(page, 'step', 'consent')
  const beforeConsent = asked.length
  assert.ok(beforeConsent >= 5, `${beforeConsent} requests were seen`)
  const { origin } = new URL(app.url)
  for (const { url } of asked) assert.equal(new URL(url).origin, origin, url)
  assert.ok(asked.some(({ url }) => url.endsWith('/app.js')), 'scripts among them')
  await press(page, '#receive-accept')
  await shows(page, 'playable', 'yes')
  const allowed = new Set([origin, new URL(t.tracker.url).origin])
  assert.ok(asked.some(({ url }) => url.startsWith('ws')), 'the tracker was seen')
  for (const { url, headers, body } of asked) {
    assert.ok(allowed.has(new URL(url).origin), url)
    assert.ok(![url, body, ...Object.values(headers)].some((text) => text.includes(secret)), `the key went to ${url}`)
    assert.ok(!headers['referer']?.startsWith(app.share), `${url} was told ${headers['referer']}`)
  }
})

test('the page of a link is served with no referrer and the strict policy, and says both itself', async (t) => {
  const site = await startSite({ port: 0 })
  t.defer(() => site.close())
  for (const path of ['share/', 'share/?utm_source=chat']) {
    const answer = await fetch(site.url + path)
    assert.equal(answer.status, 200, 'no redirect on this route: a fragment would go along')
    assert.equal(answer.redirected, false)
    assert.equal(answer.headers.get('referrer-policy'), 'no-referrer')
    assert.equal(answer.headers.get('content-security-policy'), headerPolicy())
    assert.match(answer.headers.get('content-security-policy'), /script-src 'self' 'wasm-unsafe-eval'(;|$)/)
    const page = await answer.text()
    assert.match(page, /<meta name="referrer" content="no-referrer">/)
    assert.match(page, /<meta http-equiv="Content-Security-Policy" content="[^"]*script-src 'self' 'wasm-unsafe-eval';/)
    const addresses = [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, address]) => address)
    assert.ok(addresses.length > 5 && addresses.every((address) => !/^([a-z]+:)?\/\//i.test(address)), 'everything it loads is its own')
  }
})

test('the package keeps what it needs of a link, and the log of the page says nothing of it', async (t) => {
  const app = await appOf(t)
  const { page: from, link } = await sender(t, app)
  const secret = keyOf(link)
  const page = await (await t.context()).newPage()
  await page.raw.addInitScript(() => sessionStorage.setItem('samara-trace', '1'))
  await page.goto(link)
  await press(page, '#receive-accept')
  await shows(page, 'playable', 'yes')
  await until(page, () => window.samaraDemo.log.length > 5)
  const log = await page.evaluate(() => JSON.stringify(window.samaraDemo.log))
  const health = await page.evaluate(async () => JSON.stringify(await window.samaraDemo.samara.health()))
  for (const text of [log, health, ...page.log, ...from.log]) assert.ok(!text.includes(secret))
})
