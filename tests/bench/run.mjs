// The benchmarks: ./run bench [--json FILE] [--runs N] [--mib N] [--only NAME]. Samara, webtorrent 3.0.21 and, for receiving, a bare
// RTCDataChannel do the same work in the same run, taking turns, so that noise of the machine meets all of them. Prints
// medians and ratios; nothing fails because a machine is slow.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Browsers } from '../browser/lib/browsers.mjs'
import { ROOT } from '../browser/lib/runner.mjs'
import { startStaticServer } from '../browser/lib/static_server.mjs'
import { startTracker } from '../browser/lib/tracker.mjs'
import * as bare from './bare.mjs'
import * as library from './library.mjs'
import * as memory from './memory.mjs'
import * as samara from './samara.mjs'
import * as stores from './stores.mjs'
import * as webtorrent from './webtorrent.mjs'
import { printTable } from './table.mjs'

const MiB = 1024 * 1024
const RUN_TIMEOUT_MS = 90_000

const option = (name, otherwise) => {
  const at = process.argv.indexOf(name)
  return at > 0 ? process.argv[at + 1] : otherwise
}
const runs = Number(option('--runs', 3))
const big = Number(option('--mib', 64)) * MiB
const only = option('--only', '')

/** name → {unit, better, runs, measure(contender, world, seed) → number}; a contender is 'ours', 'peer' or 'limit'. */
const LINES = [
  { name: `share ${big / MiB} MiB, blob to link`, key: 'share', unit: 'MB/s', runs, size: big, contenders: { ours: samara.share, peer: webtorrent.share } },
  { name: `receive ${big / MiB} MiB between two pages`, key: 'receive', unit: 'MB/s', runs, size: big, browser: 'profile',
    contenders: { ours: samara.receive, peer: webtorrent.receive, limit: bare.receive } },
  { name: `seal ${big / MiB} MiB, blob to link`, key: 'seal', unit: 'MB/s', runs: Math.max(5, runs), size: big, limitName: 'the same unsealed',
    contenders: { ours: samara.seal, limit: samara.share } },
  { name: 'receive 48 MiB sealed', key: 'sealed-receive', unit: 'MB/s', runs: Math.max(5, runs), size: 48 * MiB, browser: 'profile', limitName: 'the same unsealed',
    contenders: { ours: samara.receiveSealed, limit: samara.receive } },
  { name: 'share a 1 KiB memo with a password (Argon2id)', key: 'password', unit: 'ms', runs: Math.max(5, runs), size: 1024,
    limitName: 'without', contenders: { ours: samara.sealWithPassword, limit: samara.seal } },
  { name: 'a wrong password, entered to told', key: 'wrong-password', unit: 'ms', runs: Math.max(5, runs), size: 100 * 1024,
    contenders: { ours: samara.wrongPassword } },
  ...[['opfs', 64], ['idb', 64], ['idbfs', 12]].flatMap(([kind, mebibytes]) => [256, 16].map((kibibytes) => ({
    name: `write ${mebibytes} MiB to ${kind}, ${kibibytes} KiB at a time, flushed`, key: `store-${kind}-${kibibytes}`, unit: 'MB/s', runs, size: mebibytes * MiB, browser: 'profile',
    limitName: 'bare OPFS handle', contenders: { ours: stores.write(kind, kibibytes * 1024), limit: stores.bare(kibibytes * 1024) },
  }))),
  ...[64, 256, 1024].map((mebibytes) => ({
    name: `most memory, receiving ${mebibytes} MiB`, key: `memory-${mebibytes}`, unit: 'MB', runs: mebibytes > 256 ? 1 : runs, size: mebibytes * MiB,
    timeout_ms: RUN_TIMEOUT_MS + mebibytes * 300, contenders: { ours: memory.ours, peer: memory.peer },
  })),
  ...[1_000, 10_000].map((items) => ({
    name: `open() to items() with ${items} items`, key: `open-${items}`, unit: 'ms', browser: 'profile', runs: items > 1_000 ? 3 : runs, size: items,
    timeout_ms: RUN_TIMEOUT_MS + items * 20, contenders: { ours: library.openLibrary },
  })),
  ...['opfs', 'idb', 'idbfs'].map((store) => ({
    name: `journal bytes written per piece of 64 KiB, ${store}`, key: `journal-${store}`, unit: 'B', browser: 'profile', runs: 1, size: 8 * MiB,
    contenders: { ours: library.journalPerPiece(store) },
  })),
  { name: 'receive a 1 MiB memo', key: 'memo', unit: 'ms', runs: Math.max(5, runs), size: MiB, contenders: { ours: samara.receive, peer: webtorrent.receive } },
]

function median(values) {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/** A browser of its own with a profile on the disk, as people have: in a private context every write to a file is a message to another process. */
async function ownProfile(world) {
  const profile = mkdtempSync(join(tmpdir(), 'samara-profile-'))
  const browser = await world.browsers.launch('chromium', { profile })
  const context = await browser.newContext()
  return { ...context, close: async () => {
    await browser.close()
    rmSync(profile, { recursive: true, force: true })
  } }
}

/** One measurement in contexts of its own, closed afterwards. NaN when it failed, which is said but ends nothing. */
async function measureOnce(world, line, contender, seed) {
  const contexts = []
  const timeout_ms = line.timeout_ms ?? RUN_TIMEOUT_MS
  let timer
  const page = async (path, browser = line.browser ?? 'chromium') => {
    const context = await (browser === 'profile' ? ownProfile(world) : (await world.browsers.get(browser)).newContext())
    contexts.push(context)
    const opened = await context.newPage()
    await opened.goto(`${world.server.origin}/tests/${path}`)
    return opened
  }
  try {
    const late = new Promise((_, reject) => { timer = setTimeout(() => reject(new Error(`no end after ${timeout_ms} ms`)), timeout_ms) })
    const measuring = line.contenders[contender]({ page, tracker: world.tracker, seed, size: line.size })
    measuring.catch(() => {})
    const measured = await Promise.race([measuring, late])
    return line.unit === 'MB/s' ? line.size / 1e3 / measured : measured
  } catch (error) {
    console.log(`  ${line.key} ${contender}: ${String(error?.message ?? error).split('\n')[0]}`)
    return NaN
  } finally {
    clearTimeout(timer)
    for (const context of contexts) await context.close().catch(() => {})
  }
}

async function measureLine(world, line) {
  const values = Object.fromEntries(Object.keys(line.contenders).map((contender) => [contender, []]))
  for (let round = 0; round < line.runs; round += 1) {
    for (const contender of Object.keys(line.contenders)) {
      const value = await measureOnce(world, line, contender, 1000 * round + line.size % 997 + values[contender].length)
      if (!Number.isNaN(value)) values[contender].push(value)
    }
  }
  const of = (contender) => values[contender]?.length ? Number(median(values[contender]).toFixed(1)) : null
  return {
    name: line.name, value: of('ours'), unit: line.unit,
    ...(line.contenders.peer && { peer: { name: 'webtorrent 3.0.21', value: of('peer') } }),
    ...(line.contenders.limit && { limit: { name: line.limitName ?? 'bare RTCDataChannel, 64 KiB messages', value: of('limit') } }),
    runs: values,
  }
}

/** The sizes that the build measured (build/sizes.json, gzip), beside their budgets. */
function sizeLines() {
  const file = `${ROOT}build/sizes.json`
  if (!existsSync(file)) return []
  const { shares = {}, total, budget = {} } = JSON.parse(readFileSync(file, 'utf8'))
  const kilobytes = (bytes) => Number((bytes / 1000).toFixed(1))
  return Object.entries({ ...shares, total }).map(([name, bytes]) => ({
    name: `size of ${name === 'total' ? 'everything' : name}, gzip`, value: kilobytes(bytes), unit: 'kB',
    ...(budget[name] && { limit: { name: 'budget', value: kilobytes(budget[name]) } }),
  }))
}

const world = { browsers: new Browsers(), server: await startStaticServer({ mounts: [{ prefix: '/', dir: ROOT }] }), tracker: await startTracker() }
process.on('unhandledRejection', () => {}) // of a driver whose page is gone
const stop = async () => {
  await world.browsers.close()
  await Promise.allSettled([world.server.stop(), world.tracker.stop()])
}
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => stop().then(() => process.exit(130)))

const results = []
for (const line of LINES) if (!only || line.key === only || line.key.startsWith(`${only}-`)) results.push(await measureLine(world, line))
await stop()
results.push(...sizeLines())
printTable(results)
const file = option('--json')
if (file) writeFileSync(file, `${JSON.stringify(results.map(({ runs: _, ...line }) => line), null, 2)}\n`)
const missing = results.filter((line) => line.value === null) // slow is no failure, nothing at all is
process.exit(missing.length ? 1 : 0)
