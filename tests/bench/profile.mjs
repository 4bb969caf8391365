// Where the time of one 64 MiB transfer goes: CPU profiles of both pages and both workers, self time by function, and the
// stages that the receiver's log tells. node tests/bench/profile.mjs [MiB]. For people, not part of ./run bench.
import puppeteer from 'puppeteer-core'
import { ROOT } from '../browser/lib/runner.mjs'
import { startStaticServer } from '../browser/lib/static_server.mjs'
import { startTracker } from '../browser/lib/tracker.mjs'

const size = Number(process.argv[2] ?? 64) * 1024 * 1024
const SHOWN = 14

const server = await startStaticServer({ mounts: [{ prefix: '/', dir: ROOT }] })
const tracker = await startTracker()
const browser = await puppeteer.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', headless: true,
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-features=WebRtcHideLocalIpsWithMdns'],
})

async function open() {
  const page = await (await browser.createBrowserContext()).newPage()
  await page.goto(`${server.origin}/tests/browser/pages/samara.html`)
  await page.evaluate((url) => kit.until(() => window.ready).then(() => sm.open({ trackers: [url] })), tracker.url)
  return page
}

async function profiled(name, client) {
  await client.send('Profiler.enable')
  await client.send('Profiler.setSamplingInterval', { interval: 500 })
  await client.send('Profiler.start')
  return async () => print(name, (await client.send('Profiler.stop')).profile)
}

function print(name, { nodes, samples, timeDeltas }) {
  const functions = new Map(nodes.map((node) => [node.id, node.callFrame]))
  const self = new Map()
  samples.forEach((id, at) => {
    const { functionName, url, lineNumber, columnNumber } = functions.get(id)
    const key = `${functionName || '(anonymous)'} ${url.split('/').at(-1)}${url ? `:${lineNumber + 1}:${columnNumber + 1}` : ''}`
    self.set(key, (self.get(key) ?? 0) + timeDeltas[at] / 1000)
  })
  const all = [...self.values()].reduce((sum, ms) => sum + ms, 0)
  console.log(`\n${name}: ${all.toFixed(0)} ms`)
  for (const [key, ms] of [...self].sort((a, b) => b[1] - a[1]).slice(0, SHOWN)) console.log(`  ${ms.toFixed(0).padStart(6)} ms  ${key}`)
}

const sender = await open()
const receiver = await open()
const { url } = await sender.evaluate((files) => sm.share({ files }), [{ name: 'big.bin', seed: 3, size }])
const stops = []
for (const [name, page] of [['sender', sender], ['receiver', receiver]]) {
  stops.push(await profiled(`${name} page`, await page.createCDPSession()))
  for (const worker of page.workers()) stops.push(await profiled(`${name} worker`, worker.client))
}
const ms = await receiver.evaluate(async (link) => {
  const start = performance.now()
  await sm.samara.receive(link).done
  return performance.now() - start
}, url)
for (const stop of stops) await stop()
const log = await receiver.evaluate(() => sm.log.filter((entry) => ['link-up', 'metadata', 'first-byte', 'verified', 'stored', 'done'].includes(entry.code)))
console.log(`\n${(size / 1e3 / ms).toFixed(1)} MB/s, ${ms.toFixed(0)} ms`)
for (const entry of log) console.log(`  ${(entry.data.us / 1000).toFixed(0).padStart(6)} ms  ${entry.code}`)
await browser.close()
await Promise.allSettled([server.stop(), tracker.stop()])
process.exit(0)
