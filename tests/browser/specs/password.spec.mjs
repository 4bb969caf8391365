// Sealed shares that need a password, and links that are not quite right: what is told apart, and what a retry costs.
import assert from 'node:assert/strict'
import { digestOf, KiB, MiB } from '../lib/data.mjs'
import { reload, samaraPage } from '../lib/pages.mjs'
import { describe, test } from '../lib/runner.mjs'

describe('password')

const PASSWORD = 'pa\u0308ssword ☂' // not in form NFC
const file = (seed, size) => ({ name: `secret ${seed}.bin`, seed, size, type: 'application/x-thing' })

async function pair(t, spec, { from = 'chromium', to = 'chromium', options = { password: PASSWORD } } = {}) {
  const [sender, receiver] = await Promise.all([samaraPage(t, { browser: from }), samaraPage(t, { browser: to })])
  return { sender, receiver, ...await sender.evaluate((given) => sm.seal(given), { files: [spec], options }) }
}
const uploaded = (sender) => sender.evaluate(async () => (await sm.samara.shares())[0].stats().uploadedBytes)

test('needed, wrong, wrong again, right: a retry fetches nothing again, not even with the sender gone', async (t) => {
  const spec = file(1101, 5_000) // all in the piece that holds meta
  const { sender, receiver, url } = await pair(t, spec)
  assert.match(url, /&k=[\w-]{43}&p=1$/)
  const needed = await receiver.evaluate(async (link) => {
    const transfer = sm.receive({ link })
    window.errors = []
    transfer.addEventListener('error', ({ detail }) => window.errors.push(detail.code))
    const outcomes = await Promise.all([transfer.done, transfer.metadata].map((promise) => kit.settle(promise)))
    return { codes: outcomes.map(({ error }) => error?.code), progress: sm.progress(), listed: (await sm.samara.transfers()).map(({ snapshot }) => snapshot.state), items: (await sm.samara.items()).length }
  }, url)
  assert.deepEqual([needed.codes, needed.progress.state, needed.progress.error.code], [['password-needed', 'password-needed'], 'locked', 'password-needed'])
  assert.deepEqual([needed.listed, needed.items, needed.progress.totalBytes], [['locked'], 0, undefined])
  const wrong = await receiver.evaluate(async () => {
    const verdicts = []
    for (const password of ['one', 'two']) {
      const start = performance.now()
      await sm.transfer.resume({ password })
      const during = sm.transfer.snapshot.error?.code
      const outcome = await kit.settle(sm.transfer.done)
      verdicts.push({ during, code: outcome.error?.code, ms: Math.round(performance.now() - start) })
    }
    return { verdicts, state: sm.progress().state, errors: window.errors, unhandled: kit.unhandled }
  })
  console.log(`       verdicts after ${wrong.verdicts.map(({ ms }) => ms).join(' and ')} ms`)
  assert.deepEqual(wrong.verdicts.map(({ during, code }) => [during, code]), [[undefined, 'wrong-password'], [undefined, 'wrong-password']])
  assert.deepEqual([wrong.state, wrong.errors, wrong.unhandled], ['locked', ['password-needed', 'wrong-password', 'wrong-password'], []])
  await sender.kill()
  const item = await receiver.evaluate(async () => {
    await sm.transfer.resume({ password: 'p\u00e4ssword ☂' })
    return sm.plainItem(await sm.transfer.done)
  })
  assert.equal(item.files[0].sha256, digestOf(spec))
}, { timeout_ms: 45_000 })

test('a function is asked until it is right; of the content nothing is fetched before', async (t) => {
  const spec = file(1102, MiB)
  const { sender, receiver, url } = await pair(t, spec, { from: 'firefox' })
  await receiver.evaluate((link) => {
    window.asked = []
    sm.receive({ link, options: { password: (attempt) => new Promise((resolve) => window.asked.push({ attempt, resolve })) } })
  }, url)
  const ask = (count, password) => receiver.evaluate(async (given) => {
    await kit.until(() => window.asked.length === given.count, 10_000, 'the question')
    await kit.sleep(300)
    window.asked.at(-1).resolve(given.password)
    return { attempt: window.asked.at(-1).attempt, state: sm.progress().state, hasError: !!sm.progress().error }
  }, { count, password })
  assert.deepEqual(await ask(1, 'wrong'), { attempt: 1, state: 'locked', hasError: false })
  assert.ok(await uploaded(sender) <= 16 * KiB)
  assert.deepEqual(await ask(2, 'p\u00e4ssword ☂'), { attempt: 2, state: 'locked', hasError: false })
  const item = await receiver.evaluate(async () => sm.plainItem(await sm.transfer.done))
  assert.equal(item.files[0].sha256, digestOf(spec))
  assert.ok(await uploaded(sender) < spec.size * 1.2)
}, { timeout_ms: 45_000 })

test('a wrong password costs one piece; giving up leaves the transfer locked, over a reload too; then the right one as a string', async (t) => {
  const spec = file(1103, MiB)
  const { sender, receiver, url } = await pair(t, spec, { to: 'firefox' })
  const seen = await receiver.evaluate(async (link) => {
    const passwords = ['wrong']
    const outcome = await kit.settle(sm.receive({ link, options: { password: async () => passwords.shift() } }).done)
    return { code: outcome.error?.code, state: sm.progress().state }
  }, url)
  assert.deepEqual(seen, { code: 'wrong-password', state: 'locked' })
  assert.ok(await uploaded(sender) <= 16 * KiB, 'more than the piece with meta was fetched')
  await reload(t, receiver)
  const after = await receiver.evaluate(async () => {
    const [transfer] = await sm.samara.transfers()
    const first = await kit.settle(transfer.done)
    await transfer.resume({ password: 'p\u00e4ssword ☂' })
    return { first: first.error?.code, sha256: (await sm.plainItem(await transfer.done)).files[0].sha256 }
  })
  assert.match(after.first, /^(password-needed|wrong-password)$/)
  assert.equal(after.sha256, digestOf(spec))
  const other = await samaraPage(t)
  const item = await other.evaluate((given) => sm.receiveAll(given), { link: url, options: { password: PASSWORD } })
  assert.equal(item.files[0].sha256, digestOf(spec))
}, { timeout_ms: 60_000 })

test('the same key, bytes and password are the same link, and the password is asked for again where it was not kept', async (t) => {
  const page = await samaraPage(t)
  const urls = await page.evaluate(async () => {
    const share = async (password) => (await sm.samara.share(new Blob(['x']), { key: 'k', ...(password && { password }) })).url
    return [await share('one'), await share('one'), await share('two'), await share()]
  })
  assert.equal(urls[0], urls[1])
  assert.equal(new Set(urls).size, 3, urls.join('\n'))
  assert.deepEqual(urls.map((url) => url.endsWith('&p=1')), [true, true, true, false])
})

test('wrong-key, before any piece is fetched; a truncated one is a bad link', async (t) => {
  const { sender, receiver, url } = await pair(t, file(1105, 100 * KiB), { options: {} })
  const key = /&k=([\w-]{43})/.exec(url)[1]
  const flipped = url.replace(key, (key[9] === 'A' ? 'B' : 'A') && key.slice(0, 9) + (key[9] === 'A' ? 'B' : 'A') + key.slice(10))
  const seen = await receiver.evaluate(async ({ wrong, short }) => {
    const one = await kit.settle(sm.receive({ link: wrong }).done)
    const state = sm.progress().state
    const two = await kit.settle(sm.receive({ link: short }).done)
    return { codes: [one.error?.code, two.error?.code], why: two.error?.params?.why, state, items: (await sm.samara.items()).length }
  }, { wrong: flipped, short: url.slice(0, -1) })
  assert.deepEqual(seen, { codes: ['wrong-key', 'bad-link'], why: 'truncated', state: 'failed', items: 0 })
  assert.equal(await uploaded(sender), 0)
})

test('without the module a password cannot be tried: it is no wrong password, and the same link works later', async (t) => {
  const spec = file(1106, 5_000)
  const { receiver, url } = await pair(t, spec)
  const seen = await receiver.evaluate(async ({ link, password }) => {
    const Real = window.Worker
    window.Worker = class extends Real { constructor(script, options) { super(String(script).replace('password.js', 'nowhere.js'), options) } }
    const outcome = await kit.settle(sm.receive({ link, options: { password } }).done)
    window.Worker = Real
    await sm.transfer.resume({ password })
    return { code: outcome.error?.code, later: (await sm.plainItem(await sm.transfer.done)).files[0].sha256 }
  }, { link: url, password: PASSWORD })
  assert.deepEqual(seen, { code: 'unsupported', later: digestOf(spec) })
})
