// Lighthouse on the built app, as a phone sees it: node tests/pages/lighthouse.mjs [--runs N] [--json FILE] [--details]
// Each page N times (3), the median of each score. Prints what costs points; fails below 95.
import { spawn } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import lighthouse from 'lighthouse'
import { startSite } from '../../demos/site.mjs'
import { chromiumPath, removeProfile } from './shaped_chromium.mjs'

const LEAST_SCORE = 95
const CATEGORIES = ['performance', 'accessibility', 'best-practices']
const METRICS = ['first-contentful-paint', 'largest-contentful-paint', 'total-blocking-time', 'cumulative-layout-shift', 'speed-index']
const START_TIMEOUT_MS = 20_000

const option = (name, otherwise) => (process.argv.includes(name) ? process.argv[process.argv.indexOf(name) + 1] : otherwise)
const runs = Number(option('--runs', 3))

/** A link to a memo that nobody has: the page asks for consent and contacts nobody. */
const linkOf = (site) => `${site.url}share/#seeds=${encodeURIComponent(`magnet:?xt=urn:btih:${'5a'.repeat(20)}&dn=A%20memo&xl=386100&tr=${encodeURIComponent(site.tracker)}`)}`

/** A Chromium with a profile of its own and a port for its tools. */
async function startChromium() {
  const profile = mkdtempSync(join(tmpdir(), 'samara-lighthouse-'))
  const child = spawn(chromiumPath(), ['--headless=new', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-component-update',
    '--disable-sync', '--disable-extensions', '--mute-audio', '--remote-debugging-port=0', `--user-data-dir=${profile}`, 'about:blank'], { stdio: ['ignore', 'ignore', 'pipe'] })
  const ended = new Promise((resolve) => child.once('exit', resolve))
  const close = async () => {
    child.kill()
    await ended
    await removeProfile(profile)
  }
  const port = await new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('Chromium did not start')), START_TIMEOUT_MS)
    let text = ''
    child.stderr.on('data', (chunk) => {
      text += chunk
      const found = /DevTools listening on ws:\/\/[^:]+:(\d+)/.exec(text)
      if (!found) return
      clearTimeout(timer)
      resolve(Number(found[1]))
    })
  }).catch(async (error) => {
    await close()
    throw error
  })
  return { port, close }
}

async function audit(url) {
  const browser = await startChromium()
  try {
    const { lhr } = await lighthouse(url, { port: browser.port, output: 'json', logLevel: 'error', onlyCategories: CATEGORIES })
    if (lhr.runtimeError) throw new Error(lhr.runtimeError.message)
    return lhr
  } finally {
    await browser.close()
  }
}

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1]

/** The audits that took points away, the heaviest first. */
function costs(lhr) {
  const weights = new Map(Object.values(lhr.categories).flatMap((category) => category.auditRefs.map((ref) => [ref.id, ref.weight])))
  return Object.values(lhr.audits).filter((one) => one.score !== null && one.score < 0.95 && (weights.get(one.id) > 0 || one.metricSavings))
    .sort((a, b) => (weights.get(b.id) ?? 0) * (1 - b.score) - (weights.get(a.id) ?? 0) * (1 - a.score))
    .map((one) => `${one.id} ${(one.score * 100).toFixed(0)} (weight ${weights.get(one.id) ?? 0})${one.displayValue ? `: ${one.displayValue}` : ''}`)
}

function detailsOf(lhr) {
  return Object.values(lhr.audits).filter((one) => one.score !== null && one.score < 0.95 && one.details?.items?.length)
    .map((one) => `${one.id}: ${JSON.stringify(one.details.items).slice(0, 1200)}`)
}

async function auditPage(name, url) {
  const reports = []
  for (let run = 0; run < runs; run += 1) reports.push(await audit(url))
  const scores = Object.fromEntries(CATEGORIES.map((id) => [id, Math.round(100 * median(reports.map((lhr) => lhr.categories[id].score)))]))
  const metrics = Object.fromEntries(METRICS.map((id) => [id, median(reports.map((lhr) => lhr.audits[id].numericValue))]))
  console.log(`${name.padEnd(10)} ${CATEGORIES.map((id) => `${id} ${scores[id]}`).join('   ')}`)
  console.log(`           ${METRICS.map((id) => `${id} ${id.endsWith('shift') ? metrics[id].toFixed(3) : `${Math.round(metrics[id])} ms`}`).join('   ')}`)
  for (const cost of costs(reports[0])) console.log(`             ${cost}`)
  if (process.argv.includes('--details')) for (const detail of detailsOf(reports[0])) console.log(`             ${detail}`)
  return { page: name, scores, metrics, runs: reports.map((lhr) => CATEGORIES.map((id) => lhr.categories[id].score)) }
}

const site = await startSite({ port: 0 })
try {
  const results = [await auditPage('library', site.url), await auditPage('share page', linkOf(site))]
  const file = option('--json')
  if (file) writeFileSync(file, `${JSON.stringify(results, null, 1)}\n`)
  const low = results.filter(({ scores }) => CATEGORIES.some((id) => scores[id] < LEAST_SCORE))
  console.log(`${results.length - low.length} passed, ${low.length} failed`)
  process.exitCode = low.length > 0 ? 1 : 0
} finally {
  await site.close()
}
