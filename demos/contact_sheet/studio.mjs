// A Chromium that draws states of the gallery and takes pictures of them. The gallery's files are answered from their
// folder with the app's own policy, so what the policy forbids is missing here as well. Knows no state by name.
import { createRequire } from 'node:module'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { headerPolicy } from '../voice-memos/policy.mjs'

const drivers = createRequire(new URL('../../tests/package.json', import.meta.url))
const HEIGHTS = { 390: 844, 768: 1024, 1280: 800 }
const OTHER_HEIGHT = 844
const MAX_HEIGHT = 1500 // longer ones are cut here
const ORIGIN = 'http://gallery.localhost'
const CLOCK = new Date('2026-05-16T14:20:00Z') // the gallery's own, material.ts
const WIDE_FROM_PX = 900 // as src/app decides it

function chromiumPath() {
  const found = [process.env.SAMARA_CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
    .find((path) => path && existsSync(path))
  if (!found) throw new Error('no Chromium found; name one in SAMARA_CHROMIUM')
  return found
}

/** Draws a state and says how high its page is. A list, and what lies under a sheet, is shown as a screen shows it. Runs in the page. */
async function drawState(name) {
  window.gallery.show(name)
  await document.fonts.ready
  await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))
  return document.querySelector('dialog[open], .app[data-screen=library]') ? innerHeight : document.documentElement.scrollHeight
}

class Stage {
  groups = []
  #context
  #page
  #devtools
  #size

  constructor(context, size) {
    this.#context = context
    this.#size = size
  }

  async start(address, onTrouble) {
    this.#page = await this.#context.newPage()
    await this.#page.clock.setFixedTime(CLOCK)
    this.#page.on('pageerror', (error) => onTrouble(String(error)))
    this.#page.on('console', (message) => { if (message.type() === 'error') onTrouble(message.text()) })
    await this.#page.goto(address)
    await this.#page.waitForFunction(() => window.gallery)
    this.groups = await this.#page.evaluate(() => window.gallery.groups)
    this.#devtools = await this.#context.newCDPSession(this.#page)
    return this
  }

  /** A picture of a state, as high as the screen, or as its page where that is longer. */
  async shoot(name) {
    const { width, height } = this.#size
    const whole = await this.#page.evaluate(drawState, name)
    const shown = Math.min(Math.max(whole, height), MAX_HEIGHT)
    if (shown > height) {
      await this.#page.setViewportSize({ width, height: shown })
      await this.#page.evaluate(drawState, name)
    }
    const { data } = await this.#devtools.send('Page.captureScreenshot', { format: 'webp', quality: 82, optimizeForSpeed: true })
    if (shown > height) await this.#page.setViewportSize({ width, height })
    return { bytes: Buffer.from(data, 'base64'), height: whole }
  }

  close() { return this.#context.close() }
}

/** Opens the browser. Everything that a page complained about is in troubles(). */
export async function openStudio(folder) {
  const { chromium } = drivers('playwright-core')
  const browser = await chromium.launch({ executablePath: chromiumPath(), args: ['--no-sandbox', '--disable-gpu', '--hide-scrollbars', '--font-render-hinting=none'] })
  const troubles = new Set()
  const headers = { 'Content-Security-Policy': headerPolicy() }
  const answer = (route) => {
    const path = new URL(route.request().url()).pathname
    return route.fulfill({ path: join(folder, path.endsWith('/') ? `${path}index.html` : path), headers })
  }
  const open = async ({ width, theme, lang }) => {
    const size = { width, height: HEIGHTS[width] ?? OTHER_HEIGHT }
    const context = await browser.newContext({ viewport: size, colorScheme: theme, reducedMotion: 'reduce', locale: lang === 'de' ? 'de-DE' : 'en-GB', timezoneId: 'UTC' })
    await context.route(`${ORIGIN}/**`, answer)
    const query = new URLSearchParams({ lang, theme, wide: width >= WIDE_FROM_PX ? '1' : '0' })
    return new Stage(context, size).start(`${ORIGIN}/?${query}`, (text) => troubles.add(text))
  }
  /** A page of pictures from a folder as one picture. */
  const picture = async (pictures, html, file) => {
    const context = await browser.newContext({ viewport: { width: 1000, height: 600 } })
    await context.route(`${ORIGIN}/**`, (route) => {
      const name = new URL(route.request().url()).pathname.slice(1)
      return name === '' ? route.fulfill({ body: html, contentType: 'text/html' }) : route.fulfill({ path: join(pictures, name) })
    })
    const page = await context.newPage()
    await page.goto(`${ORIGIN}/`, { waitUntil: 'load' })
    const size = await page.evaluate(() => ({ width: document.documentElement.scrollWidth, height: document.documentElement.scrollHeight }))
    await page.setViewportSize(size)
    await page.screenshot({ path: file })
    await context.close()
  }
  return { open, picture, troubles: () => [...troubles], close: () => browser.close() }
}
