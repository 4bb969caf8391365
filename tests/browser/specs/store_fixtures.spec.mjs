// Stores and exports that earlier versions left (tests/fixtures): opened by this one with everything in them. Those of IDBFS are
// moved to OPFS, also when the tab dies meanwhile; those in OPFS stay where they are, as they are.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { digestOf } from '../lib/data.mjs'
import { openSamara, reload, samaraPage } from '../lib/pages.mjs'
import { describe, ROOT, test } from '../lib/runner.mjs'

describe('store fixtures')

const FIXTURES = ['1-plain', '1-sealed'] // of IDBFS
const IN_OPFS = '2-opfs'
const EXPORT = '2-export.smrx' // of the same library
const KILLS = 6
const OPEN = { shareBase: 'https://memos.example/share/' } // of the app whose stores they are
const manifest = (fixture) => JSON.parse(readFileSync(`${ROOT}tests/fixtures/${fixture}/manifest.json`, 'utf8'))

/** A page, Samara not open, whose IndexedDB or OPFS holds the fixture. */
async function fixturePage(t, fixture, { context, server }) {
  const page = await samaraPage(t, { context, origin: server.origin, open: false })
  await page.evaluate(async ({ folder, blobs, reserved, isOpfs }) => {
    const { writeFirstVersion } = await import('/tests/js/first_version.mjs')
    const { writeFirstOpfs } = await import('/tests/js/first_opfs.mjs')
    const read = async ([blob, file]) => {
      const written = new Uint8Array(await (await fetch(`${folder}/${file}`)).arrayBuffer())
      const bytes = new Uint8Array(reserved[blob] ?? written.length)
      bytes.set(written)
      return [Number(blob), bytes]
    }
    const all = await Promise.all(Object.entries(blobs).map(read))
    await (isOpfs ? writeFirstOpfs('default', all) : writeFirstVersion('/samara/default/v1', all))
  }, { folder: `/tests/fixtures/${fixture}`, reserved: {}, ...manifest(fixture), isOpfs: fixture === IN_OPFS })
  return page
}

/** What there is, once every transfer has looked what its blob holds. */
const found = (page) => page.evaluate(async () => {
  await kit.until(async () => (await sm.samara.transfers()).every(({ snapshot }) => snapshot.state !== 'starting'))
  const items = []
  for (const item of await sm.samara.items()) {
    items.push({ id: item.id, name: item.name, files: item.files.map(({ name, size }) => [name, size]), sha256: await kit.sha256(new Blob(await Promise.all(item.files.map((_, i) => item.blob(i))))) })
  }
  const shares = (await sm.samara.shares()).map(({ id, url, snapshot }) => ({ id, url, needsSource: snapshot.state === 'source-needed' }))
  const transfers = (await sm.samara.transfers()).map((transfer) => ({ id: transfer.id, verified: transfer.snapshot.verifiedBytes }))
  return { kind: (await sm.samara.health()).storage.kind, items, shares, transfers }
})

const byId = (list) => list.toSorted((a, b) => (a.id < b.id ? -1 : 1))

function assertItems(items, { expect }) {
  const digest = ({ lcg, bytes }) => digestOf({ seed: lcg, size: bytes })
  assert.deepEqual(byId(items), byId(expect.items.map(({ id, name, files, content }) => ({ id, name, files, sha256: digest(content) }))))
}

function assertAll({ items, shares, transfers, kind }, { expect }) {
  assert.equal(kind, 'opfs')
  assertItems(items, { expect })
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

/** The folder of the store; bytes as hex. */
const folderOf = (page) => page.evaluate(async () => {
  const { leases, files } = await (await import('/tests/js/first_opfs.mjs')).readOpfs('default')
  const hex = (bytes) => [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')
  return { leases, files: Object.fromEntries(Object.entries(files).map(([name, bytes]) => [name, hex(bytes)])) }
})

/** The names of the files that hold the fixture's blobs; behind what a journal says there may be room or more. */
const held = ({ files }, { blobs }) => Object.entries(blobs).map(([blob, file]) => {
  const bytes = readFileSync(`${ROOT}tests/fixtures/${IN_OPFS}/${file}`).toString('hex')
  return Object.keys(files).find((name) => parseInt(name, 16) === +blob && files[name].startsWith(bytes))
})

for (const browser of ['chromium', 'firefox']) {
  test(`${browser}: ${IN_OPFS} opens with everything in it, and its files stay as they are`, async (t) => {
    const page = await fixturePage(t, IN_OPFS, { context: await t.context(browser), server: await ownServer(t) })
    const before = await folderOf(page)
    const names = held(before, manifest(IN_OPFS))
    for (let life = 1; life <= 2; life++) {
      await (life === 1 ? openSamara(t, page, OPEN) : reload(t, page, OPEN))
      assertAll(await found(page), manifest(IN_OPFS))
      const after = await folderOf(page)
      assert.deepEqual(after.leases.map((name) => parseInt(name.slice(6), 16)), [parseInt(before.leases[0].slice(6), 16) + life])
      assert.deepEqual(held(after, manifest(IN_OPFS)), names)
    }
    await page.evaluate(async (count) => { // what counts no more is swept when the store is open
      const { readOpfs } = await import('/tests/js/first_opfs.mjs')
      await kit.until(async () => Object.keys((await readOpfs('default')).files).length === count)
    }, names.length)
    assert.deepEqual(Object.keys((await folderOf(page)).files).sort(), names.sort())
  }, { timeout_ms: 60_000 })

  test(`${browser}: ${EXPORT} is imported with everything in it, once`, async (t) => {
    const server = await ownServer(t)
    const page = await samaraPage(t, { context: await t.context(browser), origin: server.origin, open: OPEN })
    for (let times = 0; times < 2; times++) {
      await page.evaluate(async (url) => void (await sm.samara.import(await (await fetch(url)).blob())), `/tests/fixtures/${EXPORT}`)
      const { items, shares, transfers } = await found(page)
      assertItems(items, manifest(IN_OPFS))
      assert.deepEqual([shares, transfers], [[], []])
    }
  }, { timeout_ms: 60_000 })
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
