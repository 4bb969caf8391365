// Chromium behind the small interface of browsers.mjs, by playwright-core.
import { existsSync } from 'node:fs'
import { chromium } from 'playwright-core'
import { watchConsole } from './console.mjs'

export const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--disable-features=WebRtcHideLocalIpsWithMdns',
  '--autoplay-policy=no-user-gesture-required']

export const PROGRAMS = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/** @param {{profile?: string, flags?: string[]}} options profile: a folder that outlives the browser (restart tests) */
export async function launchChromium({ profile, flags = [] } = {}) {
  const executablePath = PROGRAMS.find((path) => path && existsSync(path))
  if (!executablePath) throw new Error('no chromium: install it or set CHROMIUM')
  const options = { executablePath, args: [...FLAGS, ...flags], headless: true }
  if (profile) {
    const context = await chromium.launchPersistentContext(profile, options)
    const wrapped = wrapContext(context)
    return { name: 'chromium', newContext: async () => wrapped, close: () => context.close(), version: () => '' }
  }
  const browser = await chromium.launch(options)
  return {
    name: 'chromium',
    version: () => browser.version(),
    newContext: async () => wrapContext(await browser.newContext()),
    close: () => browser.close(),
  }
}

function wrapContext(context) {
  return {
    browser: 'chromium',
    newPage: async () => wrapPage(await context.newPage(), context),
    setOffline: (value) => context.setOffline(value),
    close: () => context.close(),
  }
}

function wrapPage(page, context) {
  const log = watchConsole(page)
  return {
    browser: 'chromium', log, raw: page,
    goto: (url) => page.goto(url),
    reload: () => page.reload(),
    evaluate: (f, argument) => page.evaluate(f, argument),
    screenshot: (path) => page.screenshot({ path }),
    text: (selector) => page.textContent(selector),
    cdp: () => context.newCDPSession(page),
    close: () => page.close(),
    kill: () => crash(page, context),
  }
}

/** Kills the page's process: nothing of it gets to say goodbye. */
async function crash(page, context) {
  const session = await context.newCDPSession(page)
  const crashed = new Promise((resolve) => page.once('crash', resolve))
  session.send('Page.crash').catch(() => {})
  await crashed
  await page.close().catch(() => {})
}
