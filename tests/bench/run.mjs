// The benchmarks: ./run bench [--json FILE] [--runs N] [--mib N] [--only NAME] [--list]. Samara, webtorrent 3.0.21 and, for receiving, a bare
// RTCDataChannel do the same work in the same run, taking turns, so that noise of the machine meets all of them. Prints
// medians and ratios; nothing fails because a machine is slow.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Browsers } from '../browser/lib/browsers.mjs'
import { ROOT } from '../browser/lib/runner.mjs'
import { startStaticServer } from '../browser/lib/static_server.mjs'
import { startTracker } from '../browser/lib/tracker.mjs'
import { makeLines, RUN_TIMEOUT_MS } from './lines.mjs'
import { printTable } from './table.mjs'

const MiB = 1024 * 1024
const ALSO_UNITS = { copies: 'x', perSecond: '/s', messages: '' } // what is measured in another unit than its line
const SMALL_UNITS = ['x', '%', '/s'] // two digits behind the point
const USAGE = `bench: --json FILE, --runs N (3), --mib N (64: what is shared and received one to one), --only NAME (a line, or the lines NAME-…), --list (their names)
       --star …: star against mesh in network namespaces; --pages …: a cold start; each has its own --help or options`

/** The options; what is unknown ends it with the usage. */
function readOptions() {
  try {
    const { values } = parseArgs({ options: { json: { type: 'string' }, runs: { type: 'string', default: '3' }, mib: { type: 'string', default: '64' },
      only: { type: 'string', default: '' }, list: { type: 'boolean', default: false }, help: { type: 'boolean', default: false } } })
    for (const name of ['runs', 'mib']) if (!(Number(values[name]) >= 1)) throw new Error(`--${name} ${values[name]} is no number from 1 on`)
    return { ...values, runs: Number(values.runs), big: Number(values.mib) * MiB }
  } catch (error) {
    console.log(`${error.message}\n${USAGE}`)
    process.exit(2)
  }
}

const options = readOptions()
if (options.help) {
  console.log(USAGE)
  process.exit(0)
}
const isWanted = ({ key }) => !options.only || key === options.only || key.startsWith(`${options.only}-`)
const lines = makeLines(options).filter(isWanted)
if (lines.length === 0) {
  console.log(`no line ${options.only}; --list names them\n${USAGE}`)
  process.exit(2)
}
if (options.list) {
  for (const { key, name } of lines) console.log(`${key.padEnd(18)} ${name}`)
  process.exit(0)
}

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

/** An origin of its own for each page of one browser, and a process and a store with it: to browsers each of these names is a site and means this computer. */
const siteOf = (world, at) => `http://page-${at}.localhost:${world.server.port}`

/** One measurement in contexts of its own, closed afterwards. Nothing when it failed, which is said but ends nothing. */
async function measureOnce(world, line, contender, seed) {
  const contexts = []
  const timeout_ms = line.timeout_ms ?? RUN_TIMEOUT_MS
  let timer
  const contextOf = async (browser) => {
    const context = await (browser === 'profile' || browser === 'sites' ? ownProfile(world) : (await world.browsers.get(browser)).newContext())
    contexts.push(context)
    return context
  }
  let shared
  let sites = 0
  const page = async (path, browser = line.browser ?? 'chromium') => {
    const opened = await (await (browser === 'sites' ? (shared ??= contextOf(browser)) : contextOf(browser))).newPage()
    await opened.goto(`${browser === 'sites' ? siteOf(world, sites++) : world.server.origin}/tests/${path}`)
    return opened
  }
  try {
    const late = new Promise((_, reject) => { timer = setTimeout(() => reject(new Error(`no end after ${timeout_ms} ms`)), timeout_ms) })
    const measuring = line.contenders[contender]({ page, tracker: world.tracker, seed, size: line.size })
    measuring.catch(() => {})
    const measured = await Promise.race([measuring, late])
    const { value, ...more } = typeof measured === 'number' ? { value: measured } : measured
    return { value: line.unit === 'MB/s' ? line.size / 1e3 / value : value, ...more }
  } catch (error) {
    console.log(`  ${line.key} ${contender}: ${String(error?.message ?? error).split('\n')[0]}`)
    return undefined
  } finally {
    clearTimeout(timer)
    for (const context of contexts) await context.close().catch(() => {})
  }
}

/** The row of a line, and one for each of the other values that it is measured with. */
async function measureLine(world, line) {
  const measured = Object.fromEntries(Object.keys(line.contenders).map((contender) => [contender, []]))
  for (let round = 0; round < line.runs; round += 1) {
    for (const contender of Object.keys(line.contenders)) {
      const one = await measureOnce(world, line, contender, 1000 * round + line.size % 997 + measured[contender].length)
      if (one) measured[contender].push(one)
    }
  }
  const others = Object.entries(line.also ?? {}).map(([key, name]) => rowOf(line, measured, { key, name: `- ${name}`, unit: ALSO_UNITS[key] ?? line.unit }))
  return [rowOf(line, measured, { key: 'value', name: line.name, unit: line.unit }), ...others]
}

/** The medians of one value of a line. */
function rowOf(line, measured, { key, name, unit }) {
  const runs = Object.fromEntries(Object.entries(measured).map(([contender, all]) => [contender, all.map((one) => one[key]).filter((value) => value !== undefined)]))
  const of = (contender) => runs[contender]?.length ? Number(median(runs[contender]).toFixed(SMALL_UNITS.includes(unit) ? 2 : 1)) : null
  const has = (contender) => line.contenders[contender] && (key === 'value' || runs[contender].length > 0)
  return {
    key: key === 'value' ? line.key : `${line.key}-${key}`, name, unit, ...(line.contenders.ours && { value: of('ours') }),
    ...(has('peer') && { peer: { name: 'webtorrent 3.0.21', value: of('peer') } }),
    ...(has('limit') && { limit: { name: line.limitName ?? 'bare RTCDataChannel, 64 KiB messages', value: of('limit') } }),
    runs,
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
for (const line of lines) results.push(...await measureLine(world, line))
await stop()
results.push(...sizeLines())
printTable(results)
if (options.json) writeFileSync(options.json, `${JSON.stringify(results.map(({ runs: _, ...line }) => line), null, 2)}\n`)
const missing = results.filter((line) => line.value === null) // slow is no failure, nothing at all is
process.exit(missing.length ? 1 : 0)
