// A newer version of the app: it waits, is offered, is used after a tap and never in the middle of something.
import assert from 'node:assert/strict'
import { fileURLToPath } from 'node:url'
import { describe, test } from '../../browser/lib/runner.mjs'
import { hostedApp, kept, lookForUpdate, ready, until } from '../lib/host.mjs'

describe('update')

const entry = fileURLToPath(new URL('../pages/update_probe.js', import.meta.url))

/** A page that is open, kept offline, and marked, so that a reload shows. */
async function openPage(t, app, { browser, context } = {}) {
  const page = await t.page('', { browser, context, origin: app.url })
  await ready(page)
  await kept(page)
  await page.evaluate(() => { window.notReloaded = true })
  return page
}

const MICROPHONE = ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream']

const lastState = (page) => page.evaluate(() => probe.states.at(-1))
const isSame = (page) => page.evaluate(() => window.notReloaded === true)
const version = (page) => page.evaluate(() => window.appVersion)
const waits = (page, state) => until(page, (wanted) => probe.states.at(-1) === wanted, state)

for (const browser of ['chromium', 'firefox']) {
  test(`${browser}: a newer version is offered, and used once after the tap`, async (t) => {
    const app = await hostedApp(t, { entry })
    const page = await openPage(t, app, { browser })
    await app.release('second')
    await lookForUpdate(page)
    await waits(page, 'ready')
    assert.ok(await isSame(page), 'nothing reloads before the tap')
    await page.reload()
    await ready(page)
    assert.equal(await version(page), 'first', 'a reload alone keeps the version that is in use')
    await waits(page, 'ready')
    await page.evaluate(() => { sessionStorage.loads = 0; addEventListener('pagehide', () => { sessionStorage.loads = Number(sessionStorage.loads) + 1 }) })
    await page.evaluate(() => { probe.updates.apply() })
    await until(page, () => window.appVersion === 'second' && document.body?.dataset.ready === 'yes')
    assert.equal(await page.evaluate(() => sessionStorage.loads), '1')
    assert.equal(await page.evaluate(() => probe.states.join()), '', 'and then there is nothing to offer')
  }, { timeout_ms: 45_000 })
}

test('the first visit installs without a word', async (t) => {
  const page = await openPage(t, await hostedApp(t, { entry }))
  assert.deepEqual(await page.evaluate(() => probe.states), [])
  assert.ok(await isSame(page), 'no reload')
})

test('a transfer is not interrupted: the offer waits for its end, a tap during it does nothing', async (t) => {
  const app = await hostedApp(t, { entry })
  const page = await openPage(t, app)
  await page.evaluate(() => { probe.busy = true })
  await app.release('second')
  await lookForUpdate(page)
  await waits(page, 'after-transfer')
  await page.evaluate(() => { probe.updates.apply() })
  assert.equal(await page.evaluate(async () => (await navigator.serviceWorker.getRegistration()).waiting?.state), 'installed')
  assert.ok(await isSame(page))
  await page.evaluate(() => { probe.busy = false })
  await waits(page, 'ready')
  assert.ok(await isSame(page), 'the end of the transfer alone reloads nothing')
  await page.evaluate(() => { probe.updates.apply() })
  await until(page, () => window.appVersion === 'second')
})

test('the tap in one tab does not reload another one, which is offered it when it is done', async (t) => {
  const app = await hostedApp(t, { entry })
  const context = await t.context()
  const [busy, other] = [await openPage(t, app, { context }), await openPage(t, app, { context })]
  await busy.evaluate(() => { probe.busy = true })
  await app.release('second')
  await lookForUpdate(other)
  await waits(other, 'ready')
  await waits(busy, 'after-transfer')
  await other.evaluate(() => { probe.updates.apply() })
  await until(other, () => window.appVersion === 'second')
  await until(busy, () => navigator.serviceWorker.controller?.state === 'activated')
  assert.ok(await isSame(busy))
  assert.equal(await lastState(busy), 'after-transfer')
  await busy.evaluate(() => { probe.busy = false; probe.updates.look() })
  await waits(busy, 'ready')
  await busy.evaluate(() => { probe.updates.apply() })
  await until(busy, () => window.appVersion === 'second')
})

test('half of an upload is not taken for a version', async (t) => {
  const app = await hostedApp(t, { entry })
  const page = await openPage(t, app)
  await app.release('second')
  await app.change('app.js', (text) => text.replace('"second"', '"old one"')) // the worker's list is up, this file is not
  const outcome = await page.evaluate(async () => {
    const registration = await navigator.serviceWorker.getRegistration()
    const gone = new Promise((resolve) => registration.addEventListener('updatefound', () => {
      const { installing } = registration
      installing.addEventListener('statechange', () => resolve(installing.state))
    }))
    await registration.update().catch(() => undefined)
    return gone
  })
  assert.equal(outcome, 'redundant')
  assert.deepEqual(await page.evaluate(() => probe.states), [])
  await page.reload()
  await ready(page)
  assert.equal(await version(page), 'first')
})

test('in the app: a recording is finished and kept, then the prompt\'s tap brings the new version', async (t) => {
  const app = await hostedApp(t)
  const browser = await t.browsers.launch('chromium', { flags: MICROPHONE })
  t.defer(() => browser.close())
  const page = await openPage(t, app, { context: await browser.newContext() })
  await page.raw.click('#record')
  await until(page, () => samaraDemo.state.recorder.step === 'recording')
  await app.release('second')
  await lookForUpdate(page)
  await until(page, () => samaraDemo.state.update === 'after-transfer')
  assert.equal(await page.evaluate(() => document.querySelectorAll('#update').length), 0, 'no button to press meanwhile')
  await page.raw.click('#record-stop')
  await until(page, () => document.querySelectorAll('.memo').length === 1)
  await until(page, () => samaraDemo.state.update === 'ready')
  assert.ok(await isSame(page))
  await page.raw.click('#update')
  await until(page, () => window.appVersion === 'second' && document.body?.dataset.ready === 'yes')
  assert.equal(await page.evaluate(() => document.querySelectorAll('.memo').length), 1)
})
