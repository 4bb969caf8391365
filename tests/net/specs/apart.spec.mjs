// Devices that cannot reach each other, each a browser in a network namespace of its own.
import assert from 'node:assert/strict'
import { digestOf, MiB } from '../../browser/lib/data.mjs'
import { ready } from '../../browser/lib/pages.mjs'
import { describe, test } from '../../browser/lib/runner.mjs'
import { launchIn, openTo } from '../lib/chromium.mjs'
import { createSegment } from '../lib/segment.mjs'

const CASE_TIMEOUT_MS = 60_000
const STEP_TIMEOUT_MS = 15_000

describe('apart')

/** Runs in a page ahead of everything: `window.links` lists its connections, with all that each has been. */
function watchConnections() {
  const links = (window.links = [])
  const Plain = window.RTCPeerConnection
  window.RTCPeerConnection = class extends Plain {
    constructor(configuration) {
      super(configuration)
      const link = { states: [], remote: () => this.remoteDescription?.sdp ?? '' }
      this.addEventListener('iceconnectionstatechange', () => link.states.push(this.iceConnectionState))
      links.push(link)
    }
  }
}

/** What a page's connections with the device at an address have been. */
const statesWith = (page, { address }) =>
  page.evaluate((wanted) => window.links.filter(({ remote }) => remote().includes(` ${wanted} `)).map(({ states }) => states), address)
const untilTried = (page, { address }) => page.evaluate(({ wanted, timeout_ms }) =>
  kit.until(() => window.links.some(({ remote, states }) => remote().includes(` ${wanted} `) && states.length > 0), timeout_ms, `a connection with ${wanted} is tried`).then(() => {}),
{ wanted: address, timeout_ms: STEP_TIMEOUT_MS })

/** So many devices on a segment, each with a Samara page that uses the case's tracker. */
async function makeDevices(t, count) {
  const segment = await createSegment(count)
  t.defer(() => segment.close())
  for (const { port } of [t.server, t.tracker]) t.defer(await openTo(segment.address, port))
  const pages = await Promise.all(segment.devices.map(async (device) => {
    const browser = await launchIn(device, segment.address)
    t.defer(() => browser.close())
    const page = await browser.newPage(`http://localhost:${t.server.port}/tests/browser/pages/samara.html`, watchConnections)
    t.pages.push(page)
    await ready(page)
    await page.evaluate((trackers) => sm.open({ trackers }), [`ws://localhost:${t.tracker.port}`])
    return page
  }))
  return { segment, pages }
}

const shareStats = () => sm.samara.shares().then(([share]) => share.stats())
const startReceiving = (page, url) => page.evaluate((link) => { sm.receive({ link }) }, url)
const received = (page) => page.evaluate(async () => sm.plainItem(await sm.transfer.done))

test('two that cannot connect (every packet between them is lost) complete through a third', async (t) => {
  const files = [{ name: 'apart.bin', seed: 611, size: 4 * MiB }]
  const { segment, pages: [sender, receiver, third] } = await makeDevices(t, 3)
  await segment.cut(segment.devices[0], segment.devices[1])
  const { url, infoHash } = await sender.evaluate((what) => sm.share(what), { files })
  await t.tracker.until(infoHash, 1)
  await startReceiving(receiver, url)
  await untilTried(receiver, segment.devices[0])
  await startReceiving(third, url)
  for (const page of [receiver, third]) assert.equal((await received(page)).files[0].sha256, digestOf(files[0]))
  const ofTheTwo = [await statesWith(receiver, segment.devices[0]), await statesWith(sender, segment.devices[1])].flat()
  assert.ok(ofTheTwo.flat().includes('checking') && !ofTheTwo.flat().includes('connected'), `tried and never connected: ${JSON.stringify(ofTheTwo)}`)
  assert.ok((await statesWith(receiver, segment.devices[2])).flat().includes('connected'), 'it came from the third')
  const { uploadedBytes } = await sender.evaluate(shareStats)
  assert.ok(uploadedBytes < 1.5 * files[0].size, `the sender sent ${uploadedBytes} bytes: to the third alone`)
}, { timeout_ms: CASE_TIMEOUT_MS })

test('the same two, nothing lost, need no third', async (t) => {
  const files = [{ name: 'together.bin', seed: 612, size: MiB }]
  const { segment, pages: [sender, receiver] } = await makeDevices(t, 2)
  const { url } = await sender.evaluate((what) => sm.share(what), { files })
  await startReceiving(receiver, url)
  assert.equal((await received(receiver)).files[0].sha256, digestOf(files[0]))
  assert.ok((await statesWith(receiver, segment.devices[0])).flat().includes('connected'))
}, { timeout_ms: CASE_TIMEOUT_MS })
