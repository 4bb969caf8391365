// What the browser's data channels give by themselves: pages to pages, 64 KiB messages, a 64 KiB water mark, nothing else.
import { barePage } from './bare_page.mjs'
import { browserTime } from './processor_time.mjs'

const MiB = 1024 * 1024
const MESSAGE_BYTES = 64 * 1024
const WATER_MARK_BYTES = 64 * 1024

/** One page to one other. @returns {Promise<number>} ms from the first byte received to the last one */
export const receive = (world) => spread(world, { receivers: 1, connections: 1 })

/**
 * From nothing: a new connection whose descriptions leave with their first host candidate, and all of the bytes over it.
 * @returns {Promise<number>} ms from the beginning of the offer to the last byte
 */
export const receiveFromNothing = async ({ page, size }) => {
  const [from, to] = [await barePage(page), await barePage(page)]
  const start = performance.now()
  const offers = await from.evaluate(makeOffers, { count: 1, isEarly: true })
  const [answer] = await to.evaluate(makeAnswers, { offers, bytes: size, isEarly: true })
  await from.evaluate(connect, [answer])
  await Promise.all([to.evaluate(() => window.received), from.evaluate(sendAll, { bytes: size, message: MESSAGE_BYTES, mark: WATER_MARK_BYTES })])
  return performance.now() - start
}

/** The same over several connections at once, each with its part of the bytes. */
export const receiveOver = (connections) => (world) => spread(world, { receivers: 1, connections })

/** One page to several others at once, each of which gets all of the bytes: the first byte that any received to the last one; `cpu`: processor time in ms per MiB received. */
export const toMany = (receivers) => async (world) => {
  let spent
  const value = await spread(world, { receivers, connections: 1, begin: () => { spent = browserTime() } })
  return { value, cpu: (browserTime() - spent) / ((world.size / MiB) * receivers) }
}

async function spread({ page, size }, { receivers, connections, begin = () => {} }) {
  const [from, ...to] = await Promise.all(Array.from({ length: 1 + receivers }, () => barePage(page)))
  const bytes = size / connections
  const offers = await from.evaluate(makeOffers, { count: receivers * connections })
  const answers = await Promise.all(to.map((one, at) =>
    one.evaluate(makeAnswers, { offers: offers.slice(at * connections, (at + 1) * connections), bytes })))
  await from.evaluate(connect, answers.flat())
  begin()
  const sending = from.evaluate(sendAll, { bytes, message: MESSAGE_BYTES, mark: WATER_MARK_BYTES })
  const [times] = await Promise.all([Promise.all(to.map((one) => one.evaluate(() => window.received))), sending])
  return Math.max(...times.map(({ last }) => last)) - Math.min(...times.map(({ first }) => first))
}

async function makeOffers({ count, isEarly }) {
  window.links = Array.from({ length: count }, () => {
    const peer = new RTCPeerConnection()
    const channel = peer.createDataChannel('bare')
    channel.binaryType = 'arraybuffer'
    return { peer, channel, opened: new Promise((resolve) => { channel.onopen = resolve }) }
  })
  return Promise.all(window.links.map(async ({ peer }) => {
    await peer.setLocalDescription()
    return window.described(peer, isEarly)
  }))
}

async function makeAnswers({ offers, bytes, isEarly }) {
  const links = offers.map(() => new RTCPeerConnection())
  window.received = Promise.all(links.map((peer) => new Promise((resolve) => {
    peer.ondatachannel = ({ channel }) => {
      let got = 0
      let first
      channel.binaryType = 'arraybuffer'
      channel.onmessage = ({ data }) => {
        first ??= window.clock()
        got += data.byteLength
        if (got >= bytes) resolve({ first, last: window.clock() })
      }
    }
  }))).then((times) => ({ first: Math.min(...times.map(({ first }) => first)), last: Math.max(...times.map(({ last }) => last)) }))
  return Promise.all(links.map(async (peer, at) => {
    await peer.setRemoteDescription(offers[at])
    await peer.setLocalDescription()
    return window.described(peer, isEarly)
  }))
}

async function connect(answers) {
  await Promise.all(window.links.map(async ({ peer, opened }, at) => {
    await peer.setRemoteDescription(answers[at])
    await opened
  }))
}

async function sendAll({ bytes, message, mark }) {
  const block = new Uint8Array(message).fill(7)
  await Promise.all(window.links.map(async ({ channel }) => {
    channel.bufferedAmountLowThreshold = mark
    for (let sent = 0; sent < bytes; sent += message) {
      if (channel.bufferedAmount > mark) await new Promise((resolve) => { channel.onbufferedamountlow = resolve })
      channel.send(block)
    }
  }))
}
