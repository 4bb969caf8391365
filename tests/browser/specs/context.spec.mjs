// Where the page comes from, and what the browser keeps it from: secure contexts and the local network.
import assert from 'node:assert/strict'
import { KiB } from '../lib/data.mjs'
import { openSamara, PAGES, ready } from '../lib/pages.mjs'
import { describe, test } from '../lib/runner.mjs'

describe('context')

/** Has every peer seem to be on this very machine, whatever addresses it has: the browser keeps pages from those. */
function allPeersAreLocal() {
  const { setRemoteDescription } = RTCPeerConnection.prototype
  RTCPeerConnection.prototype.setRemoteDescription = function ({ type, sdp }) {
    return setRemoteDescription.call(this, { type, sdp: sdp.replace(/^(a=candidate:\S+ \d+ udp \d+) \S+/gim, '$1 127.0.0.1') })
  }
}

/** A page in a context of a browser that was started with a case's own flags. */
async function pageOf(t, context, { origin = t.server.origin, script } = {}) {
  const page = await context.newPage()
  t.pages.push(page)
  if (script) await page.raw.evaluateOnNewDocument(script)
  await page.goto(`${origin}${PAGES}samara.html`)
  await ready(page)
  return page
}

async function contextWithFlags(t, kind, flags) {
  const browser = await t.browsers.launch(kind, { flags })
  t.defer(() => browser.close())
  return browser.newContext()
}

test('insecure-context: plain http from another name than localhost, in open(), destroy() and support()', async (t) => {
  const context = await contextWithFlags(t, 'chromium', ['--host-resolver-rules=MAP insecure.test 127.0.0.1'])
  const page = await pageOf(t, context, { origin: `http://insecure.test:${t.server.port}` })
  const seen = await page.evaluate(async () => ({
    secure: isSecureContext,
    open: await kit.settle(sm.sdk.open({ iceServers: [], trackers: [] })),
    destroy: await kit.settle(sm.sdk.destroy('x')),
    support: await sm.sdk.support(),
    link: (await sm.sdk.inspect('a'.repeat(40)))[0].kind,
    unhandled: kit.unhandled,
  }))
  assert.equal(seen.secure, false)
  assert.deepEqual([seen.support.share, seen.support.receive, seen.link], [false, false, 'plain'])
  assert.deepEqual([seen.open.error?.code, seen.destroy.error?.code], ['insecure-context', 'insecure-context'])
  assert.deepEqual(seen.unhandled, [])
})

test('reason local-network-blocked: the browser keeps WebRTC from local addresses until that is granted', async (t) => {
  const { server, tracker } = t
  // To the browser the page and the tracker are out on the Internet, so that only the peers are local.
  const context = await contextWithFlags(t, 'freezable', ['--enable-features=LocalNetworkAccessChecks,LocalNetworkAccessChecksWebRTC',
    `--ip-address-space-overrides=127.0.0.1:${server.port}=public,127.0.0.1:${tracker.port}=public`])
  const [sender, receiver] = [await pageOf(t, context, { script: allPeersAreLocal }), await pageOf(t, context, { script: allPeersAreLocal })]
  await openSamara(t, sender)
  await openSamara(t, receiver, { name: 'receiver' })
  const { url } = await sender.evaluate((what) => sm.share(what), { files: [{ name: 'blocked.bin', seed: 951, size: 64 * KiB }] })
  await receiver.evaluate((link) => { sm.receive({ link }) }, url)
  const seen = await receiver.evaluate(async () => {
    await kit.until(() => sm.transfer.snapshot.reason?.code === 'local-network-blocked', 20_000, 'the reason')
    return { state: sm.progress().state, action: sm.transfer.snapshot.reason.action }
  })
  assert.deepEqual(seen, { state: 'waiting', action: 'allow-local-network' })
})
