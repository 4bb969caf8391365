// What the browser's data channel gives by itself: page to page, 64 KiB messages, a 64 KiB water mark, nothing else.

const MESSAGE_BYTES = 64 * 1024
const WATER_MARK_BYTES = 64 * 1024

/** @returns {Promise<number>} ms from the first byte sent to the last one received */
export async function receive({ page, size }) {
  const [from, to] = await Promise.all([page('browser/pages/blank.html'), page('browser/pages/blank.html')])
  const offer = await from.evaluate(makeOffer)
  const answer = await to.evaluate(makeAnswer, { offer, size })
  await from.evaluate(connect, answer)
  const sending = from.evaluate(send, { size, message: MESSAGE_BYTES, mark: WATER_MARK_BYTES })
  const [, ms] = await Promise.all([sending, to.evaluate(() => window.received)])
  return ms
}

async function makeOffer() {
  const peer = window.peer = new RTCPeerConnection()
  const channel = window.channel = peer.createDataChannel('bare')
  channel.binaryType = 'arraybuffer'
  window.opened = new Promise((resolve) => { channel.onopen = resolve })
  await peer.setLocalDescription()
  await new Promise((resolve) => { peer.onicegatheringstatechange = () => peer.iceGatheringState === 'complete' && resolve() })
  return { type: 'offer', sdp: peer.localDescription.sdp }
}

async function makeAnswer({ offer, size }) {
  const peer = window.peer = new RTCPeerConnection()
  window.received = new Promise((resolve) => {
    peer.ondatachannel = ({ channel }) => {
      let got = 0
      let start
      channel.binaryType = 'arraybuffer'
      channel.onmessage = ({ data }) => {
        start ??= performance.now()
        got += data.byteLength
        if (got >= size) resolve(performance.now() - start)
      }
    }
  })
  await peer.setRemoteDescription(offer)
  await peer.setLocalDescription()
  await new Promise((resolve) => { peer.onicegatheringstatechange = () => peer.iceGatheringState === 'complete' && resolve() })
  return { type: 'answer', sdp: peer.localDescription.sdp }
}

async function connect(answer) {
  await window.peer.setRemoteDescription(answer)
  await window.opened
}

async function send({ size, message, mark }) {
  const channel = window.channel
  const bytes = new Uint8Array(message).fill(7)
  channel.bufferedAmountLowThreshold = mark
  for (let sent = 0; sent < size; sent += message) {
    if (channel.bufferedAmount > mark) await new Promise((resolve) => { channel.onbufferedamountlow = resolve })
    channel.send(bytes)
  }
}
