// Firefox behind the small interface of browsers.mjs, by puppeteer-core over WebDriver BiDi.
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import puppeteer from 'puppeteer-core'
import { watchConsole } from './console.mjs'

const PREFERENCES = {
  'media.peerconnection.ice.loopback': true,
  'media.peerconnection.ice.obfuscate_host_addresses': false,
  'media.autoplay.default': 0,
  'network.connectivity-service.enabled': false,
  'network.captive-portal-service.enabled': false,
  'app.update.enabled': false,
  'datareporting.policy.dataSubmissionEnabled': false,
  'browser.safebrowsing.downloads.enabled': false,
  'dom.push.enabled': false,
}

const PROGRAMS = [process.env.FIREFOX, '/usr/bin/firefox-esr', '/usr/bin/firefox']

/** @param {{profile?: string, preferences?: object}} options profile: a folder that outlives the browser (restart tests) */
export async function launchFirefox({ profile, preferences = {} } = {}) {
  const executablePath = PROGRAMS.find((path) => path && existsSync(path))
  if (!executablePath) throw new Error('no firefox: install it or set FIREFOX')
  const home = mkdtempSync(join(tmpdir(), 'samara-firefox-'))
  const browser = await puppeteer.launch({
    browser: 'firefox', executablePath, headless: true, extraPrefsFirefox: { ...PREFERENCES, ...preferences }, userDataDir: profile,
    env: { ...process.env, HOME: home, MOZ_HEADLESS: '1' },
  })
  const isDefault = !!profile || Object.keys(preferences).length > 0 // the other contexts do not follow every preference
  const close = async () => {
    await browser.close()
    rmSync(home, { recursive: true, force: true })
  }
  return {
    name: 'firefox',
    version: () => browser.version(),
    newContext: async () => wrapContext(isDefault ? browser.defaultBrowserContext() : await browser.createBrowserContext(), isDefault),
    close,
  }
}

function wrapContext(context, isDefault) {
  return {
    browser: 'firefox',
    newPage: async () => wrapPage(await context.newPage()),
    setOffline: async () => { throw new Error('no offline mode in Firefox: stop the servers') },
    close: async () => { if (!isDefault) await context.close() },
  }
}

function wrapPage(page) {
  const log = watchConsole(page)
  return {
    browser: 'firefox', log, raw: page,
    goto: (url) => page.goto(url),
    reload: () => page.reload(),
    evaluate: (f, argument) => page.evaluate(f, argument),
    screenshot: (path) => page.screenshot({ path }),
    text: (selector) => page.$eval(selector, (element) => element.textContent),
    close: () => page.close(),
    kill: () => page.close(),
  }
}
