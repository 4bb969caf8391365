// A lost engine: calls in flight say so, a new one starts from the journal, and everything alive goes on.
import assert from 'node:assert/strict'
import { digestOf, KiB } from '../lib/data.mjs'
import { samaraPage } from '../lib/pages.mjs'
import { describe, test } from '../lib/runner.mjs'

describe('restart')

/** An input that no engine knows: the pump gives up, as after a trap. */
const crash = (page) => page.evaluate(() => sm.samara.bridge.post({ t: 'in', kind: 999, handle: 0 }))

test('calls in flight reject with engine-restarted, items and shares come back, the share serves again', async (t) => {
  const file = { name: 'again.bin', seed: 801, size: 40 * KiB }
  const [sender, receiver] = await Promise.all([samaraPage(t), samaraPage(t)])
  const before = await sender.evaluate(async (given) => {
    window.kept = await sm.samara.save(new Blob(['kept']), { name: 'kept.txt' })
    window.shared = await sm.samara.share(kit.file(given), { encrypt: false })
    return { item: kept.id, url: shared.url }
  }, file)
  const calls = await sender.evaluate(async () => {
    const waiting = sm.samara.receive(`magnet:?xt=urn:btih:${'d4'.repeat(20)}`)
    await kit.until(() => waiting.snapshot.state !== 'starting')
    window.waiting = waiting
    sm.samara.bridge.post({ t: 'in', kind: 999, handle: 0 })
    const outcome = await kit.settle(sm.samara.items())
    const later = await kit.settle(sm.samara.items())
    return { outcome: outcome.error, later: later.value?.map((item) => item.id) }
  })
  assert.equal(calls.outcome?.code, 'engine-restarted')
  assert.equal(calls.outcome?.retryable, true)
  assert.deepEqual(calls.later, [before.item])
  const item = await receiver.evaluate((link) => sm.receiveAll({ link }), before.url)
  assert.equal(item.files[0].sha256, digestOf(file))
  const alive = await sender.evaluate(async () => {
    await kit.until(() => shared.snapshot.uploadedBytes > 0, 5_000, 'the live object follows')
    return { kept: await (await kept.blob()).text(), waiting: waiting.snapshot.state, unhandled: kit.unhandled }
  })
  assert.deepEqual([alive.kept, alive.unhandled], ['kept', []])
  assert.match(alive.waiting, /finding|waiting/)
})

test('an engine that is lost again and again stays closed, and says why', async (t) => {
  const page = await samaraPage(t)
  for (let i = 0; i < 3; i++) {
    await crash(page)
    await page.evaluate(() => kit.until(async () => (await kit.settle(sm.samara.items())).value))
  }
  await crash(page)
  await page.evaluate(() => kit.sleep(200))
  const seen = await page.evaluate(async () => {
    const transfer = sm.samara.receive('magnet:?xt=urn:btih:' + 'e5'.repeat(20))
    return [(await kit.settle(sm.samara.items())).error?.code, (await kit.settle(transfer.done)).error?.code, (await kit.settle(sm.samara.close())).error]
  })
  assert.deepEqual(seen, ['engine-restarted', 'engine-restarted', undefined])
})
