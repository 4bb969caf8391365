// Everything that a page gives its data channels, kept in order and by channel; and the search of plaintext in it.

/**
 * To be run in a page before anything else: `tap.take()` gives what was sent, in base64, one text per channel; with tapWorker()
 * also over channels that live in the worker.
 */
export function tapChannels() {
  const sent = new Map()
  const { send } = RTCDataChannel.prototype
  RTCDataChannel.prototype.send = function (data) {
    const bytes = typeof data === 'string' ? new TextEncoder().encode(data) : new Uint8Array(data.buffer ?? data, data.byteOffset ?? 0, data.byteLength)
    if (!sent.has(this)) sent.set(this, [new TextEncoder().encode(`${this.label} ${this.protocol} `)])
    sent.get(this).push(bytes.slice())
    return send.call(this, data)
  }
  const text = async (parts) => {
    const reader = new FileReader()
    reader.readAsDataURL(new Blob(parts))
    await new Promise((resolve) => { reader.onload = resolve })
    return reader.result.slice(reader.result.indexOf(',') + 1)
  }
  const taps = new BroadcastChannel('taps')
  let all = () => {}
  taps.onmessage = ({ data: { isAll, channel, label, bytes } }) => {
    if (isAll) return all()
    if (!sent.has(channel)) sent.set(channel, [new TextEncoder().encode(label)])
    sent.get(channel).push(bytes)
  }
  const take = async () => {
    const told = new Promise((resolve) => { all = resolve })
    taps.postMessage('all')
    await told
    return Promise.all([...sent.values()].map(text))
  }
  window.tap = { take }
}

/** Has the package's worker run behind pages/tapped_worker.js. */
export function tapWorker() {
  const Real = window.Worker
  window.Worker = class extends Real {
    constructor(script, options) {
      super(`/tests/browser/pages/tapped_worker.js?real=${encodeURIComponent(script)}`, options)
    }
  }
}

const BLOCK = 8
export const WINDOW = 16

/**
 * Whether any 16 bytes in a row of `plain` stand anywhere in one of `streams`: their offset, or -1. Exact: 16 bytes at any
 * offset hold 8 that start at a multiple of 8, and those are looked for at every offset.
 */
export function findWindow(plain, streams) {
  const blocks = new Map()
  const key = (bytes, at) => bytes.latin1Slice(at, at + BLOCK)
  for (let at = 0; at + BLOCK <= plain.length; at += BLOCK) {
    const places = blocks.get(key(plain, at))
    places ? places.push(at) : blocks.set(key(plain, at), [at])
  }
  for (const stream of streams) {
    for (let at = 0; at + BLOCK <= stream.length; at += 1) {
      for (const place of blocks.get(key(stream, at)) ?? []) if (common(plain, place, stream, at) >= WINDOW) return at
    }
  }
  return -1
}

/** How many bytes around two places are the same. */
function common(a, aAt, b, bAt) {
  let before = 0
  while (before < aAt && before < bAt && a[aAt - before - 1] === b[bAt - before - 1]) before += 1
  let after = 0
  while (aAt + after < a.length && bAt + after < b.length && a[aAt + after] === b[bAt + after]) after += 1
  return before + after
}
