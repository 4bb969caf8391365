// A page that the browser puts to sleep, and what both sides say meanwhile and afterwards.
import assert from 'node:assert/strict'
import { digestOf, KiB } from '../lib/data.mjs'
import { samaraPage } from '../lib/pages.mjs'
import { describe, test } from '../lib/runner.mjs'

describe('frozen')

const FROZEN_MS = 20_000
const RESUMED_MS = 5_000

test('reason page-frozen: a sender frozen 1 s after share() serves within 5 s of its return; the receiver says nothing false', async (t) => {
  const files = [{ name: 'sleep.bin', seed: 901, size: 256 * KiB }]
  const [sender, receiver] = await Promise.all([samaraPage(t, { browser: 'freezable' }), samaraPage(t)])
  const { url } = await sender.evaluate((what) => sm.share(what), { files })
  await new Promise((resolve) => setTimeout(resolve, 1_000))
  await sender.freeze()
  await receiver.evaluate((link) => {
    const transfer = sm.receive({ link })
    window.said = []
    transfer.addEventListener('change', ({ detail }) => {
      const now = `${detail.state} ${detail.reason?.code ?? ''}`.trim()
      if (window.said.at(-1) !== now) window.said.push(now)
    })
  }, url)
  await new Promise((resolve) => setTimeout(resolve, FROZEN_MS))
  const frozen = await receiver.evaluate(() => ({ said: window.said.slice(), verified: sm.progress().verifiedBytes }))
  console.log(`       while frozen: ${frozen.said.join(', ')}`)
  assert.equal(frozen.verified, 0)
  const resumedAt = performance.now()
  await sender.wake()
  await receiver.evaluate((ms) => kit.until(() => sm.progress().verifiedBytes > 0, ms, 'bytes'), RESUMED_MS)
  console.log(`       first bytes ${Math.round(performance.now() - resumedAt)} ms after the return`)
  const item = await receiver.evaluate(async () => sm.plainItem(await sm.transfer.done))
  assert.equal(item.files[0].sha256, digestOf(files[0]))
  const said = await receiver.evaluate(() => window.said)
  const truthful = /^(starting|finding|connecting|receiving|done|waiting (no-one-has-it|sender-left))$/
  assert.deepEqual(said.filter((one) => !truthful.test(one)), [], `said: ${said.join(', ')}`)
  const reason = await sender.evaluate(() => {
    const found = sm.samara.snapshot.reasons.find(({ code }) => code === 'page-frozen')
    return found && { ago_ms: Date.now() - found.since.getTime() }
  })
  assert.ok(reason?.ago_ms >= FROZEN_MS, 'the sender says since when it was frozen')
}, { timeout_ms: 60_000 })
