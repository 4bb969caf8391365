// The harness itself: two webtorrent pages through the local tracker, in each browser and across both.
import assert from 'node:assert/strict'
import { digestOf, MiB, referenceTorrent } from '../lib/data.mjs'
import { webtorrentPage } from '../lib/pages.mjs'
import { describe, test } from '../lib/runner.mjs'

describe('baseline')

for (const [sender, receiver] of [['chromium', 'chromium'], ['chromium', 'firefox'], ['firefox', 'chromium']]) {
  test(`webtorrent in ${sender} to webtorrent in ${receiver}`, async (t) => {
    const spec = { name: 'memo ☂.webm', seed: 11, size: MiB + 1, type: 'audio/webm' }
    const trackers = [t.tracker.url]
    const [a, b] = await Promise.all([webtorrentPage(t, { browser: sender }), webtorrentPage(t, { browser: receiver })])
    const seeded = await a.evaluate((what) => wt.seed(what), { files: [spec], trackers })
    assert.equal(seeded.infoHash, (await referenceTorrent([spec])).infoHash)
    const received = await b.evaluate((what) => wt.receive(what), { magnet: seeded.magnet, trackers })
    assert.equal(received.files[0].sha256, digestOf(spec))
    assert.equal(received.name, spec.name)
  })
}
