// Star against mesh: ./run bench --star [--runs N] [--mib N] [--receivers 1,2,4,8] [--uplinks sender|all] [--megabits N] [--json FILE] [--svg FILE]
// Every device is a network namespace with a browser of its own; what the sender sends leaves at 16 Mbit/s. First the hub: nginx
// on the sender's device, every receiver fetches the file by HTTP. Then Samara: the sender shares it, every receiver opens the
// link. Both times are from the moment when all start to the moment when the last one has it. Needs root, ip, tc and nginx.
import { writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { ROOT } from '../browser/lib/runner.mjs'
import { startStaticServer } from '../browser/lib/static_server.mjs'
import { startTracker } from '../browser/lib/tracker.mjs'
import { launchIn, openTo } from '../net/lib/chromium.mjs'
import { startHub, whyNoHub } from '../net/lib/hub.mjs'
import { createSegment, whyNoSegment } from '../net/lib/segment.mjs'
import * as bare from './bare.mjs'
import { drawStar } from './star_plot.mjs'

const MiB = 1024 * 1024
const RUN_TIMEOUT_MS = 300_000
const USAGE = 'bench --star: --runs N (3), --mib N (16), --receivers N,N… (1,2,4,8), --uplinks sender|all (whose are held; sender), --megabits N (16), --sealed, --json FILE, --svg FILE'

/** The options, or the end with the usage. */
function readOptions() {
  const value = (otherwise) => ({ type: 'string', default: otherwise })
  try {
    const { values } = parseArgs({ options: { runs: value('3'), mib: value('16'), receivers: value('1,2,4,8'), uplinks: value('sender'), megabits: value('16'),
      sealed: { type: 'boolean', default: false }, json: { type: 'string' }, svg: { type: 'string' }, help: { type: 'boolean', default: false } } })
    if (values.help) {
      console.log(USAGE)
      process.exit(0)
    }
    const numbers = { runs: Number(values.runs), size: Number(values.mib) * MiB, megabits: Number(values.megabits), receivers: values.receivers.split(',').map(Number) }
    if (![numbers.runs, numbers.size, numbers.megabits, ...numbers.receivers].every((number) => number > 0)) throw new Error('a number is missing')
    if (!['sender', 'all'].includes(values.uplinks)) throw new Error(`--uplinks ${values.uplinks}`)
    return { ...values, ...numbers }
  } catch (error) {
    console.log(`${error.message}\n${USAGE}`)
    process.exit(2)
  }
}

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1]
const round = (value, digits = 2) => Number(value.toFixed(digits))

function within(promise, what) {
  let timer
  const late = new Promise((_, reject) => { timer = setTimeout(() => reject(new Error(`${what}: no end after ${RUN_TIMEOUT_MS} ms`)), RUN_TIMEOUT_MS) })
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}

/** Starts all at once: when the last one had it, when each did, what left each device meanwhile, the processor time of all. */
async function measureAll(world, pages, f, argument) {
  const sent = () => Promise.all(world.segment.devices.map((device) => world.segment.sentBytes(device)))
  const [before, usedBefore, start] = [await sent(), world.segment.processorSeconds(), performance.now()]
  const seconds = await within(Promise.all(pages.map(async (page) => {
    await page.evaluate(f, argument)
    return (performance.now() - start) / 1e3
  })), 'the last receiver')
  const [after, used] = [await sent(), world.segment.processorSeconds() - usedBefore]
  const copies = after.map((bytes, at) => round((bytes - before[at]) / world.options.size))
  return { seconds: round(Math.max(...seconds)), each: seconds.map((one) => round(one)), copiesOnTheLine: copies[0], receiversSent: copies.slice(1, pages.length + 1),
    processorSeconds: round(used, 1) }
}

async function fetchWhole({ url, size }) {
  const bytes = await (await fetch(url, { cache: 'no-store' })).arrayBuffer()
  if (bytes.byteLength !== size) throw new Error(`fetched ${bytes.byteLength} bytes`)
}

async function receiveWhole({ url, size }) {
  const item = await sm.samara.receive(url).done
  if (item.size !== size) throw new Error(`received ${item.size} bytes`)
}

const star = (world, pages) => measureAll(world, pages.slice(1), fetchWhole, { url: world.hub.url, size: world.options.size })

async function mesh(world, pages, seed) {
  const [sender, ...receivers] = pages
  await Promise.all(pages.map((page) => page.evaluate((trackers) => kit.until(() => window.ready).then(() => sm.open({ trackers, log: 'silent' })).then(() => {}), [world.trackerUrl])))
  const what = { files: [{ name: 'memo.webm', seed, size: world.options.size }] }
  const { url, infoHash } = await sender.evaluate(([make, given]) => sm[make](given), [world.options.sealed ? 'seal' : 'share', what])
  await world.tracker.until(infoHash, 1)
  const measured = await measureAll(world, receivers, receiveWhole, { url, size: world.options.size })
  const uploaded = await sender.evaluate(async () => (await sm.samara.shares())[0].stats().uploadedBytes)
  return { ...measured, copies: round(uploaded / world.options.size) }
}

/** One measurement in pages of its own, one per browser. */
async function measureOnce(world, contender, receivers, seed) {
  const pages = []
  try {
    for (const browser of world.browsers.slice(0, receivers + 1)) pages.push(await browser.newPage(`${world.origin}/tests/browser/pages/samara.html`))
    return await contender(world, pages, seed)
  } finally {
    for (const page of pages) await page.close().catch(() => {})
  }
}

const CONTENDERS = { star, mesh }

/** Every run of one contender with so many receivers, each said as it ends. */
async function measureCount(world, name, receivers) {
  const runs = []
  for (let run = 0; run < world.options.runs; run += 1) {
    const measured = await measureOnce(world, CONTENDERS[name], receivers, 100 * receivers + run)
    runs.push(measured)
    console.log(`  ${name}, ${receivers} receivers: ${measured.seconds} s, ${measured.copiesOnTheLine} copies on the line${measured.copies ? ` (${measured.copies} as it counts)` : ''}, `
      + `${measured.processorSeconds} s of processor, each ${measured.each.join(' ')}, they sent ${measured.receiversSent.join(' ')}`)
  }
  return runs
}

/** Medians of what was measured with so many receivers. */
function summarize(receivers, runs) {
  const of = (name, key) => median(runs[name].map((one) => one[key]))
  return { receivers, starSeconds: of('star', 'seconds'), meshSeconds: of('mesh', 'seconds'), starCopies: of('star', 'copiesOnTheLine'),
    meshCopies: of('mesh', 'copiesOnTheLine'), meshCopiesCounted: of('mesh', 'copies'), meshProcessorSeconds: of('mesh', 'processorSeconds'), runs }
}

async function measureEverything(world) {
  const { receivers } = world.options
  const runs = receivers.map(() => ({}))
  for (const name of Object.keys(CONTENDERS)) for (const [at, count] of receivers.entries()) runs[at][name] = await measureCount(world, name, count)
  return receivers.map((count, at) => summarize(count, runs[at]))
}

/** What one bare data channel to one receiver takes on the same line: no mesh can be faster than that. */
async function measureChannel({ browsers, origin, options }) {
  const seconds = []
  for (let run = 0; run < options.runs; run += 1) {
    const pages = []
    let next = 0
    const page = async (path) => {
      const opened = await browsers[next++].newPage(`${origin}/tests/${path}`)
      pages.push(opened)
      return opened
    }
    seconds.push(round(await within(bare.receive({ page, size: options.size }), 'the bare channel') / 1e3))
    for (const opened of pages) await opened.close().catch(() => {})
  }
  console.log(`  one bare channel to one receiver: ${seconds.join(' ')} s`)
  return median(seconds)
}

function printResults(results) {
  const rows = [['receivers', 'star: nginx', 'to the first', 'mesh: samara', 'to the first', 'copies sent', 'on the line', `processor, of ${availableParallelism()}`],
    ...results.map((one) => [String(one.receivers), `${one.starSeconds} s`, (one.starSeconds / results[0].starSeconds).toFixed(2), `${one.meshSeconds} s`,
      (one.meshSeconds / results[0].meshSeconds).toFixed(2), one.meshCopiesCounted.toFixed(2), one.meshCopies.toFixed(2), `${one.meshProcessorSeconds} s`])]
  const widths = rows[0].map((_, at) => Math.max(...rows.map((row) => row[at].length)))
  for (const row of rows) console.log(row.map((text, at) => text.padStart(widths[at])).join('  '))
}

/** Network, servers and browsers. `closers` gets how to undo each step as soon as it is done. */
async function makeWorld(options, closers) {
  const world = { options, segment: await createSegment(Math.max(...options.receivers) + 1), browsers: [] }
  closers.push(() => world.segment.close())
  const [sender] = world.segment.devices
  for (const device of options.uplinks === 'all' ? world.segment.devices : [sender]) await world.segment.holdUplink(device, options.megabits)
  const server = await startStaticServer({ mounts: [{ prefix: '/', dir: ROOT }] })
  closers.push(() => server.stop())
  world.tracker = await startTracker()
  closers.push(() => world.tracker.stop())
  for (const { port } of [server, world.tracker]) closers.push(await openTo(world.segment.address, port))
  Object.assign(world, { origin: `http://localhost:${server.port}`, trackerUrl: `ws://localhost:${world.tracker.port}` })
  world.hub = await startHub(sender, options.size)
  closers.push(() => world.hub.close())
  for (const device of world.segment.devices) {
    const browser = await launchIn(device, world.segment.address, { isOnDisk: true })
    closers.push(() => browser.close())
    world.browsers.push(browser)
  }
  return world
}

const options = readOptions()
const missing = whyNoSegment() ?? whyNoHub()
if (missing) {
  console.log(`bench --star makes a network of its own: ${missing}`)
  process.exit(2)
}
const closers = []
let closing
const closeAll = () => (closing ??= (async () => { for (const close of closers.reverse()) await Promise.resolve(close()).catch(() => {}) })())
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => closeAll().then(() => process.exit(130)))
process.on('unhandledRejection', () => {}) // of a driver whose page is gone
let code = 0
try {
  const world = await makeWorld(options, closers)
  const results = await measureEverything(world)
  const channelSeconds = await measureChannel(world)
  printResults(results)
  const { runs, size, megabits, uplinks, sealed } = options
  if (options.json) writeFileSync(options.json, `${JSON.stringify({ runs, size, megabits, uplinks, sealed, channelSeconds, results }, null, 1)}\n`)
  if (options.svg) writeFileSync(options.svg, drawStar(results, { size, megabits, uplinks }))
} catch (error) {
  if (!closing) console.log(`bench --star: ${error?.stack ?? error}`)
  code = closing ? 130 : 1
} finally {
  await closeAll()
}
process.exit(code)
