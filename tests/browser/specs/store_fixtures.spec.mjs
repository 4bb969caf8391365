// Stores that earlier versions left in browsers (tests/fixtures): opened by this one with everything in them, and moved to OPFS,
// also when the tab dies meanwhile.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { digestOf } from '../lib/data.mjs'
import { openSamara, reload, samaraPage } from '../lib/pages.mjs'
import { describe, ROOT, test } from '../lib/runner.mjs'

describe('store fixtures')

const FIXTURES = ['1-plain', '1-sealed']
const KILLS = 6
const OPEN = { shareBase: 'https://memos.example/share/' } // of the app whose stores they are
const manifest = (fixture) => JSON.parse(readFileSync(`${ROOT}tests/fixtures/${fixture}/manifest.json`, 'utf8'))

/** A page, Samara not open, whose IndexedDB holds the fixture. */
async function fixturePage(t, fixture, { context, server }) {
  const page = await samaraPage(t, { context, origin: server.origin, open: false })
  await page.evaluate(async ({ folder, blobs }) => {
    const { writeFirstVersion } = await import('/tests/js/first_version.mjs')
    const read = async ([blob, file]) => [Number(blob), new Uint8Array(await (await fetch(`${folder}/${file}`)).arrayBuffer())]
    await writeFirstVersion('/samara/default/v1', await Promise.all(Object.entries(blobs).map(read)))
  }, { folder: `/tests/fixtures/${fixture}`, blobs: manifest(fixture).blobs })
  return page
}

const found = (page) => page.evaluate(async () => {
  const items = []
  for (const item of await sm.samara.items()) {
    items.push({ id: item.id, name: item.name, files: item.files.map(({ name, size }) => [name, size]), sha256: await kit.sha256(new Blob(await Promise.all(item.files.map((_, i) => item.blob(i))))) })
  }
  const shares = (await sm.samara.shares()).map(({ id, url, snapshot }) => ({ id, url, needsSource: snapshot.state === 'source-needed' }))
  const transfers = (await sm.samara.transfers()).map((transfer) => ({ id: transfer.id, verified: transfer.snapshot.verifiedBytes }))
  return { kind: (await sm.samara.health()).storage.kind, items, shares, transfers }
})

function assertAll({ items, shares, transfers, kind }, { expect }) {
  const byId = (list) => list.toSorted((a, b) => (a.id < b.id ? -1 : 1))
  const digest = ({ lcg, bytes }) => digestOf({ seed: lcg, size: bytes })
  assert.equal(kind, 'opfs')
  assert.deepEqual(byId(items), byId(expect.items.map(({ id, name, files, content }) => ({ id, name, files, sha256: digest(content) }))))
  assert.deepEqual(byId(shares), byId(expect.shares.map(({ id, url, state }) => ({ id, url, needsSource: state === 'source-needed' }))))
  assert.deepEqual(byId(transfers), byId(expect.transfers.map(({ id, verified }) => ({ id, verified }))))
}

const ownServer = (t) => t.ownServer({ mounts: [{ prefix: '/', dir: ROOT }] })

for (const browser of ['chromium', 'firefox']) {
  for (const fixture of FIXTURES) {
    test(`${browser}: ${fixture} opens with everything in it, in OPFS`, async (t) => {
      const page = await fixturePage(t, fixture, { context: await t.context(browser), server: await ownServer(t) })
      await openSamara(t, page, OPEN)
      assertAll(await found(page), manifest(fixture))
      await reload(t, page, OPEN)
      assertAll(await found(page), manifest(fixture))
      const left = await page.evaluate(async () => (await (await import('/tests/js/first_version.mjs')).databases()) ?? [])
      assert.deepEqual(left, [])
    }, { timeout_ms: 60_000 })
  }
}

test('a tab that dies while it moves a store has lost nothing', async (t) => {
  const server = await ownServer(t)
  for (let kill = 0; kill < KILLS; kill++) {
    const fixture = FIXTURES[kill % FIXTURES.length]
    const delay_ms = Math.floor(Math.random() * 250)
    const context = await t.context()
    const page = await fixturePage(t, fixture, { context, server })
    await page.evaluate((options) => void sm.open(options).catch(() => {}), { ...OPEN, trackers: [t.tracker.url] })
    await new Promise((resolve) => setTimeout(resolve, delay_ms))
    await page.kill()
    const next = await samaraPage(t, { context, origin: server.origin, open: OPEN })
    try {
      assertAll(await found(next), manifest(fixture))
    } catch (error) {
      error.message = `${fixture}, killed after ${delay_ms} ms: ${error.message}`
      throw error
    }
    await context.close()
  }
}, { timeout_ms: 120_000 })
