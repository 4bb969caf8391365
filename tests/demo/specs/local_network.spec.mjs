// The browser's permission for the local network: asked for at the tap on Share or Receive, never at load, and by
// connections of the page to itself.
import assert from 'node:assert/strict'
import { describe, test } from '../../browser/lib/runner.mjs'
import { addSample, appOf, openApp, press, pressShare, sender, shows, until } from '../lib/app.mjs'

describe('local network')

/** Keeps every connection that the page makes, and has the permission be what the case says. */
function watchConnections(state) {
  window.made = []
  window.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(...given) {
      super(...given)
      window.made.push(this)
    }
  }
  const query = navigator.permissions.query.bind(navigator.permissions)
  navigator.permissions.query = async (what) => {
    if (what.name !== 'local-network' || !state) return query(what)
    return Object.assign(new EventTarget(), { state })
  }
}

/** Has every candidate be on this very machine, which pages of the Internet may not reach without being allowed to. */
function allIsLocal() {
  const here = (text) => text.replace(/^((?:a=)?candidate:\S+ \d+ udp \d+) \S+/gim, '$1 127.0.0.1')
  const { setRemoteDescription, addIceCandidate } = RTCPeerConnection.prototype
  RTCPeerConnection.prototype.setRemoteDescription = function ({ type, sdp }) { return setRemoteDescription.call(this, { type, sdp: here(sdp) }) }
  RTCPeerConnection.prototype.addIceCandidate = function (one) {
    return addIceCandidate.call(this, { candidate: here(one.candidate), sdpMid: one.sdpMid, sdpMLineIndex: one.sdpMLineIndex })
  }
}

const statesOf = (page) => page.evaluate(() => window.made.map((one) => one.connectionState))

test('nothing at load; where the browser would ask, a tap on Share has the page meet itself, once', async (t) => {
  const app = await appOf(t)
  const page = await openApp(t, app, { init: watchConnections, argument: 'prompt' })
  await addSample(page)
  assert.deepEqual(await statesOf(page), [])
  await pressShare(page)
  await until(page, () => window.made.length === 2 && window.made.every((one) => one.connectionState === 'closed'))
  await press(page, '#share-close')
  await pressShare(page)
  assert.equal((await statesOf(page)).length, 2, 'asked once')
})

test('what was allowed, or denied, is not asked again', async (t) => {
  const app = await appOf(t)
  for (const state of ['granted', 'denied']) {
    const page = await openApp(t, app, { init: watchConnections, argument: state })
    await addSample(page)
    await pressShare(page)
    await shows(page, 'screen', 'library')
    assert.deepEqual(await statesOf(page), [], state)
  }
})

test('at the tap on Receive as well, and not before it', async (t) => {
  const app = await appOf(t)
  const { link } = await sender(t, app)
  const page = await (await t.context()).newPage()
  await page.raw.addInitScript(watchConnections, 'prompt')
  await page.goto(link)
  await shows(page, 'step', 'consent')
  assert.deepEqual(await statesOf(page), [])
  await press(page, '#receive-accept')
  await shows(page, 'playable', 'yes')
  assert.ok((await statesOf(page)).length >= 3, 'two to itself, one to the sender')
})

test('a browser that guards the local network holds the connection to itself up: its question is open', async (t) => {
  const app = await appOf(t)
  const { port } = new URL(app.url)
  const browser = await t.browsers.launch('chromium', { flags: ['--enable-features=LocalNetworkAccessChecks,LocalNetworkAccessChecksWebRTC',
    `--ip-address-space-overrides=127.0.0.1:${port}=public`] })
  t.defer(() => browser.close())
  const page = await openApp(t, app, { context: await browser.newContext(), init: watchConnections })
  await page.raw.addInitScript(allIsLocal)
  await page.reload()
  await addSample(page)
  await pressShare(page)
  await until(page, () => window.made.length === 2 && window.made[0].iceGatheringState === 'complete' && window.made[0].remoteDescription !== null)
  await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 1000))) // free, it takes a tenth of that
  assert.deepEqual(await page.evaluate(() => window.made.map((one) => one.iceConnectionState)), ['new', 'new'])
})
