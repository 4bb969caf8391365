// The stage's story, played in one browser window: a memo is recorded on the left phone, opened on the right one, and
// plays there with sender and server turned off. Checks what it shows and films it: build/demo/stage.gif. Run by
// story.mjs, or alone: node demos/story/stage.mjs
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startSite } from '../site.mjs'
import { buildStage } from '../voice-memos/build.mjs'
import { openChromium, slowDown } from './browsers.mjs'
import { makeFilm } from './film.mjs'
import { makeVoice } from './voice.mjs'

const SIZE = { width: 960, height: 714 }
const RECORDED_MS = 4000
const SLOW_BYTES_PER_SECOND = 14_000 // so that it can be seen
const MAX_FILM_BYTES = 3_000_000
const MOVING_FRAMES = 10
const STILL_MS = 1600
const SHORT_MS = 300
const LAST_HAVE_MS = 8000 // the other phone says that it has the last piece over the line that was slowed
const pictures = join(dirname(fileURLToPath(import.meta.url)), '../../build/demo')

class Camera {
  #frames = []

  constructor(page) { this.page = page }

  async shoot(ms = STILL_MS) {
    this.#frames.push({ png: await this.page.screenshot(), ms })
  }

  get length() { return this.#frames.length }

  /** @returns {Promise<number>} the film's size */
  async develop(folder, name) {
    const film = makeFilm(this.#frames)
    await mkdir(folder, { recursive: true })
    await writeFile(join(folder, `${name}.gif`), film)
    await writeFile(join(folder, `${name}.png`), this.#frames.at(-1).png)
    return film.length
  }
}

/** The app in a phone: everything in it is found as in a page. */
const inPhone = (page, id) => page.frameLocator(`#${id} iframe`)

const stateOf = async (page, id, selector) => {
  await inPhone(page, id).locator(selector).first().waitFor({ state: 'attached' })
}

async function recordAndShare(page, camera) {
  const phone = inPhone(page, 'sender')
  await stateOf(page, 'sender', 'body[data-ready=yes]')
  await camera.shoot()
  await phone.locator('#record').click()
  await phone.locator('#record-stop').waitFor()
  for (let part = 0; part < 3; part += 1) {
    await page.waitForTimeout(RECORDED_MS / 3) // a recording lasts as long as it lasts
    await camera.shoot(SHORT_MS * 2)
  }
  await phone.locator('#record-stop').click()
  await phone.locator('.memo').first().waitFor()
  if (!await phone.locator('.share-button').first().isVisible()) await phone.locator('.memo-open').first().click()
  await phone.locator('.share-button').first().waitFor()
  await camera.shoot()
  await phone.locator('.share-button').first().click()
  await page.waitForSelector('#open-other:enabled')
  await camera.shoot()
}

/** The link, opened as by a tap; slow enough to be looked at. */
async function openOnTheOther(page, camera, check) {
  const phone = inPhone(page, 'other')
  await page.click('#open-other')
  await phone.locator('#receive-accept').waitFor()
  const before = Number(await page.getAttribute('#moved', 'data-bytes'))
  check(before === 0, 'the other phone asks first, and no byte has moved')
  await camera.shoot()
  await slowDown(page, SLOW_BYTES_PER_SECOND)
  await phone.locator('#receive-accept').click()
  await page.waitForFunction(() => Number(document.querySelector('#moved').dataset.bytes) > 0)
  for (let part = 0; part < MOVING_FRAMES && await page.locator('#other iframe').contentFrame().locator('body[data-playable]').count() === 0; part += 1) {
    await camera.shoot(SHORT_MS)
    await page.waitForTimeout(SHORT_MS)
  }
  await slowDown(page, 0)
  await stateOf(page, 'other', 'body[data-playable=yes]')
  await page.waitForSelector('#seen-memo[data-settled=yes][data-bytes="0"]', { timeout: LAST_HAVE_MS }).catch(() => undefined) // looked at below
  await camera.shoot()
}

async function turnEverythingOff(page, camera, check) {
  await page.locator('#other iframe').contentFrame().locator('body').evaluate(() => navigator.serviceWorker.ready.then(() => undefined))
  await page.click('#sender-switch')
  await page.waitForSelector('#sender .instead')
  await camera.shoot()
  await page.click('#server-switch')
  await page.waitForSelector('#server[data-on=no]')
  check(!await page.evaluate(() => fetch('/voice-memos/').then(() => true, () => false)), 'the server is really off')
  await camera.shoot()
  await page.click('#reload-other')
  await page.waitForFunction(() => document.querySelector('.steps .past:last-child') !== null) // its page is a new one
  await stateOf(page, 'other', 'body[data-playable=yes]')
  const phone = inPhone(page, 'other')
  await phone.locator('.play-button').first().click()
  for (let part = 0; part < 3; part += 1) {
    await page.waitForFunction((least) => document.querySelector('#other iframe').contentDocument.querySelector('audio').currentTime > least, 0.5 + part)
    await camera.shoot(part < 2 ? SHORT_MS * 2 : STILL_MS * 2)
  }
  check(true, 'reloaded with sender and server off, the other phone plays the memo')
}

async function checkWhatWasSeen(page, check) {
  const sum = await page.evaluate(() => ({
    moved: Number(document.querySelector('#moved').dataset.bytes),
    memo: Number(document.querySelector('#seen-memo').dataset.bytes),
    messages: document.querySelector('#seen-messages').textContent,
  }))
  check(sum.moved > 10_000, `${sum.moved} bytes went from phone to phone`)
  check(/[1-9]\d* announces?.*[1-9]\d* answers?/.test(sum.messages) && sum.memo === 0, `the tracker saw ${sum.messages}, and ${sum.memo} bytes of the memo`)
}

/**
 * @param {{check: (ok: boolean, what: string) => void, folder?: string, theme?: 'light' | 'dark'}} how
 */
export async function playStage({ check, folder = pictures, theme = 'light' }) {
  const voices = await mkdtemp(join(tmpdir(), 'samara-stage-'))
  const foreign = []
  let site
  let browser
  try {
    await buildStage()
    site = await startSite({ port: 0 })
    browser = await openChromium({ voice: makeVoice(voices), onForeignRequest: (address) => foreign.push(address) })
    const { page } = browser
    const camera = new Camera(page)
    await page.emulateMedia({ colorScheme: theme })
    await page.setViewportSize(SIZE)
    await page.goto(new URL('/stage/', site.url).href)
    await recordAndShare(page, camera)
    await openOnTheOther(page, camera, check)
    await checkWhatWasSeen(page, check)
    await turnEverythingOff(page, camera, check)
    check(foreign.length === 0, `the stage contacted nothing outside this computer${foreign.length ? `, but ${foreign[0]}` : ''}`)
    const bytes = await camera.develop(folder, 'stage')
    check(bytes <= MAX_FILM_BYTES, `the stage's film: ${camera.length} pictures, ${(bytes / 1e6).toFixed(2)} MB`)
  } catch (error) {
    await browser?.page.screenshot({ path: join(folder, 'stage-stopped.png') }).catch(() => undefined)
    throw new Error(`the stage's story stopped (its picture: stage-stopped.png): ${error.stack ?? error}\n${browser?.troubles.join('\n')}`)
  } finally {
    await browser?.close()
    await site?.close()
    await rm(voices, { recursive: true, force: true })
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  let failed = 0
  await playStage({ check: (ok, what) => {
    if (!ok) failed += 1
    console.log(`${ok ? '✓' : '✗'} ${what}`)
  } })
  process.exitCode = failed > 0 ? 1 : 0
}
