// The app as plain files in a folder of any static host: no headers of its own, no rewriting, a sub-path.
import assert from 'node:assert/strict'
import { fileURLToPath } from 'node:url'
import { describe, test } from '../../browser/lib/runner.mjs'
import { hostedApp, kept, PREFIX, ready, until } from '../lib/host.mjs'

describe('static host')

const probe = fileURLToPath(new URL('../pages/update_probe.js', import.meta.url))

const tap = (page, selector) => page.raw.click(selector)

/** Opens the library, adds the sample and shares it; resolves with page and link. */
async function shareSample(t, app, browser) {
  const page = await t.page('', { browser, origin: app.url })
  await ready(page)
  await tap(page, '#sample')
  await until(page, () => !!document.querySelector('.share-button'))
  await tap(page, '.share-button')
  const link = await until(page, () => document.querySelector('#share-link')?.value)
  return { page, link }
}

for (const browser of ['chromium', 'firefox']) {
  test(`${browser}: a memo is shared from a sub-path and opened on a device that has never seen the app`, async (t) => {
    const app = await hostedApp(t)
    const { page: sender, link } = await shareSample(t, app, browser)
    assert.ok(link.startsWith(`${app.url}share/#`), link)
    const receiver = await t.page('', { browser, origin: link })
    await ready(receiver)
    await until(receiver, () => !!document.querySelector('#receive-accept'))
    await tap(receiver, '#receive-accept')
    await until(receiver, () => document.body.dataset.step === 'arrived')
    await until(sender, () => document.querySelector('#share-sheet')?.dataset.state === 'delivered')
    await kept(receiver)
    assert.equal(await receiver.evaluate(async () => (await navigator.serviceWorker.getRegistration()).scope), app.url)
    const outside = app.server.requests.filter((path) => !path.startsWith(PREFIX) && path !== '/favicon.ico')
    assert.deepEqual(outside, [], 'nothing is asked for outside of the sub-path')
    const missing = receiver.log.concat(sender.log).filter((line) => /404/.test(line))
    assert.deepEqual(missing, [])
  }, { timeout_ms: 60_000 })
}

test('two copies on one host keep out of each other\'s way', async (t) => {
  const { dir } = await hostedApp(t, { entry: probe })
  const server = await t.ownServer({ mounts: [{ prefix: '/one/', dir }, { prefix: '/two/', dir }] })
  const page = await t.page('/one/', { origin: server.origin })
  for (const path of ['/one/', '/two/']) {
    await page.goto(server.origin + path)
    await ready(page)
    await kept(page)
  }
  const names = await page.evaluate(() => caches.keys())
  assert.deepEqual(names.map((name) => name.split(' ')[1]).sort(), ['/one/', '/two/'])
  await server.stop()
  for (const path of ['/one/', '/two/']) {
    await page.goto(server.origin + path)
    await ready(page)
  }
})
