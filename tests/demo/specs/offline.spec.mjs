// The app with every server gone, after one visit: both pages open, memos are there and play, a share link waits.
import assert from 'node:assert/strict'
import { describe, test } from '../../browser/lib/runner.mjs'
import { hostedApp, kept, ready, until } from '../lib/host.mjs'

describe('offline')

const NOBODY_HAS = '#seeds=magnet%3A%3Fxt%3Durn%3Abtih%3A00112233445566778899aabbccddeeff00112233'

const tap = (page, selector) => page.raw.click(selector)

/** A first visit that adds the sample, until the app is kept. */
async function visit(t, app, browser) {
  const page = await t.page('', { browser, origin: app.url })
  await ready(page)
  await tap(page, '#sample')
  await until(page, () => !!document.querySelector('.memo'))
  await kept(page)
  return page
}

async function plays(page) {
  await until(page, () => !!document.querySelector('.memo .play-button'))
  await tap(page, '.memo .play-button')
  await until(page, () => samaraDemo.state.player?.state === 'playing')
}

for (const browser of ['chromium', 'firefox']) {
  test(`${browser}: after one visit the library opens and plays with the host gone`, async (t) => {
    const app = await hostedApp(t)
    const page = await visit(t, app, browser)
    await app.server.stop()
    await page.reload()
    await ready(page)
    assert.equal(await page.evaluate(() => document.querySelectorAll('.memo').length), 1)
    await plays(page)
  }, { timeout_ms: 45_000 })

  test(`${browser}: after one visit a share link opens with the host gone, whatever a chat added to it`, async (t) => {
    const app = await hostedApp(t)
    const page = await visit(t, app, browser)
    await app.server.stop()
    for (const path of ['share/', 'share/index.html', 'share', 'share/?utm_source=chat', 'share?fbclid=1']) {
      await page.goto(`${app.url}${path}${NOBODY_HAS}`)
      await ready(page)
      assert.equal(await page.evaluate(() => document.body.dataset.screen), 'receive', path)
      assert.ok(await until(page, () => !!document.querySelector('#receive-accept, #state')), path)
    }
    await page.goto(`${app.url}?source=homescreen`)
    await ready(page)
    assert.equal(await page.evaluate(() => document.body.dataset.screen), 'library')
  }, { timeout_ms: 60_000 })
}

test('every file that the app loads is kept, and nothing is asked of the host again', async (t) => {
  const app = await hostedApp(t)
  const page = await visit(t, app)
  await page.reload()
  await ready(page)
  await plays(page)
  app.server.requests.length = 0
  await page.reload()
  await ready(page)
  await plays(page)
  assert.deepEqual(app.server.requests.filter((path) => !path.endsWith('/sw.js')), [])
})

test('what is not of the app is not answered by it', async (t) => {
  const app = await hostedApp(t)
  const page = await visit(t, app)
  const statuses = await page.evaluate(async () => Promise.all(['./nothing.js', '../other-app/', './og.png'].map(async (path) => (await fetch(path)).status)))
  assert.deepEqual(statuses, [404, 404, 200])
  await app.server.stop()
  assert.equal(await page.evaluate(() => fetch('./nothing.js').then(() => 'answered', () => 'gone')), 'gone')
})
