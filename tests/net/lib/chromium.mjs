// Chromium within a device's network namespace, small: one renderer, a small window. `localhost` leads to the segment's
// own address there, so that pages are as secure as on localhost while the bytes between peers cross the segment.
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import { watchConsole } from '../../browser/lib/console.mjs'
import { FLAGS, PROGRAMS } from '../../browser/lib/chromium.mjs'

const SMALL = ['--renderer-process-limit=1', '--window-size=320,240', '--disable-extensions', '--disable-component-extensions-with-background-pages']

/**
 * @param {{name: string}} device whose namespace it runs in
 * @param {string} address where localhost leads
 * @param {{isOnDisk?: boolean}} [options] isOnDisk: one profile on the disk, as people have; in a private context every write to
 *   a file is a message to another process. Then there is one page at a time, and what it stored goes when it closes.
 * @returns {Promise<{newPage(url: string, before?: () => void): Promise<object>, close(): Promise<void>}>} a page that
 *   starts with an empty store; before: runs in it ahead of everything
 */
export async function launchIn(device, address, { isOnDisk = false } = {}) {
  const program = PROGRAMS.find((path) => path && existsSync(path))
  if (!program) throw new Error('no chromium: install it or set CHROMIUM')
  const folder = mkdtempSync(join(tmpdir(), 'samara-device-'))
  const starter = join(folder, 'chromium.sh') // playwright's pipe is inherited through it
  writeFileSync(starter, `#!/bin/sh\nexec ip netns exec ${device.name} ${program} "$@"\n`)
  chmodSync(starter, 0o755)
  const removeFolder = () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  try {
    const options = { executablePath: starter, headless: true, args: [...FLAGS, ...SMALL, `--host-resolver-rules=MAP localhost ${address}`],
      handleSIGINT: false, handleSIGTERM: false, handleSIGHUP: false }
    const browser = isOnDisk ? await chromium.launchPersistentContext(join(folder, 'profile'), options) : await chromium.launch(options)
    const newPage = async (url, before) => {
      const context = isOnDisk ? browser : await browser.newContext()
      const page = await context.newPage()
      const log = watchConsole(page)
      if (before) await page.addInitScript(before)
      await page.goto(url)
      return {
        browser: 'chromium', log, raw: page, evaluate: (f, argument) => page.evaluate(f, argument),
        screenshot: (path) => page.screenshot({ path }), close: () => isOnDisk ? closeEmpty(page, url) : context.close(),
      }
    }
    return { newPage, close: () => browser.close().finally(removeFolder) }
  } catch (error) {
    removeFolder()
    throw error
  }
}

/** Closes a page and deletes what its origin stored. */
async function closeEmpty(page, url) {
  const client = await page.context().newCDPSession(page)
  await page.goto('about:blank') // nothing holds files open any more
  await client.send('Storage.clearDataForOrigin', { origin: new URL(url).origin, storageTypes: 'all' })
  await page.close()
}

/** What listens on loopback here can be reached at the segment's address too, by the same port. */
export async function openTo(address, port) {
  const sockets = new Set()
  const server = createServer((socket) => {
    const other = connect(port, '127.0.0.1')
    socket.pipe(other).pipe(socket)
    for (const [one, twin] of [[socket, other], [other, socket]]) {
      sockets.add(one)
      one.on('error', () => twin.destroy()).on('close', () => sockets.delete(one) && twin.destroy())
    }
  })
  await new Promise((resolve, reject) => server.once('error', reject).listen(port, address, resolve))
  return async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => server.close(resolve))
  }
}
