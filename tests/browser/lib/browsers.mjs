// One Chromium, one Firefox and one Chromium that can freeze its pages for a whole run, started when first needed. Every case gets contexts of its own.
//
// Browser: {name, version(), newContext(), close()}       Context: {browser, newPage(), setOffline(bool), close()}
// Page: {browser, log, goto(url), reload(), evaluate(f, argument), screenshot(path), text(selector), close(), kill()}
import { launchChromium } from './chromium.mjs'
import { launchFirefox } from './firefox.mjs'
import { launchFreezable } from './freezable.mjs'

const LAUNCH = { chromium: launchChromium, firefox: launchFirefox, freezable: launchFreezable }

export class Browsers {
  #running = new Map()

  /** @param {'chromium' | 'firefox' | 'freezable'} name */
  get(name) {
    if (!this.#running.has(name)) this.#running.set(name, LAUNCH[name]())
    return this.#running.get(name)
  }

  /** A browser with a profile folder that outlives it. The caller closes it. */
  launch(name, options) { return LAUNCH[name](options) }

  /** Never throws: a browser that is gone is closed. */
  async close() {
    const closing = [...this.#running.values()].map(async (starting) => (await starting).close())
    this.#running.clear()
    await Promise.allSettled(closing)
  }
}
