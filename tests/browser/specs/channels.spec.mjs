// The channel seam: connections made by the page's peers, data channels that stay there or move to a worker. Both
// placements keep the same contract towards the engine.
import assert from 'node:assert/strict'
import { relative } from 'node:path'
import { bundle } from '../../js/load.mjs'
import { describe, ROOT, test } from '../lib/runner.mjs'

describe('channels')

const WORKER = `
  import { Channels } from './src/shared/channels.ts'
  import { In } from './src/shared/records.ts'
  const post = (kind, handle, a, b, payload) => self.postMessage({ kind, handle, a, b, payload })
  const channels = new Channels({
    opened: (id, dial, max) => post(In.channelOpened, id, dial, max),
    bytes: (id, bytes) => post(In.channelBytes, id, 0, 0, [bytes]),
    buffered: (id, bytes) => post(In.channelBuffered, id, bytes),
    closed: (id) => post(In.channelClosed, id),
  })
  self.onmessage = ({ data }) => {
    if (data.close) channels.closeDial(data.close)
    else if (data.channel) channels.attach(data.id, data.dial, data.channel, () => 0)
    else for (const bytes of data.sends ?? []) channels.send(data.id, bytes)
    channels.settle()
  }
`
const bundles = {}
const bundled = async (name, text) => `/${relative(ROOT, await (bundles[name] ??= bundle(name, text)))}`

/** A page with `pair(placement)`: two sides, joined, each with what it reported. */
async function pairPage(t, browser) {
  const module = await bundled('peers', `
    export { Peers } from './src/page/peers.ts'
    export { In, Out } from './src/shared/records.ts'
  `)
  const worker = await bundled('channel_worker', WORKER)
  const page = await t.page('/tests/browser/pages/blank.html', { browser })
  await page.evaluate(async ({ module, worker }) => {
    const { Peers, In, Out } = await import(module)
    window.RTCPeerConnection = class extends window.RTCPeerConnection {
      constructor(...given) {
        super(...given)
        window.lastConnection = this
      }
    }
    class Side {
      inputs = []
      constructor(placement) {
        if (placement === 'transfer') {
          this.worker = new Worker(worker, { type: 'module' })
          this.worker.onmessage = ({ data }) => this.inputs.push(data)
        }
        this.peers = new Peers({
          iceServers: async () => [], iceTransportPolicy: 'all', placement, log: () => {},
          post: (message, transfers) => message.t === 'channel'
            ? this.worker.postMessage({ id: message.id, dial: message.dial, channel: message.channel }, transfers)
            : this.inputs.push(message),
        })
      }
      command(kind, text = '', handle = 1, over = 0) {
        if (kind === Out.closeDial) this.worker?.postMessage({ close: handle }) // the host's first step
        this.peers.handle({ t: 'peer', kind, handle, over, text })
      }
      seen(kind) { return this.inputs.filter((input) => input.kind === kind) }
      until(kind, count = 1) { return kit.until(() => this.seen(kind).length >= count && this.seen(kind).at(-1), 8_000, `input ${kind}`) }
      async opened() { return (this.id = (await this.until(In.channelOpened)).handle) }
      send(...sends) {
        if (this.worker) return this.worker.postMessage({ id: this.id, sends })
        for (const bytes of sends) this.peers.send(this.id, bytes)
        this.peers.settle()
      }
      bytes() { return this.seen(In.channelBytes).flatMap(({ payload }) => payload.flatMap((part) => [...new Uint8Array(part)])) }
      size() { return this.seen(In.channelBytes).reduce((sum, { payload }) => sum + payload.reduce((all, part) => all + part.byteLength, 0), 0) }
      async whole() {
        await kit.until(() => this.inputs.some(({ kind, a }) => kind === In.localSdp && a === 1))
        return this.seen(In.localSdp).at(-1).payload
      }
    }
    window.pair = async (placement) => {
      const [a, b] = [new Side(placement), new Side(placement)]
      a.command(Out.makeOffer)
      b.command(Out.makeAnswer, await a.whole())
      a.command(Out.applyAnswer, await b.whole())
      await Promise.all([a.opened(), b.opened()])
      return { a, b, In, Out, Side }
    }
    window.Side = Side
    window.kinds = { In, Out }
  }, { module, worker })
  return page
}

for (const browser of ['chromium', 'firefox']) {
  for (const placement of ['relay', 'transfer']) {
    test(`${browser}, ${placement}: descriptions, progress, bytes in order, the end`, async (t) => {
      const page = await pairPage(t, browser)
      const seen = await page.evaluate(async (how) => {
        const { a, b, In, Out } = await pair(how)
        const { payload } = a.seen(In.localSdp)[0]
        b.send(new Uint8Array([1, 2]), new Uint8Array([3]))
        a.send(new Uint8Array([4]))
        await kit.until(() => a.bytes().length === 3 && b.bytes().length === 1, 5_000, 'the bytes')
        await Promise.all([a, b].map((side) => kit.until(() => side.seen(In.dialProgress).some((input) => input.b > 0), 5_000, 'the route')))
        const result = {
          sdp: payload.startsWith('v=0') && payload.includes('webrtc-datachannel'), bytes: [a.bytes(), b.bytes()],
          dial: a.seen(In.channelOpened)[0].a, opens: a.seen(In.channelOpened).length,
          stages: [...new Set(a.seen(In.dialProgress).map((input) => input.a))].sort(), routes: [...new Set(a.seen(In.dialProgress).map((input) => input.b))].sort(),
        }
        a.command(Out.closeDial)
        await kit.until(() => b.seen(In.channelClosed).length + b.seen(In.dialFailed).length, 8_000, 'the end') // whichever the browser says first
        await kit.sleep(50)
        return { ...result, silent: a.seen(In.channelClosed).length + a.seen(In.dialFailed).length }
      }, placement)
      assert.deepEqual(seen, { sdp: true, bytes: [[1, 2, 3], [4]], dial: 1, opens: 1, stages: [0, 1], routes: [0, 1], silent: 0 })
    })

    test(`${browser}, ${placement}: a further channel has the number it was asked for under on one side and the connection's on the other, and ends alone`, async (t) => {
      const page = await pairPage(t, browser)
      const seen = await page.evaluate(async (how) => {
        const { a, b, In, Out } = await pair(how)
        for (const [opener, other] of [[b, a], [a, b]]) { // the answerer's, then the offerer's
          const [mine, theirs] = [opener, other].map((side) => side.seen(In.channelOpened).length + 1)
          opener.command(Out.openChannel, '', 9, 1)
          await Promise.all([opener.until(In.channelOpened, mine), other.until(In.channelOpened, theirs)])
          if (opener === b) b.command(Out.closeDial, '', 9)
          if (opener === b) await a.until(In.channelClosed)
        }
        const dials = [a, b].map((side) => side.seen(In.channelOpened).map((input) => input.a))
        const unasked = new Promise((resolve) => { RTCDataChannel.prototype.close = ((real) => function () { resolve(this.label); real.call(this) })(RTCDataChannel.prototype.close) })
        window.lastConnection.createDataChannel('another')
        const refused = await unasked
        b.send(new Uint8Array([5]))
        await kit.until(() => a.bytes().length === 1, 5_000, 'a byte over the first channel')
        a.command(Out.closeDial)
        await b.until(In.dialFailed) // channels alone do not tell that the connection is gone
        return { dials, refused, ends: [a.seen(In.dialFailed).length, b.seen(In.dialFailed).length] }
      }, placement)
      assert.deepEqual(seen, { dials: [[1, 1, 9], [1, 9, 1]], refused: 'another', ends: [0, 1] })
    })

    test(`${browser}, ${placement}: back-pressure says when little is unsent, and nothing is lost`, async (t) => {
      const page = await pairPage(t, browser)
      const seen = await page.evaluate(async (how) => {
        const { a, b, In } = await pair(how)
        const part = () => new Uint8Array(64 * 1024).fill(7)
        const rounds = 40
        for (let round = 1; round <= rounds; round++) {
          const before = a.seen(In.channelBuffered).length
          a.send(part(), part())
          await a.until(In.channelBuffered, before + 1)
        }
        await kit.until(() => b.size() === rounds * 2 * 65_536, 8_000, 'all bytes')
        return Math.max(...a.seen(In.channelBuffered).map((input) => input.a))
      }, placement)
      assert.ok(seen <= 64 * 1024, `${seen} bytes unsent reported as little`)
    })
  }

  test(`${browser}: a bad description is a failed dial, and nothing more about it`, async (t) => {
    const page = await pairPage(t, browser)
    const seen = await page.evaluate(async () => {
      const side = new Side('relay')
      side.command(kinds.Out.makeAnswer, 'v=0\r\nnonsense')
      await side.until(kinds.In.dialFailed)
      const late = new Side('relay')
      late.command(kinds.Out.makeOffer)
      late.command(kinds.Out.closeDial)
      await kit.sleep(200)
      return { why: side.seen(kinds.In.dialFailed).map((input) => input.a), late: late.inputs.length }
    })
    assert.deepEqual(seen, { why: [1], late: 0 })
  })
}
