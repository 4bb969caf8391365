// Stands before the package's worker in a page that replaced `Worker` (lib/tap.mjs): the worker's timers of 30 s, which keep
// what was read of a file, are short; and what it gives its own data channels is told to the page.
import { startReal } from './real_worker.js'

const taps = new BroadcastChannel('taps')
taps.onmessage = () => taps.postMessage({ isAll: true }) // asked by the page, after everything sent so far
const channels = new Map()
const Channel = self.RTCDataChannel
if (Channel) {
  const { send } = Channel.prototype
  Channel.prototype.send = function (data) {
    if (!channels.has(this)) channels.set(this, channels.size)
    taps.postMessage({ channel: channels.get(this), label: `${this.label} ${this.protocol} `, bytes: new Uint8Array(data.buffer ?? data, data.byteOffset ?? 0, data.byteLength).slice() })
    return send.call(this, data)
  }
}

const { setTimeout: wait } = self
self.setTimeout = (f, ms, ...rest) => wait(f, ms === 30_000 ? 200 : ms, ...rest)
await startReal()
