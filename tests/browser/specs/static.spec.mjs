// The package as plain static files: any sub-path, no bundler, a strict content security policy, correct first visits.
import assert from 'node:assert/strict'
import { describe, ROOT, test } from '../lib/runner.mjs'

describe('static')

const PREFIX = '/some/sub/path/'
const POLICY = "script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; default-src 'self'; connect-src 'self' ws://127.0.0.1:*"

const serve = (t) => {
  const headers = { 'content-security-policy': POLICY }
  return t.ownServer({ mounts: [
    { prefix: PREFIX, dir: `${ROOT}tests/browser/pages/static`, headers }, { prefix: `${PREFIX}lib/`, dir: `${ROOT}js/dist`, headers }] })
}

async function result(page) {
  for (const end = Date.now() + 20_000; Date.now() < end;) {
    const text = await page.text('#result')
    if (text) return JSON.parse(text)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`no result; the page said:\n${page.log.join('\n')}`)
}

for (const browser of ['chromium', 'firefox']) {
  test(`${browser}: shared and received, with a password, under a sub-path with a strict policy`, async (t) => {
    const server = await serve(t)
    const sender = await t.page(`${PREFIX}?tracker=${encodeURIComponent(t.tracker.url)}`, { browser, origin: server.origin })
    const shared = await result(sender)
    assert.deepEqual(shared.violations, [], JSON.stringify(shared))
    assert.ok(shared.url?.startsWith(`${server.origin}${PREFIX}#seeds=`), JSON.stringify(shared))
    const receiver = await t.page(shared.url, { browser, origin: '' })
    assert.deepEqual(await result(receiver), { text: 'hello from a static host', name: 'hello.txt', violations: [] })
    const outside = server.requests.filter((url) => !url.startsWith(PREFIX) && url !== '/favicon.ico')
    assert.deepEqual(outside, [], 'nothing is asked for outside of the sub-path')
  }, { timeout_ms: 45_000 })
}
