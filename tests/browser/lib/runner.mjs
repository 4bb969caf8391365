// The runner of the browser tests: cases one after another, a time-out for each, everything a case opened is closed
// whatever happens, and a failed case shows what its pages printed. Last line: "N passed, N failed".
import { mkdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Browsers } from './browsers.mjs'
import { startStaticServer } from './static_server.mjs'
import { startTracker } from './tracker.mjs'

export const ROOT = fileURLToPath(new URL('../../../', import.meta.url))
const PICTURES = `${ROOT}build/browser-tests/`
const CASE_TIMEOUT_MS = 30_000
const CLOSING_TIMEOUT_MS = 10_000
const STATE_TIMEOUT_MS = 2_000
const SHOWN_LINES = 40

const cases = []
let group = ''

/** Names the group of the cases that follow: a case's full name is `group: name`. */
export function describe(name) { group = name }

/** @param {(t: Case) => Promise<void>} body */
export function test(name, body, { timeout_ms = CASE_TIMEOUT_MS } = {}) {
  cases.push({ name: `${group}: ${name}`, body, timeout_ms })
}

/** What a case works with. Pages and servers opened through it are closed after it. */
class Case {
  pages = []
  #closers = []

  constructor(world) { Object.assign(this, world) }

  defer(close) { this.#closers.push(close) }

  async context(name = 'chromium') {
    const context = await (await this.browsers.get(name)).newContext()
    this.defer(() => context.close())
    const newPage = context.newPage
    context.newPage = async () => {
      const page = await newPage()
      this.pages.push(page)
      return page
    }
    return context
  }

  /** A page at a path of the repository, in a context of its own unless one is given. */
  async page(path, { browser = 'chromium', context, origin = this.server.origin } = {}) {
    const page = await (context ?? await this.context(browser)).newPage()
    await page.goto(`${origin}${path}`)
    return page
  }

  /** A tracker of this case alone, for cases that stop it. */
  async ownTracker(options) {
    const tracker = await startTracker(options)
    this.defer(() => tracker.stop())
    return tracker
  }

  async ownServer(options) {
    const server = await startStaticServer(options)
    this.defer(() => server.stop())
    return server
  }

  async close() {
    for (const close of this.#closers.reverse()) await within(close(), CLOSING_TIMEOUT_MS, 'closing').catch(() => {})
  }
}

function within(promise, timeout_ms, what) {
  let timer
  const late = new Promise((_, reject) => { timer = setTimeout(() => reject(new Error(`${what}: no end after ${timeout_ms} ms`)), timeout_ms) })
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}

async function runCase(one, world) {
  const t = new Case(world)
  const start = performance.now()
  let failure
  try {
    const running = one.body(t)
    running.catch(() => {}) // after a time-out nobody waits for it
    await within(running, one.timeout_ms, 'case')
  } catch (error) {
    failure = error
    await showFailure(one, t, error)
  }
  const taken = ((performance.now() - start) / 1000).toFixed(1)
  await t.close()
  console.log(`${failure ? 'FAIL' : 'ok  '} ${taken.padStart(6)} s  ${one.name}`)
  return !failure
}

/** Prints the error, the pages' own view of where they are and the end of their consoles; whole consoles go to files. */
async function showFailure(one, t, error) {
  console.log(`---- ${one.name}\n${error?.stack ?? error}`)
  mkdirSync(PICTURES, { recursive: true })
  for (const [index, page] of t.pages.entries()) {
    const file = `${PICTURES}${one.name.replace(/[^a-z0-9]+/gi, '-')}-${index}`
    const state = await within(page.evaluate(() => window.describeState?.()), STATE_TIMEOUT_MS, 'its state').catch((failure) => String(failure?.message ?? failure))
    console.log(`-- page ${index} (${page.browser}): ${state ?? ''}`)
    for (const line of page.log.slice(-SHOWN_LINES)) console.log(`   ${line}`)
    writeFileSync(`${file}.log`, page.log.join('\n'))
    await within(page.screenshot(`${file}.png`), STATE_TIMEOUT_MS, 'screenshot').catch(() => {})
  }
}

/** Runs what matches and ends the process. */
export async function main(pattern) {
  const wanted = cases.filter((one) => !pattern || pattern.test(one.name))
  const browsers = new Browsers()
  const server = await startStaticServer({ mounts: [{ prefix: '/', dir: ROOT }] })
  const tracker = await startTracker()
  const closeAll = async () => {
    await within(browsers.close(), CLOSING_TIMEOUT_MS, 'closing the browsers').catch((error) => console.log(String(error)))
    await Promise.allSettled([server.stop(), tracker.stop()])
  }
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => closeAll().then(() => process.exit(130)))
  process.on('unhandledRejection', () => {}) // of drivers whose page is gone; cases report their own
  let passed = 0
  const start = performance.now()
  for (const one of wanted) passed += await runCase(one, { browsers, server, tracker }) ? 1 : 0
  await closeAll()
  console.log(`browsers: ${((performance.now() - start) / 1000).toFixed(0)} s`)
  console.log(`${passed} passed, ${wanted.length - passed} failed`)
  process.exit(passed === wanted.length ? 0 : 1)
}
