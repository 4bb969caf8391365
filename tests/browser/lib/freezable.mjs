// Chromium whose pages can be put to sleep: page.freeze(), page.wake(). By puppeteer-core, because playwright-core
// emulates focus in every page, and a page with focus is visible and never frozen. Same interface as chromium.mjs.
import { existsSync } from 'node:fs'
import puppeteer from 'puppeteer-core'
import { FLAGS, PROGRAMS } from './chromium.mjs'
import { watchConsole } from './console.mjs'

export async function launchFreezable({ flags = [] } = {}) {
  const executablePath = PROGRAMS.find((path) => path && existsSync(path))
  if (!executablePath) throw new Error('no chromium: install it or set CHROMIUM')
  const browser = await puppeteer.launch({ executablePath, args: [...FLAGS, ...flags], headless: true })
  return {
    name: 'freezable',
    version: () => browser.version(),
    newContext: async () => wrapContext(await browser.createBrowserContext()),
    close: () => browser.close(),
  }
}

const wrapContext = (context) => ({
  browser: 'freezable',
  newPage: async () => wrapPage(await context.newPage()),
  setOffline: async () => { throw new Error('offline mode is chromium.mjs\'s') },
  close: () => context.close(),
})

function wrapPage(page) {
  const setState = async (state) => {
    const session = await page.createCDPSession()
    await session.send('Page.setWebLifecycleState', { state })
    await session.detach()
  }
  return {
    browser: 'freezable', log: watchConsole(page), raw: page,
    goto: (url) => page.goto(url),
    reload: () => page.reload(),
    evaluate: (f, argument) => page.evaluate(f, argument),
    screenshot: (path) => page.screenshot({ path }),
    text: (selector) => page.$eval(selector, (element) => element.textContent),
    cdp: () => page.createCDPSession(),
    /** Hides and freezes it: no timer, message or socket of the page or its workers moves. */
    freeze: () => setState('frozen'),
    /** It goes on and is seen again. */
    wake: async () => {
      await setState('active')
      await page.bringToFront()
    },
    close: () => page.close(),
    kill: () => page.close(),
  }
}
