// From the tap on a link to the first sound, on a slow phone far away, with nothing in its caches:
//   node tests/pages/link_to_sound.mjs [--runs N] [--json FILE] [--seconds N] [--trace]     after ./run build; needs root
// A memo of about a minute is recorded and shared by the app in one browser. Another one, with a fresh profile, a four times slower
// processor and a link of 150 ms and 10 Mbit/s, opens the link, consents at once and plays as soon as it may. Beside it, in turns:
// the same page, which at the same moment plays the same file from nginx. Both get the page from that nginx. Prints p50 and p95.
import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startSite } from '../../demos/site.mjs'
import { readTrace } from '../../demos/story/browsers.mjs'
import { drawTimeline, timelineOf } from '../../demos/story/timeline.mjs'
import { makeVoice } from '../../demos/story/voice.mjs'
import { startNginx } from './nginx.mjs'
import { launchShaped } from './shaped_chromium.mjs'
import { bringNear, makeLink, openToLink } from './shaped_link.mjs'

const LINK = { delayMs: 75, megabits: 10 } // 75 ms each way
const CPU_RATE = 4
const RUN_TIMEOUT_MS = 60_000
const CONTENDERS = ['samara', 'nginx']

const option = (name, otherwise) => (process.argv.includes(name) ? process.argv[process.argv.indexOf(name) + 1] : otherwise)
const runs = Number(option('--runs', 10))
const isTraced = process.argv.includes('--trace') // where the time goes; costs a little of it
const recordedSeconds = Number(option('--seconds', 60))

/** What a person would do, done at once, and when it happened, in ms since the tap. Runs in the page before everything. */
function actAtOnce({ contender, audio, isTraced }) {
  if (isTraced) sessionStorage.setItem('samara-trace', '1')
  const marks = {}
  window.soundMarks = marks
  const mark = (name) => { marks[name] ??= performance.now() }
  const heard = new Set()
  const play = HTMLMediaElement.prototype.play
  HTMLMediaElement.prototype.play = function playAndWatch() {
    heard.add(this)
    return play.call(this)
  }
  const press = (selector) => {
    const button = document.querySelector(selector)
    if (!button || button.disabled) return false
    button.click()
    return true
  }
  const look = () => {
    if (!marks.asked && document.querySelector('#receive-accept')) {
      mark('asked')
      if (contender === 'samara') press('#receive-accept')
      else { mark('pressed'); void new Audio(audio).play() }
    }
    if (marks.asked && !marks.pressed && press('.landing .play-button:not([disabled])')) mark('pressed')
    if (document.body?.dataset.step === 'arrived') mark('arrived')
    if ([...heard].some((one) => one.currentTime > 0)) return mark('sound')
    requestAnimationFrame(look)
  }
  requestAnimationFrame(look)
}

async function recordAndShare(site, voice) {
  const sender = await launchShaped({ voice })
  const { page } = sender
  await page.goto(site.url)
  await page.waitForSelector('body[data-ready=yes]')
  await page.click('#record')
  await page.waitForSelector('#record-stop', { visible: true })
  await new Promise((resolve) => setTimeout(resolve, recordedSeconds * 1000)) // a recording lasts as long as it lasts
  await page.click('#record-stop')
  await page.waitForSelector('.memo')
  const opener = await page.$('.share-button')
  if (!opener) await page.click('.memo button')
  await page.waitForSelector('.share-button', { visible: true })
  await page.click('.share-button')
  await page.waitForFunction(() => document.querySelector('#share-link')?.value)
  const link = await page.$eval('#share-link', (input) => input.value)
  const { bytes, type } = await page.evaluate(async () => {
    const blob = await (await window.samaraDemo.samara.items())[0].blob()
    return { bytes: Array.from(new Uint8Array(await blob.arrayBuffer())), type: blob.type }
  })
  return { sender, link, file: Buffer.from(bytes), type }
}

async function showTrace(page) {
  await page.waitForSelector('body[data-playable]')
  const { log, marks } = await readTrace(page)
  const { stages, wholeMs } = timelineOf(log, marks)
  console.log(`     marks: ${Object.entries(marks).map(([name, us]) => `${name} ${Math.round(us / 1000)}`).join('  ')}\n${drawTimeline(stages, wholeMs)}`)
}

/** One tap. @returns {Promise<Record<string, number>>} marks in ms */
async function tap(contender, { link, audio, near }) {
  const phone = await launchShaped({ cpuRate: CPU_RATE, runner: near })
  try {
    await phone.page.evaluateOnNewDocument(actAtOnce, { contender, audio, isTraced })
    await phone.page.goto(link, { waitUntil: 'domcontentloaded' })
    await phone.page.waitForFunction(() => window.soundMarks?.sound, { timeout: RUN_TIMEOUT_MS, polling: 100 })
    if (isTraced && contender === 'samara') await showTrace(phone.page)
    return await phone.page.evaluate(() => window.soundMarks)
  } catch (error) {
    console.log(`  ${contender}: ${String(error?.message ?? error).split('\n')[0]} ${JSON.stringify(await phone.page.evaluate(() => ({ ...window.soundMarks, ...document.body.dataset })).catch(() => ({})))}`)
    return {}
  } finally {
    await phone.close()
  }
}

/** The smallest value that at least this share of them do not exceed. */
const percentile = (values, share) => values.toSorted((a, b) => a - b)[Math.max(0, Math.ceil(values.length * share) - 1)]

function summarize(name, all) {
  const of = (mark) => all.map((marks) => marks[mark]).filter((ms) => ms !== undefined)
  const at = (mark, share) => (of(mark).length ? Math.round(percentile(of(mark), share)) : null)
  return { name, p50: at('sound', 0.5), p95: at('sound', 0.95), askedP50: at('asked', 0.5), pressedP50: at('pressed', 0.5), arrivedP50: at('arrived', 0.5), all: of('sound').map(Math.round) }
}

/** Everything within the far namespace, where this script runs again. */
async function measure(link) {
  const folder = mkdtempSync(join(tmpdir(), 'samara-sound-'))
  const closers = [() => rmSync(folder, { recursive: true, force: true })]
  try {
    const site = await startSite({ port: 0 })
    closers.push(() => site.close())
    const memo = await recordAndShare(site, makeVoice(folder))
    closers.push(() => memo.sender.close())
    const nginx = await startNginx({ audio: memo.file, type: memo.type })
    closers.push(() => nginx.close())
    for (const port of [site.port, nginx.port]) closers.push(await openToLink(port))
    closers.push(await bringNear(link, [site.port, nginx.port]))
    const shared = new URL(memo.link)
    const tapped = `${nginx.origin}${shared.pathname}${shared.hash}`
    console.log(`memo: ${memo.file.length} bytes of ${memo.type}, ${recordedSeconds} s recorded; link ${LINK.delayMs * 2} ms, ${LINK.megabits} Mbit/s; processor 1/${CPU_RATE}`)
    const all = Object.fromEntries(CONTENDERS.map((contender) => [contender, []]))
    for (let run = 0; run < runs; run += 1) {
      for (const contender of CONTENDERS) {
        const marks = await tap(contender, { link: tapped, audio: `${nginx.origin}${nginx.audioPath}`, near: link.runner })
        all[contender].push(marks)
        console.log(`  ${String(run + 1).padStart(2)} ${contender.padEnd(7)} ${Object.entries(marks).map(([name, ms]) => `${name} ${Math.round(ms)}`).join('  ')}`)
      }
    }
    return { bytes: memo.file.length, type: memo.type, runs, link: LINK, cpuRate: CPU_RATE, results: CONTENDERS.map((contender) => summarize(contender, all[contender])) }
  } finally {
    for (const close of closers.reverse()) await Promise.resolve(close()).catch(() => undefined)
  }
}

if (process.env.SAMARA_LINK) {
  const result = await measure(JSON.parse(process.env.SAMARA_LINK))
  for (const { name, p50, p95, askedP50, pressedP50 } of result.results) {
    console.log(`${name.padEnd(7)} tap to first sound: p50 ${p50} ms, p95 ${p95} ms   (question on screen ${askedP50} ms, Play pressed ${pressedP50} ms)`)
  }
  if (option('--json')) {
    mkdirSync(join(option('--json'), '..'), { recursive: true })
    writeFileSync(option('--json'), `${JSON.stringify(result, null, 1)}\n`)
  }
  process.exit(result.results.every(({ all }) => all.length === runs) ? 0 : 1)
}

if (process.getuid?.() !== 0 || spawnSync('ip', ['-V']).status !== 0) {
  console.log('link_to_sound makes a slow link of its own: it needs root, ip and python3')
  process.exit(1)
}
const link = await makeLink(LINK)
const child = spawn('ip', ['netns', 'exec', link.far, process.execPath, fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
  stdio: 'inherit', env: { ...process.env, SAMARA_LINK: JSON.stringify({ near: link.near, runner: link.runner }) },
})
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => child.kill(signal))
const code = await new Promise((resolve) => child.once('exit', (status) => resolve(status ?? 1)))
await link.close()
process.exit(code)
