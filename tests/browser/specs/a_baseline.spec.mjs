// The harness itself: two webtorrent pages through the local tracker, in each browser and across both.
import assert from 'node:assert/strict'
import { digestOf, MiB, referenceTorrent } from '../lib/data.mjs'
import { webtorrentPage } from '../lib/pages.mjs'
import { describe, test } from '../lib/runner.mjs'

describe('baseline')

const ATTEMPT_MS = 12_000
const spec = { name: 'memo ☂.webm', seed: 11, size: MiB + 1, type: 'audio/webm' }

/** One attempt between fresh pages; nothing when they did not find each other in time. */
async function transfer(t, sender, receiver) {
  const trackers = [t.tracker.url]
  const [a, b] = await Promise.all([webtorrentPage(t, { browser: sender }), webtorrentPage(t, { browser: receiver })])
  const seeded = await a.evaluate((what) => wt.seed(what), { files: [spec], trackers })
  assert.equal(seeded.infoHash, (await referenceTorrent([spec])).infoHash)
  const receiving = b.evaluate((what) => wt.receive(what), { magnet: seeded.magnet, trackers })
  receiving.catch(() => {}) // of a page that is left behind
  let timer
  const late = new Promise((resolve) => { timer = setTimeout(resolve, ATTEMPT_MS) })
  return Promise.race([receiving, late]).finally(() => clearTimeout(timer))
}

for (const [sender, receiver] of [['chromium', 'chromium'], ['chromium', 'firefox'], ['firefox', 'chromium']]) {
  test(`webtorrent in ${sender} to webtorrent in ${receiver}`, async (t) => {
    // A browser that has just been started may be too slow for webtorrent's first offer, and the next comes two minutes later.
    let received = await transfer(t, sender, receiver)
    if (!received) {
      console.log(`       webtorrent did not find itself in ${ATTEMPT_MS / 1000} s; once more`)
      received = await transfer(t, sender, receiver)
    }
    assert.ok(received, 'webtorrent found itself at the second attempt at the latest')
    assert.equal(received.files[0].sha256, digestOf(spec))
    assert.equal(received.name, spec.name)
  })
}
