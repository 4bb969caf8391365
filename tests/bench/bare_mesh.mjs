// What the browser's data channels give to a swarm that shares as much as can be: the sender sends each byte once, to one of the
// receivers, and that one passes it on to all others. 64 KiB messages, a 64 KiB water mark, nothing else: no pieces, no hashes, no files.
import { barePage } from './bare_page.mjs'
import { browserTime } from './processor_time.mjs'

const MiB = 1024 * 1024
const MESSAGE_BYTES = 64 * 1024
const WATER_MARK_BYTES = 64 * 1024

/** One sender, `receivers` others, one copy from the sender: the first byte that any received to the last one; `cpu`: processor time in ms per MiB received. */
export const toMany = (receivers) => async ({ page, size }) => {
  const pages = await Promise.all(Array.from({ length: 1 + receivers }, () => barePage(page)))
  await Promise.all(pages.map((one) => one.evaluate(prepare, { size, mark: WATER_MARK_BYTES })))
  const pairs = pages.flatMap((from, i) => pages.slice(i + 1).map((to, k) => ({ from, to, i, j: i + 1 + k })))
  await Promise.all(pairs.map(async ({ from, to, i, j }) => {
    const offer = await from.evaluate(makeOffer, j)
    const answer = await to.evaluate(makeAnswer, { other: i, offer })
    await from.evaluate(accept, { other: j, answer })
  }))
  await Promise.all(pages.map((one) => one.evaluate(() => Promise.all(Object.values(window.links).map(({ opened }) => opened)))))
  const [sender, ...others] = pages
  const spent = browserTime()
  const sending = sender.evaluate(sendOnce, { size, message: MESSAGE_BYTES })
  const [times] = await Promise.all([Promise.all(others.map((one) => one.evaluate(() => window.received))), sending])
  return {
    value: Math.max(...times.map(({ last }) => last)) - Math.min(...times.map(({ first }) => first)),
    cpu: (browserTime() - spent) / ((size / MiB) * receivers),
  }
}

/** Page 0 is the sender; what comes from it goes on to everybody else. */
function prepare({ size, mark }) {
  let got = 0
  let first
  let finish
  window.links = {}
  window.received = new Promise((resolve) => { finish = resolve })
  window.push = (link, message) => {
    link.waiting.push(message)
    link.drain()
  }
  window.use = (other, peer, channel) => {
    const link = { peer, channel, waiting: [] }
    link.drain = () => { while (link.waiting.length > 0 && channel.bufferedAmount <= mark) channel.send(link.waiting.shift()) }
    link.opened = new Promise((resolve) => { channel.onopen = resolve })
    channel.binaryType = 'arraybuffer'
    channel.bufferedAmountLowThreshold = mark
    channel.onbufferedamountlow = link.drain
    channel.onmessage = ({ data }) => {
      first ??= window.clock()
      got += data.byteLength
      if (other === 0) for (const [name, one] of Object.entries(window.links)) if (name !== '0') window.push(one, data)
      if (got >= size) finish({ first, last: window.clock() })
    }
    window.links[other] = link
  }
}

async function makeOffer(other) {
  const peer = new RTCPeerConnection()
  window.use(other, peer, peer.createDataChannel('bare', { negotiated: true, id: 0 }))
  await peer.setLocalDescription()
  return window.described(peer)
}

async function makeAnswer({ other, offer }) {
  const peer = new RTCPeerConnection()
  window.use(other, peer, peer.createDataChannel('bare', { negotiated: true, id: 0 }))
  await peer.setRemoteDescription(offer)
  await peer.setLocalDescription()
  return window.described(peer)
}

const accept = ({ other, answer }) => window.links[other].peer.setRemoteDescription(answer)

/** Each message to one receiver, in turn. */
function sendOnce({ size, message }) {
  const block = new Uint8Array(message).fill(7)
  const links = Object.values(window.links)
  for (let sent = 0, turn = 0; sent < size; sent += message, turn = (turn + 1) % links.length) window.push(links[turn], block)
}
