// Several torrents between the same two pages: one peer connection, which ends when nothing runs over it any more.
import assert from 'node:assert/strict'
import { digestOf, KiB } from '../lib/data.mjs'
import { openSamara, samaraPage } from '../lib/pages.mjs'
import { describe, test } from '../lib/runner.mjs'

describe('one connection')

const SHARES = 8
const LINGER_MS = 5_000 // limits::channels_linger_ms
const files = Array.from({ length: SHARES }, (_, index) => ({ name: `memo-${index}.bin`, seed: 7_100 + index, size: 90 * KiB + index }))

/** Counts the peer connections that ever connected, and those that are not closed yet. To be run before Samara opens. */
function watchConnections() {
  const Real = window.RTCPeerConnection
  window.watched = { connected: 0, open: 0 }
  window.RTCPeerConnection = class extends Real {
    constructor(...given) {
      super(...given)
      this.addEventListener('connectionstatechange', () => {
        if (this.connectionState !== 'connected' || this.wasConnected) return
        this.wasConnected = true
        window.watched.connected++
        window.watched.open++
      })
    }
    close() {
      if (this.wasConnected && this.signalingState !== 'closed') window.watched.open--
      super.close()
    }
  }
}

async function watchedPage(t, browser) {
  const page = await samaraPage(t, { browser, open: false })
  await page.evaluate(watchConnections)
  await openSamara(t, page)
  return page
}

const share = (page, file) => page.evaluate(async (given) => (await sm.share({ files: [given] })).url, file)
const digests = (page, links) => page.evaluate((given) => Promise.all(given.map(async (link) => (await sm.receiveAll({ link })).files[0].sha256)), links)
const watched = (page) => page.evaluate(() => window.watched)

for (const [from, to] of [['chromium', 'chromium'], ['chromium', 'firefox'], ['firefox', 'chromium'], ['firefox', 'firefox']]) {
  test(`${from} to ${to}: ${SHARES} shares at once over one connection, one more over it later, and then it ends`, async (t) => {
    const [sender, receiver] = await Promise.all([watchedPage(t, from), watchedPage(t, to)])
    const links = []
    for (const file of files) links.push(await share(sender, file))
    const received = await digests(receiver, links)
    assert.deepEqual(received, files.map(digestOf))
    const late = { name: 'late.bin', seed: 7_200, size: 70 * KiB }
    assert.deepEqual(await digests(receiver, [await share(sender, late)]), [digestOf(late)])
    assert.deepEqual([await watched(sender), await watched(receiver)], [{ connected: 1, open: 1 }, { connected: 1, open: 1 }])
    // Two seconds until nobody has anything for the other, and the linger; a page in the background is late with both.
    for (const page of [sender, receiver]) {
      await page.evaluate((ms) => kit.until(() => window.watched.open === 0, ms, 'the end of the connection'), 3 * LINGER_MS)
    }
  }, { timeout_ms: 60_000 })
}
