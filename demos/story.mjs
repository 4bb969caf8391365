// `./run demo --headless`: the whole story in real browsers. One records a memo from its microphone and shares it sealed,
// another opens the link, receives it straight from the first, checks it, keeps it and plays it, also with everything
// else gone. Prints what happened and how long each stage took; pictures go to build/demo/.
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startSite } from './site.mjs'
import { agree, composeStrip, openChromium, openFirefox, play, readNewestMemo, readTrace, slowDown, takePictures } from './story/browsers.mjs'
import { playStage } from './story/stage.mjs'
import { drawTimeline, timelineOf } from './story/timeline.mjs'
import { makeVoice } from './story/voice.mjs'

const RECORDED_MS = 6000
const WHOLE_TIMEOUT_MS = 240_000
const SLOW_BYTES_PER_SECOND = 12_000
const LEAST_COVERED = 0.95
const BROKEN_LINKS = ['#seeds=magnet%3A%3Fxt%3Durn%3Abtih%3Abd1ba69e', '#seeds=', '#not-a-link', '?k=c2VjcmV0&seeds=magnet%3A']

const pictures = join(dirname(fileURLToPath(import.meta.url)), '../build/demo')
const open = [] // what must be closed, in order of opening
let passed = 0
let failed = 0
let ended = false

function check(ok, what) {
  if (ok) passed += 1
  else failed += 1
  console.log(`${ok ? '✓' : '✗'} ${what}`)
}

function keep(thing) {
  open.push(thing)
  return thing
}

async function recordMemo(page) {
  await page.waitForSelector('body[data-ready]')
  await takePictures(page, pictures, '1-empty')
  await page.click('#record')
  await page.waitForSelector('#record-stop:visible')
  await page.waitForTimeout(RECORDED_MS) // a recording lasts as long as it lasts
  await takePictures(page, pictures, '2-recording')
  await page.click('#record-stop')
  await page.waitForSelector('.memo')
  const memo = await readNewestMemo(page)
  check(memo.size > 10_000 && /^audio\//.test(memo.type), `recorded ${memo.size} bytes of ${memo.type} from the microphone`)
  await takePictures(page, pictures, '3-library')
  return memo
}

/** Presses Share; the link, and how long it took from the press until it was there. */
async function shareMemo(page) {
  const started = await page.evaluate(() => performance.now() * 1000)
  await page.click('.share-button')
  // The link's field is drawn after the press, not with it.
  await page.waitForFunction(() => Boolean(document.querySelector('#share-link')?.value))
  const link = await page.inputValue('#share-link')
  const { log } = await readTrace(page)
  const hashed = log.find((entry) => entry.code === 'hashed' && entry.us >= started)
  check(hashed !== undefined, 'the sender hashed the memo')
  check(/\/voice-memos\/share\/#seeds=magnet.*&k=[\w-]{43}$/.test(link), `shared, sealed, as ${link.slice(0, 90)}…`)
  check(!/dn%3D/.test(link), 'the link does not say what it is called')
  await takePictures(page, pictures, '4-share-sheet')
  return { link, hashMs: hashed ? (hashed.us - started) / 1000 : undefined }
}

async function receiveMemo(page, link, sent) {
  await page.goto(link, { waitUntil: 'commit' })
  await page.waitForSelector('body[data-step=consent]')
  await takePictures(page, pictures, '5-consent')
  await agree(page)
  await page.waitForSelector('body[data-playable=yes], body[data-step=failed]')
  const got = await readNewestMemo(page)
  check(got.sha256 === sent.sha256 && got.size === sent.size, `received and opened ${got.size} bytes, SHA-256 ${got.sha256.slice(0, 16)}… on both sides`)
  const [mine, theirs] = [sent, got].map(({ said }) => JSON.stringify(said))
  check(mine === theirs && sent.said.peaks.length > 0, `title, date, length and waveform are the sender’s: ${sent.said.title}, ${sent.said.at}, ${sent.said.durationSeconds} s`)
  const kept = await page.evaluate(() => JSON.stringify([location.href, history.state, { ...localStorage }, { ...sessionStorage }]))
  check(!kept.includes(link.slice(-43)), 'the key is neither in the address bar nor in what the page keeps')
  const { log, marks } = await readTrace(page)
  check((await play(page)) > 0, 'it plays')
  await takePictures(page, pictures, '6-arrived')
  return timelineOf(log, marks)
}

/** The same once more, slow enough to be looked at: bars fill as pieces are checked. */
async function receiveSlowly(holders, link) {
  for (const { page } of holders) await slowDown(page, SLOW_BYTES_PER_SECOND)
  const visitor = keep(await openChromium())
  await visitor.page.goto(link)
  await agree(visitor.page)
  await visitor.page.waitForFunction(() => document.querySelectorAll('#wave .on').length > 4)
  await takePictures(visitor.page, pictures, '5-receiving')
  const state = await visitor.page.getAttribute('body', 'data-state')
  check(state === 'receiving', 'over a slow line, the bars fill as pieces are checked')
  await visitor.close()
  for (const { page } of holders) await slowDown(page, 0)
}

/** The same link in another kind of browser. */
async function receiveInFirefox(link, sent) {
  const firefox = await openFirefox()
  if (!firefox) return console.log('- no Firefox here: skipped')
  keep(firefox)
  await firefox.page.goto(link)
  await agree(firefox.page)
  await firefox.page.waitForSelector('body[data-playable], body[data-step=failed]')
  const got = await readNewestMemo(firefox.page)
  check(got.sha256 === sent.sha256, 'Firefox received the same bytes')
  check((await play(firefox.page)) > 0, 'it plays in Firefox')
  await firefox.close()
}

/** Everything else gone: only what this browser kept is left. */
async function comeBackAlone(page, sent) {
  await page.reload()
  await page.waitForSelector('body[data-playable=yes]')
  check((await readNewestMemo(page)).sha256 === sent.sha256, 'kept: after a reload with sender, tracker and server gone')
  check((await play(page)) > 0, 'it still plays')
  await page.click('#open-library')
  await page.waitForSelector('.memo')
  check(await page.locator('.memo').count() === 1, 'it is in the library')
  await takePictures(page, pictures, '7-library-offline')
}

async function openBrokenLinks(page, site) {
  const said = []
  for (const link of BROKEN_LINKS) {
    await page.goto('about:blank')
    await page.goto(`${site.url}share/${link}`)
    await page.waitForSelector('body[data-step=failed], body[data-step=paste]')
    said.push(await page.textContent('main'))
  }
  check(said.every((text) => /link/i.test(text)), `${said.length} broken links are answered with a clear sentence`)
}

/** A first look at the share page while nobody has the memo: the reason is said. */
async function waitForNobody(site) {
  const visitor = keep(await openChromium())
  await openBrokenLinks(visitor.page, site)
  const nobody = `magnet:?xt=urn:btih:${'5a'.repeat(20)}&dn=Nobody.webm&tr=${encodeURIComponent(site.tracker)}`
  await visitor.page.goto(`${site.url}share/#seeds=${encodeURIComponent(nobody)}`)
  await agree(visitor.page)
  await visitor.page.waitForFunction(() => document.querySelector('#reason')?.textContent.trim())
  const reason = await visitor.page.innerText('#reason')
  check(/no device/i.test(reason), `a link to something nobody has says: “${reason.trim().replace(/\s+/g, ' ')}”`)
  await takePictures(visitor.page, pictures, '5-waiting')
  await visitor.close()
}

function report(hashMs, timeline) {
  const missing = timeline.stages.filter((stage) => stage.ms === undefined).map((stage) => stage.name)
  console.log(`\nTimeline (sender: hash; receiver: the rest)\n${drawTimeline([{ name: 'hash', ms: hashMs }, ...timeline.stages], timeline.wholeMs)}`)
  console.log(`  stages cover ${(timeline.covered * 100).toFixed(1)} % of the whole\n`)
  check(missing.length === 0 && hashMs !== undefined, `every stage was seen${missing.length ? `, but not ${missing.join(', ')}` : ''}`)
  check(timeline.covered >= LEAST_COVERED, `the stages sum to at least ${LEAST_COVERED * 100} % of the whole`)
}

async function tell() {
  const folder = await mkdtemp(join(tmpdir(), 'samara-story-'))
  keep({ close: () => rm(folder, { recursive: true, force: true }) })
  await mkdir(pictures, { recursive: true })
  const foreign = []
  const onForeignRequest = (address) => foreign.push(address)
  const site = keep(await startSite({ port: 0 }))
  console.log(`The app is at ${site.url}`)
  const sender = keep(await openChromium({ voice: makeVoice(folder), onForeignRequest }))
  await sender.page.goto(site.url)
  const sent = await recordMemo(sender.page)
  const { link, hashMs } = await shareMemo(sender.page)
  const receiver = keep(await openChromium({ onForeignRequest }))
  const timeline = await receiveMemo(receiver.page, link, sent)
  await sender.page.waitForSelector('#share-sheet[data-state=delivered]')
  check(true, 'the sender says that it was delivered')
  await takePictures(sender.page, pictures, '6-delivered')
  await receiveInFirefox(link, sent)
  await receiveSlowly([sender, receiver], link)
  await waitForNobody(site)
  await receiver.page.evaluate(() => navigator.serviceWorker.ready)
  await sender.close()
  await site.close()
  await comeBackAlone(receiver.page, sent)
  const artist = keep(await openChromium())
  await composeStrip(artist.page, pictures, ['2-recording', '4-share-sheet', '5-receiving', '6-arrived'], 'story.png')
  check(foreign.length === 0, `nothing outside this computer was contacted${foreign.length ? `, but ${foreign[0]}` : ''}`)
  const troubles = [...sender.troubles, ...receiver.troubles].filter((text) => !/ERR_CONNECTION_REFUSED|WebSocket/.test(text))
  check(troubles.length === 0, `no errors in the pages${troubles.length ? `: ${troubles[0]}` : ''}`)
  report(hashMs, timeline)
  await playStage({ check })
}

async function closeAll() {
  for (const thing of open.reverse()) await Promise.resolve(thing.close()).catch(() => undefined)
}

async function end(error) {
  if (ended) return
  ended = true
  if (error) check(false, `the story stopped: ${error.stack ?? error}`)
  await closeAll()
  console.log(`pictures: build/demo/\n${passed} passed, ${failed} failed`)
  process.exit(failed > 0 ? 1 : 0)
}

const timer = setTimeout(() => void end(new Error(`it took more than ${WHOLE_TIMEOUT_MS / 1000} s`)), WHOLE_TIMEOUT_MS)
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void end(new Error(`it was told to stop (${signal})`)))
await tell().then(() => end(), end)
clearTimeout(timer)
