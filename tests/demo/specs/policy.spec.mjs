// What a page of the app may run: it says so in its headers and in itself, its own scripts live with it, and what a
// stranger could smuggle in is refused.
import assert from 'node:assert/strict'
import { fileURLToPath } from 'node:url'
import { startSite } from '../../../demos/site.mjs'
import { headerPolicy, metaPolicy } from '../../../demos/voice-memos/policy.mjs'
import { describe, test } from '../../browser/lib/runner.mjs'
import { hostedApp, kept, ready, until } from '../lib/host.mjs'

describe('policy')

const probe = fileURLToPath(new URL('../pages/update_probe.js', import.meta.url))
const MICROPHONE = ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream']
const STRICT = [/default-src 'none'/, /script-src 'self' 'wasm-unsafe-eval'(;|$)/, /style-src 'self'(;|$)/, /worker-src 'self'(;|$)/,
  /base-uri 'none'/, /form-action 'none'/, /require-trusted-types-for 'script'/, /trusted-types default lit-html(;|$)/]

async function site(t) {
  const started = await startSite({ port: 0 })
  t.defer(() => started.close())
  return started
}

/** Notes every violation in a page from before its first script; pages open after this. */
const watchViolations = (page) => page.raw.addInitScript(() => {
  window.violations = []
  addEventListener('securitypolicyviolation', (event) => {
    window.violations.push(`${event.effectiveDirective} ${event.blockedURI} ${event.sample} ${event.sourceFile}:${event.lineNumber}`)
  })
})

async function assertNoViolation(page) {
  assert.deepEqual(await page.evaluate(() => window.violations), [])
  assert.deepEqual(page.log.filter((line) => /content security policy|trusted ?type|refused to/i.test(line)), [])
}

test('the server sends the policy with pages, scripts and workers, and the pages have it in themselves', async (t) => {
  const { url } = await site(t)
  for (const path of ['', 'share/', 'app.js', 'samara/worker.js', 'samara/password.js', 'sw.js']) {
    const answer = await fetch(url + path)
    const sent = answer.headers.get('content-security-policy') ?? ''
    for (const rule of STRICT) assert.match(sent, rule, path)
    assert.match(sent, /frame-ancestors 'self'/)
    assert.equal(sent, headerPolicy())
    assert.equal(answer.headers.get('referrer-policy'), 'no-referrer')
    if (path === '' || path === 'share/') assert.ok((await answer.text()).includes(`content="${metaPolicy}"`), 'as the meta element')
  }
  for (const rule of STRICT) assert.match(metaPolicy, rule)
})

/** Tries what an attacker would, in the page. What came of each: "ran", or the name of the error. */
const attempts = (page) => page.evaluate(async () => {
  const outcome = {}
  const attempt = async (name, f) => {
    window.ran = false
    const error = await Promise.resolve().then(f).then(() => undefined, (reason) => reason)
    await new Promise((resolve) => setTimeout(resolve, 50)) // the time in which a script that was let in would run
    outcome[name] = window.ran ? 'ran' : error?.name ?? 'did not run'
  }
  await attempt('inline script', () => {
    const script = document.createElement('script')
    script.append('window.ran = true')
    document.body.append(script)
  })
  await attempt('script address', () => {
    const script = document.createElement('script')
    script.src = 'data:text/javascript,window.ran=true'
    document.body.append(script)
  })
  // eslint-disable-next-line no-eval
  await attempt('eval', () => (0, eval)('window.ran = true'))
  await attempt('new Function', () => new Function('window.ran = true')())
  await attempt('markup', () => { document.body.insertAdjacentHTML('beforeend', '<img src=x onerror="window.ran=true">') })
  await attempt('innerHTML', () => { document.createElement('div').innerHTML = '<b>x</b>' })
  await attempt('own script as worker', () => { new Worker(new URL('app.js', document.baseURI)) })
  await attempt('foreign worker', () => { new Worker('https://example.org/worker.js') })
  await attempt('blob worker', () => { new Worker(URL.createObjectURL(new Blob(['1']))) })
  await attempt('package worker with a query', () => { new Worker(new URL('samara/worker.js?x', document.baseURI)) })
  await attempt('password worker with a query', () => { new Worker(new URL('samara/password.js?x', document.baseURI)) })
  await attempt('foreign service worker', () => navigator.serviceWorker.register('./samara/worker.js'))
  await attempt('service worker as worker', () => { new Worker(new URL('sw.js', document.baseURI)) })
  await attempt('password worker as service worker', () => navigator.serviceWorker.register('./samara/password.js'))
  await attempt('second policy', () => { trustedTypes.createPolicy('mine', {}) })
  await attempt('second default policy', () => { trustedTypes.createPolicy('default', {}) })
  await attempt('base', () => {
    document.head.append(Object.assign(document.createElement('base'), { href: 'https://example.org/' }))
    window.ran = document.baseURI.startsWith('https://example.org')
  })
  await attempt('style', () => {
    document.body.setAttribute('style', 'color: rgb(1, 2, 3)')
    window.ran = getComputedStyle(document.body).color === 'rgb(1, 2, 3)'
  })
  await attempt('another host\'s picture', () => new Promise((resolve, reject) => {
    const image = new Image()
    image.onload = () => { window.ran = true; resolve() }
    image.onerror = () => reject(new TypeError('refused'))
    image.src = 'https://example.org/x.png'
  }))
  return outcome
})

for (const browser of ['chromium', 'firefox']) {
  for (const headers of [undefined, { 'content-security-policy': headerPolicy() }]) {
    test(`${browser}: with the policy in ${headers ? 'headers' : 'the page alone'}, foreign scripts, workers and markup are refused`, async (t) => {
      const app = await hostedApp(t, { entry: probe, headers })
      const page = await t.page('', { browser, origin: app.url })
      await ready(page)
      await kept(page)
      assert.deepEqual(await attempts(page), {
        'inline script': 'did not run', 'script address': 'TypeError', eval: 'EvalError', 'new Function': 'EvalError',
        markup: 'TypeError', innerHTML: 'TypeError',
        'own script as worker': 'TypeError', 'foreign worker': 'TypeError', 'blob worker': 'TypeError',
        'package worker with a query': 'TypeError', 'password worker with a query': 'TypeError', 'foreign service worker': 'TypeError',
        'service worker as worker': 'TypeError', 'password worker as service worker': 'TypeError',
        'second policy': 'TypeError', 'second default policy': 'TypeError',
        base: 'did not run', style: 'did not run', 'another host\'s picture': 'TypeError',
      })
      assert.equal(await page.evaluate(async () => (await navigator.serviceWorker.getRegistrations()).length), 1)
    })
  }
}

/** Opens the app with violations noted. */
async function openApp(t, context, url) {
  const page = await context.newPage()
  t.pages.push(page)
  await watchViolations(page)
  await page.goto(url)
  await ready(page)
  return page
}

const tap = (page, selector) => page.raw.click(selector)

test('record, share with a password, receive and play: nothing of it breaks the policy', async (t) => {
  const { url } = await site(t)
  const browser = await t.browsers.launch('chromium', { flags: MICROPHONE })
  t.defer(() => browser.close())
  const sender = await openApp(t, await browser.newContext(), url)
  await tap(sender, '#record')
  await until(sender, () => samaraDemo.state.recorder.step === 'recording' && samaraDemo.state.recorder.seconds > 0.5)
  await tap(sender, '#record-stop')
  await until(sender, () => !!document.querySelector('.memo'))
  await tap(sender, '.share-button')
  const before = await until(sender, () => document.querySelector('#share-link')?.value)
  await tap(sender, '#share-options')
  await sender.raw.fill('#share-password', 'kept within the policy')
  await tap(sender, '#share-renew-make')
  const link = await until(sender, (old) => {
    const value = document.querySelector('#share-link')?.value
    return value !== old && value
  }, before)
  const receiver = await openApp(t, await browser.newContext(), link)
  await tap(receiver, '#receive-accept')
  await until(receiver, () => document.querySelector('#receive-password'))
  await receiver.raw.fill('#receive-password', 'kept within the policy')
  await tap(receiver, '#password-open')
  await until(receiver, () => document.body.dataset.step === 'arrived')
  await until(sender, () => document.querySelector('#share-sheet')?.dataset.state === 'delivered')
  await tap(receiver, '.play-button')
  await until(receiver, () => samaraDemo.state.player?.state === 'playing')
  await kept(receiver)
  for (const page of [sender, receiver]) await assertNoViolation(page)
  await sender.evaluate(() => document.body.setAttribute('style', 'color: red'))
  await until(sender, () => window.violations.length > 0) // so one would have been seen
}, { timeout_ms: 60_000 })
