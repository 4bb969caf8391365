// One page that shares hundreds of things: what it says to the tracker, what it connects, and that each is still to be had.
import assert from 'node:assert/strict'
import { digestOf } from '../lib/data.mjs'
import { openSamara, samaraPage } from '../lib/pages.mjs'
import { describe, test } from '../lib/runner.mjs'

describe('many shares')

const SHARES = 500
const BYTES = 700
const CONNECTIONS_MAX = 24
const BURST_PER_SECOND_MAX = 200
const STEADY_PER_SECOND_MAX = 5
const ANNOUNCED_MS = 15_000 // after the tracker is back, on a busy machine; the burst itself takes 3 s
const CONNECTED_MS = 5_000
const WATCHED_MS = 5_000
const AT_ONCE = 40 // more than there may be connections, and than one connection carries
const CONNECTIONS_FOR_ALL_MAX = AT_ONCE / 2 // how many is a matter of what comes when; each had its own before channels were shared

/** Counts the peer connections that exist, and the most there ever were. To be run before Samara opens. */
function countConnections() {
  const Real = window.RTCPeerConnection
  window.connections = { now: 0, most: 0, ever: 0 }
  window.RTCPeerConnection = class extends Real {
    constructor(...given) {
      super(...given)
      window.connections.ever++
      window.connections.most = Math.max(window.connections.most, ++window.connections.now)
    }
    close() {
      if (this.signalingState !== 'closed') window.connections.now--
      super.close()
    }
  }
}

const file = (index) => ({ name: `share-${index}.bin`, seed: 5_000 + index, size: BYTES })

/** Shares them one after the other; what the page needs to say later is kept there. */
async function shareMany(count) {
  const urls = []
  for (let index = 0; index < count; index++) {
    const { url, infoHash } = await sm.share({ files: [{ name: `share-${index}.bin`, seed: 5_000 + index, size: 700 }] })
    urls.push({ url, infoHash })
  }
  return urls
}

/** The most within any second from `since` on. */
function mostPerSecond({ announces }, since) {
  const times = announces.map(({ at }) => at).filter((at) => at >= since)
  let most = 0
  for (let first = 0, last = 0; last < times.length; last++) {
    while (times[last] - times[first] >= 1_000) first++
    most = Math.max(most, last - first + 1)
  }
  return most
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

test(`${SHARES} shares of one page: a bounded burst after the tracker returns, then silence without offers, and any of them within 5 s`, async (t) => {
  const tracker = await t.ownTracker({ keepFrames: true })
  const open = { trackers: [tracker.url], log: 'warn' }
  const sender = await samaraPage(t, { open: false })
  await sender.evaluate(countConnections)
  await openSamara(t, sender, open)
  const sharedFrom = performance.now()
  const shared = await sender.evaluate(shareMany, SHARES)
  console.log(`       ${SHARES} shares in ${Math.round(performance.now() - sharedFrom)} ms`)
  await tracker.stop()
  await pause(300)
  const [before, framesBefore] = [tracker.announces.length, tracker.frames.length]
  const backAt = performance.now()
  await tracker.start()
  while (tracker.announces.length - before < SHARES && performance.now() - backAt < ANNOUNCED_MS) await pause(20)
  const announced = new Set(tracker.announces.slice(before).map(({ infoHash }) => infoHash))
  console.log(`       all announced ${Math.round(performance.now() - backAt)} ms after the tracker's return, ${mostPerSecond(tracker, backAt)} in one second at most`)
  assert.equal(announced.size, SHARES)
  assert.ok(mostPerSecond(tracker, backAt) <= BURST_PER_SECOND_MAX * 1.1, 'the burst is bounded') // stamped by a busy process
  await pause(1_000)
  const steadyFrom = performance.now()
  await pause(WATCHED_MS)
  assert.ok(mostPerSecond(tracker, steadyFrom) <= STEADY_PER_SECOND_MAX + 1, `${mostPerSecond(tracker, steadyFrom)} announces in one second`)
  const offers = tracker.frames.slice(framesBefore).filter((frame) => frame.includes('"offers":[{'))
  assert.equal(offers.length, 0)
  assert.equal((await sender.evaluate(() => window.connections)).ever, 0)

  const receiver = await samaraPage(t, { open })
  for (const index of [0, 249, SHARES - 1]) {
    const from = performance.now()
    const item = await receiver.evaluate((link) => sm.receiveAll({ link }), shared[index].url)
    const took = performance.now() - from
    console.log(`       share ${index} received in ${Math.round(took)} ms`)
    assert.equal(item.files[0].sha256, digestOf(file(index)))
    assert.ok(took < CONNECTED_MS, `share ${index} took ${took} ms`)
  }
  const from = performance.now()
  const items = await receiver.evaluate((links) => Promise.all(links.map((link) => sm.receiveAll({ link }))), shared.slice(1, 1 + AT_ONCE).map(({ url }) => url))
  console.log(`       ${AT_ONCE} at once received in ${Math.round(performance.now() - from)} ms`)
  items.forEach((item, at) => assert.equal(item.files[0].sha256, digestOf(file(1 + at))))
  const { most, ever } = await sender.evaluate(() => window.connections)
  console.log(`       ${ever} connections made for all of them, ${most} at a time`)
  assert.ok(most <= CONNECTIONS_MAX, `${most} connections`)
  assert.ok(ever <= CONNECTIONS_FOR_ALL_MAX, `${ever} connections`)
}, { timeout_ms: 90_000 })
