// Plain shares are ordinary torrents: Samara and webtorrent 3.0.21 serve each other through the real tracker, by magnet
// and by .torrent, with the same infohash, names and bytes.
import assert from 'node:assert/strict'
import { digestOf, KiB, MiB, referenceTorrent } from '../lib/data.mjs'
import { samaraPage, webtorrentPage } from '../lib/pages.mjs'
import { describe, test } from '../lib/runner.mjs'

describe('interop')

const one = (name, size, type = '') => ({ files: [{ name, size, type }] })
const CONTENTS = {
  '1 byte': one('one.bin', 1),
  'exactly 16 KiB': one('block.bin', 16 * KiB),
  '16 KiB + 1': one('block-and-one.bin', 16 * KiB + 1),
  '5 MiB': one('memo.webm', 5 * MiB, 'audio/webm'),
  'a unicode name': one('Mémo ☂ 1+1 & \u{1F341} 録音.webm', 40_000, 'audio/webm'),
  'several files': {
    files: [{ name: 'one ☂.bin', size: 20_000 }, { name: 'zwei.txt', size: 1 }, { name: 'drei.bin', size: 3 * 16 * KiB }],
    name: 'Mémos of May',
  },
}

/** Seeds differ so that no two cases are one torrent for the shared tracker. */
let lastSeed = 100
function withSeeds({ files, name }) {
  return { files: files.map((file) => ({ ...file, seed: lastSeed += 1 })), options: name ? { name } : {} }
}

const expected = (files) => files.map((file) => ({ name: file.name, size: file.size, sha256: digestOf(file) }))
const plain = (files) => files.map(({ name, size, sha256 }) => ({ name, size, sha256 }))
const titleOf = ({ files, options }) => options.name ?? files[0].name

for (const [what, content] of Object.entries(CONTENTS)) {
  for (const via of ['magnet', '.torrent']) {
    test(`samara to webtorrent, ${via}, ${what}`, (t) => samaraToWebtorrent(t, withSeeds(content), via))
    test(`webtorrent to samara, ${via}, ${what}`, (t) => webtorrentToSamara(t, withSeeds(content), via))
  }
}

async function samaraToWebtorrent(t, { files, options }, via) {
  const trackers = [t.tracker.url]
  const [sender, receiver] = await Promise.all([samaraPage(t), webtorrentPage(t)])
  const share = await sender.evaluate((given) => sm.share(given), { files, options })
  assert.equal(share.infoHash, (await referenceTorrent(files, options)).infoHash)
  const torrentFile = via === '.torrent' ? await sender.evaluate(torrentFileOf, share.id) : undefined
  const received = await receiver.evaluate((given) => wt.receive(given),
    via === 'magnet' ? { magnet: share.magnet, trackers } : { torrentFile, trackers })
  assert.deepEqual(plain(received.files), expected(files))
  assert.equal(received.name, titleOf({ files, options }))
  assert.equal(received.infoHash, share.infoHash)
  await assertClean(sender)
}

async function torrentFileOf(id) {
  const share = await sm.findShare(id)
  const bytes = new Uint8Array(await (await share.torrentFile()).arrayBuffer())
  return btoa(String.fromCharCode(...bytes))
}

async function webtorrentToSamara(t, { files, options }, via) {
  const trackers = [t.tracker.url]
  const [sender, receiver] = await Promise.all([webtorrentPage(t), samaraPage(t)])
  const seeded = await sender.evaluate((given) => wt.seed(given), { files, options, trackers })
  const item = await receiver.evaluate((given) => sm.receiveAll(given),
    via === 'magnet' ? { link: seeded.magnet } : { torrentFile: seeded.torrentFile })
  assert.deepEqual(plain(item.files), expected(files))
  assert.equal(item.name, titleOf({ files, options }))
  assert.equal(item.infoHash, seeded.infoHash)
  assert.equal(item.origin, 'received')
  assert.equal(item.progress.state, 'done')
  await assertClean(receiver)
}

/** The log, kept at debug level, holds no warning and nobody was scored or dropped for what it sent. */
async function assertClean(page) {
  const log = await page.evaluate(() => sm.log)
  const bad = log.filter((entry) => entry.level === 'warn' || /score|ban|misbehav|violation|protocol-error/.test(entry.code))
  assert.deepEqual(bad, [])
}

test('a webtorrent magnet leecher at full speed is never scored', async (t) => {
  const trackers = [t.tracker.url]
  const files = [{ name: 'long memo.webm', seed: 77, size: 24 * MiB }]
  const [sender, receiver] = await Promise.all([samaraPage(t), webtorrentPage(t)])
  const share = await sender.evaluate((given) => sm.share(given), { files })
  const received = await receiver.evaluate((given) => wt.receive(given), { magnet: share.magnet, trackers })
  assert.deepEqual(plain(received.files), expected(files))
  assert.equal(received.links, 1, 'the whole transfer goes over one link')
  await assertClean(sender)
}, { timeout_ms: 60_000 })

test('a transfer in Samara is of use to webtorrent: three peers, two clients', async (t) => {
  const trackers = [t.tracker.url]
  const files = [{ name: 'shared.bin', seed: 78, size: 3 * MiB }]
  const [sender, second, third] = await Promise.all([webtorrentPage(t), samaraPage(t), samaraPage(t)])
  const seeded = await sender.evaluate((given) => wt.seed(given), { files, trackers })
  const receive = (page) => page.evaluate((given) => sm.receiveAll(given), { link: seeded.magnet })
  const items = await Promise.all([receive(second), receive(third)])
  for (const item of items) assert.deepEqual(plain(item.files), expected(files))
  await sender.close()
  const late = await webtorrentPage(t)
  const received = await late.evaluate((given) => wt.receive(given), { magnet: seeded.magnet, trackers })
  assert.deepEqual(plain(received.files), expected(files))
}, { timeout_ms: 60_000 })
