// The browsers of the story: each its own process with its own profile, closed whatever happens. Also what is done in
// them more than once: screenshots in two widths, hashing a memo, playing it.
import { createRequire } from 'node:module'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

const drivers = createRequire(new URL('../../tests/package.json', import.meta.url))
const WIDTHS = [390, 1280]
const HEIGHT = 800
const STRIP_HEIGHT = 600 // pictures for the film strip are shorter
const STEP_TIMEOUT_MS = 30_000

const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--disable-features=WebRtcHideLocalIpsWithMdns']

function chromiumPath() {
  const found = [process.env.SAMARA_CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
    .find((path) => path && existsSync(path))
  if (!found) throw new Error('no Chromium found; name one in SAMARA_CHROMIUM')
  return found
}

/** A Chromium with one page. With `voice`, its microphone hears that WAV file. */
export async function openChromium({ voice, onForeignRequest } = {}) {
  const { chromium } = drivers('playwright-core')
  const microphone = voice ? ['--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream', `--use-file-for-fake-audio-capture=${voice}`] : []
  const browser = await chromium.launch({ executablePath: chromiumPath(), args: [...FLAGS, ...microphone] })
  const context = await browser.newContext({ viewport: { width: WIDTHS[0], height: HEIGHT }, permissions: voice ? ['microphone'] : [] })
  context.setDefaultTimeout(STEP_TIMEOUT_MS)
  await context.addInitScript(() => sessionStorage.setItem('samara-trace', '1'))
  const page = await context.newPage()
  const troubles = []
  page.on('pageerror', (error) => troubles.push(String(error)))
  page.on('console', (message) => { if (message.type() === 'error') troubles.push(message.text()) })
  const check = (address) => {
    const { hostname, protocol } = new URL(address)
    if (/^(https?|wss?):$/.test(protocol) && hostname !== 'localhost' && hostname !== '127.0.0.1') onForeignRequest?.(address)
  }
  page.on('request', (request) => check(request.url()))
  page.on('websocket', (socket) => check(socket.url()))
  return { page, troubles, close: () => browser.close() }
}

/** A Firefox with one page, or undefined where there is none. */
export async function openFirefox() {
  const executablePath = ['/usr/bin/firefox-esr', '/usr/bin/firefox'].find((path) => existsSync(path))
  if (!executablePath) return undefined
  const browser = await drivers('puppeteer-core').launch({
    browser: 'firefox',
    executablePath,
    headless: true,
    extraPrefsFirefox: { 'media.peerconnection.ice.loopback': true, 'media.peerconnection.ice.obfuscate_host_addresses': false },
  })
  const page = await browser.newPage()
  page.setDefaultTimeout(STEP_TIMEOUT_MS)
  page.on('console', (message) => { if (/^(warn|error)/.test(message.type())) console.log(`  Firefox says: ${message.text()}`) })
  return { page, close: () => browser.close() }
}

/** The question that a device is asked before its first receive: nobody is contacted until this tap. */
export async function agree(page) {
  await page.waitForSelector('#receive-accept')
  await page.click('#receive-accept')
}

/** One picture per width, NAME-390.png and NAME-1280.png, and NAME-strip.png. */
export async function takePictures(page, folder, name) {
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: HEIGHT })
    await page.screenshot({ path: join(folder, `${name}-${width}.png`) })
  }
  await page.setViewportSize({ width: WIDTHS[0], height: STRIP_HEIGHT })
  await page.screenshot({ path: join(folder, `${name}-strip.png`) })
  await page.setViewportSize({ width: WIDTHS[0], height: HEIGHT })
}

/** Makes everything that a page sends slow, data channels too; 0 sets it free. */
export async function slowDown(page, bytesPerSecond) {
  const devtools = await page.context().newCDPSession(page)
  await devtools.send('Network.emulateNetworkConditions', {
    offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: bytesPerSecond || -1, packetLoss: 0, packetQueueLength: 50,
  })
}

/** Pictures of a folder side by side in one file, the film strip of the story. */
export async function composeStrip(page, folder, names, file) {
  const images = await Promise.all(names.map((name) => readFile(join(folder, `${name}-strip.png`), 'base64')))
  await page.setViewportSize({ width: images.length * (WIDTHS[0] + 24) + 24, height: STRIP_HEIGHT + 48 })
  await page.setContent(`<body style="margin:24px;display:flex;gap:24px;background:#d8cfc4">${images.map((image) =>
    `<img style="border-radius:18px" src="data:image/png;base64,${image}">`).join('')}`)
  await page.screenshot({ path: join(folder, file) })
}

/** The newest memo of a page as the package gives it back: its bytes' SHA-256, size and type, and what is said of it. */
export function readNewestMemo(page) {
  return page.evaluate(async () => {
    const items = await window.samaraDemo.samara.items()
    const memo = items.sort((a, b) => b.addedAt - a.addedAt)[0]
    const blob = await memo.blob()
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', await blob.arrayBuffer()))
    const { title, at, durationSeconds, peaks = [] } = window.samaraDemo.state.memos.find(({ id }) => id === memo.id) ?? {}
    return {
      sha256: Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join(''), size: blob.size, type: blob.type, name: memo.name,
      said: { title, at: at?.toISOString(), durationSeconds, peaks },
    }
  })
}

/** Presses Play and waits until the sound has moved on; the seconds it reached. */
export async function play(page) {
  await page.click('.play-button')
  const moved = await page.waitForFunction(() => {
    const audio = document.querySelector('audio')
    return audio && !audio.paused && audio.currentTime > 0.3 && audio.currentTime
  })
  const seconds = await moved.jsonValue()
  await page.click('.play-button')
  return seconds
}

/**
 * Everything that the page's package logged, with the page's own marks, all in microseconds of the page's clock. The
 * log is stamped by another clock; what the page logs itself is seen at once, so the least delay is the difference.
 */
export async function readTrace(page) {
  const { log, marks } = await page.evaluate(() => ({
    log: window.samaraDemo.log.map(({ area, code, data, seenUs }) => ({ area, code, us: Number(data.us), seenUs })),
    marks: window.samaraDemo.marks,
  }))
  const difference = Math.min(...log.map((entry) => entry.seenUs - entry.us))
  return { log: log.map((entry) => ({ ...entry, us: entry.us + difference })), marks }
}
