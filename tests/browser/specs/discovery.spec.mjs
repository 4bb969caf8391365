// What keeps two devices apart for a while: within 5 s of its going away they are connected.
import assert from 'node:assert/strict'
import { WebSocket, WebSocketServer } from 'ws'
import { digestOf, KiB } from '../lib/data.mjs'
import { reload, samaraPage } from '../lib/pages.mjs'
import { describe, test } from '../lib/runner.mjs'

describe('discovery')

const RECOVERED_MS = 5_000
const APART_MS = 6_000
const RUBBISH = ['<!DOCTYPE html><title>502 Bad Gateway</title>', '{"action":"announce","info_hash":7,"interval":{}}', '{"action":"announ', 'null']

/**
 * A tracker whose mood can be set: 'sane' passes everything on to the real one, 'garbling' answers rubbish and passes nothing
 * on. killLast() makes the socket that came last one on which nothing is ever said again, nor heard.
 */
async function moodyTracker(t) {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  await new Promise((resolve) => server.once('listening', resolve))
  const moody = { url: `ws://127.0.0.1:${server.address().port}`, mood: 'sane', killed: new Set(), killLast: () => moody.killed.add([...server.clients].at(-1)) }
  server.on('connection', (client) => {
    const real = new WebSocket(t.tracker.url)
    const waiting = []
    real.on('open', () => waiting.splice(0).forEach((text) => real.send(text)))
    real.on('message', (data) => { if (moody.mood === 'sane' && !moody.killed.has(client)) client.send(String(data)) })
    real.on('error', () => {})
    client.on('message', (data) => {
      if (moody.killed.has(client)) return
      if (moody.mood === 'garbling') return client.send(RUBBISH[client.turn = ((client.turn ?? 0) + 1) % RUBBISH.length])
      real.readyState === WebSocket.OPEN ? real.send(String(data)) : waiting.push(String(data))
    })
    client.on('close', () => { if (!moody.killed.has(client)) real.terminate() })
    t.defer(async () => real.terminate())
  })
  t.defer(async () => {
    server.clients.forEach((one) => one.terminate())
    await new Promise((resolve) => server.close(resolve))
  })
  return moody
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

/** Waits for the receiver's first verified bytes and says how long that took. */
async function recovers(receiver, what) {
  const from = performance.now()
  await receiver.evaluate((ms) => kit.until(() => sm.progress().verifiedBytes > 0, ms, 'bytes'), RECOVERED_MS)
  console.log(`       first bytes ${Math.round(performance.now() - from)} ms after ${what}`)
}

test('a tracker that garbles what it is told: connected within 5 s of its talking sense', async (t) => {
  const moody = await moodyTracker(t)
  const open = { trackers: [moody.url] }
  const [sender, receiver] = [await samaraPage(t, { open }), await samaraPage(t, { open })]
  const files = [{ name: 'garbled.bin', seed: 931, size: 64 * KiB }]
  moody.mood = 'garbling'
  const { url } = await sender.evaluate((what) => sm.share(what), { files })
  await receiver.evaluate((link) => { sm.receive({ link }) }, url)
  await pause(APART_MS)
  assert.equal(await receiver.evaluate(() => sm.progress().verifiedBytes), 0)
  moody.mood = 'sane'
  await recovers(receiver, 'the tracker talks sense')
  const item = await receiver.evaluate(async () => sm.plainItem(await sm.transfer.done))
  assert.equal(item.files[0].sha256, digestOf(files[0]))
})

/** The page believes what it is told of its network, and its peer connections can be ended. To be run before Samara opens. */
function ownNetwork() {
  const Real = window.RTCPeerConnection
  window.connections = []
  window.RTCPeerConnection = class extends Real {
    constructor(...given) {
      super(...given)
      window.connections.push(this)
    }
  }
  window.online = true
  Object.defineProperty(Navigator.prototype, 'onLine', { configurable: true, get: () => window.online })
  window.setOnline = (online) => {
    window.online = online
    window.dispatchEvent(new Event(online ? 'online' : 'offline'))
  }
}

test('another network, the sockets dead without a word: connected within 5 s of being online', async (t) => {
  const moody = await moodyTracker(t)
  const open = { trackers: [moody.url] }
  const sender = await samaraPage(t, { open: { ...open, limits: { uploadBytesPerSecond: 300_000 } } })
  const receiver = await samaraPage(t, { open: false })
  await receiver.evaluate(ownNetwork)
  await receiver.evaluate((options) => sm.open(options), open)
  const files = [{ name: 'moved.bin', seed: 932, size: 3_000 * KiB }]
  const { url } = await sender.evaluate((what) => sm.share(what), { files })
  await receiver.evaluate((link) => { sm.receive({ link }) }, url)
  await receiver.evaluate(() => kit.until(() => sm.progress().verifiedBytes > 0, 10_000, 'bytes'))
  moody.killLast() // the receiver's: the sender's network is as it was
  await receiver.evaluate(() => {
    window.setOnline(false)
    window.connections.forEach((one) => one.close())
  })
  await pause(2_000)
  const before = await receiver.evaluate(() => sm.progress().verifiedBytes)
  const from = performance.now()
  await receiver.evaluate(({ before, ms }) => {
    window.setOnline(true)
    return kit.until(() => sm.progress().verifiedBytes > before, ms, 'more bytes').then(() => {})
  }, { before, ms: RECOVERED_MS })
  console.log(`       more bytes ${Math.round(performance.now() - from)} ms after being online`)
})

test('the sender opens its app after the receiver opened the link: connected within 5 s', async (t) => {
  const [sender, receiver] = [await samaraPage(t), await samaraPage(t)]
  const files = [{ name: 'later.bin', seed: 933, size: 64 * KiB }]
  const { url } = await sender.evaluate((what) => sm.share(what), { files, options: { keep: 'copy' } })
  await reload(t, sender, false)
  await receiver.evaluate((link) => { sm.receive({ link }) }, url)
  await pause(APART_MS)
  assert.equal(await receiver.evaluate(() => sm.progress().verifiedBytes), 0)
  await sender.evaluate((options) => sm.open(options), { trackers: [t.tracker.url] })
  await recovers(receiver, 'the sender opened its app')
  const item = await receiver.evaluate(async () => sm.plainItem(await sm.transfer.done))
  assert.equal(item.files[0].sha256, digestOf(files[0]))
})

test('of two trackers one is dead: connected as if it were not there', async (t) => {
  const open = { trackers: ['ws://127.0.0.1:9', t.tracker.url] }
  const [sender, receiver] = [await samaraPage(t, { open }), await samaraPage(t, { open })]
  const files = [{ name: 'half.bin', seed: 934, size: 64 * KiB }]
  const { url } = await sender.evaluate((what) => sm.share(what), { files })
  await receiver.evaluate((link) => { sm.receive({ link }) }, url)
  await recovers(receiver, 'the link was opened')
})
