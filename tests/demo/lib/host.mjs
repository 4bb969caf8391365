// The built app on a static host with no logic of its own: a copy of dist/ under a sub-path, whose files a case may
// change. What a person does who puts the app somewhere: the tracker's address goes into the pages, nothing else.
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { buildApp, writeServiceWorker } from '../../../demos/voice-memos/build.mjs'
import { ROOT } from '../../browser/lib/runner.mjs'

export const PREFIX = '/a/b/'
const PAGES = ['index.html', 'share/index.html']

/**
 * @param {{entry?: string, headers?: Record<string, string>}} options entry: a script of the test instead of the app
 * @returns {Promise<{url: string, dir: string, server: object, version: string, change(file: string, edit: (text: string) => string): Promise<void>,
 *   release(marker: string): Promise<string>}>} release: as a new version of the app would be put there
 */
export async function hostedApp(t, { entry, headers } = {}) {
  const dir = await mkdtemp(join(ROOT, 'build/hosted-'))
  t.defer(() => rm(dir, { recursive: true, force: true }))
  if (entry) await buildApp({ out: dir, entry })
  else await cp(join(ROOT, 'demos/voice-memos/dist'), dir, { recursive: true })
  const change = async (file, edit) => writeFile(join(dir, file), edit(await readFile(join(dir, file), 'utf8')))
  for (const page of PAGES) await change(page, (text) => text.replace('name="samara-trackers" content=""', `name="samara-trackers" content="${t.tracker.url}"`))
  const release = async (marker) => {
    await change('app.js', (text) => `${text.replace(/\nglobalThis\.appVersion=.*$/s, '')}\nglobalThis.appVersion=${JSON.stringify(marker)}`)
    return writeServiceWorker(dir)
  }
  const version = await release('first')
  const server = await t.ownServer({ mounts: [
    { prefix: PREFIX, dir, headers }, { prefix: '/outside.html', dir: join(ROOT, 'tests/browser/pages/blank.html') }] })
  return { url: `${server.origin}${PREFIX}`, dir, server, version, change, release }
}

/** Waits in the page until f() is truthy and resolves with what it is; asked again at each frame's pace, not busily. */
export async function until(page, f, argument, timeout_ms = 15_000) {
  const end = Date.now() + timeout_ms
  for (;;) {
    const found = await page.evaluate(f, argument).catch((error) => {
      if (/context|navigat|destroyed/i.test(String(error))) return undefined // it is between two documents
      throw error
    })
    if (found) return found
    if (Date.now() > end) throw new Error(`never so in ${timeout_ms} ms: ${f}\n${page.log.slice(-20).join('\n')}`)
    await new Promise((resolve) => setTimeout(resolve, 30))
  }
}

/** The app is drawn and its store is open. */
export const ready = (page) => until(page, () => document.body?.dataset.ready === 'yes')

/** The service worker has kept the app and answers for this page. */
export const kept = (page) => page.evaluate(async () => {
  await navigator.serviceWorker.ready
  if (navigator.serviceWorker.controller) return
  await new Promise((resolve) => navigator.serviceWorker.addEventListener('controllerchange', resolve, { once: true }))
})

/** Asks the host for a newer version, as the app does when a person comes back to it. */
export const lookForUpdate = (page) => page.evaluate(async () => {
  await (await navigator.serviceWorker.getRegistration()).update().catch(() => undefined)
})
