// Reading what is still arriving: the bytes that the reader needs next come first; and what bytesPerSecond shows meanwhile.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { bytesOf, KiB, MiB } from '../lib/data.mjs'
import { samaraPage } from '../lib/pages.mjs'
import { describe, test } from '../lib/runner.mjs'

describe('playback')

const RATE = 400 * KiB // per second, of the sender

async function slowPair(t, spec) {
  const [sender, receiver] = await Promise.all([samaraPage(t, { open: { limits: { uploadBytesPerSecond: RATE } } }), samaraPage(t)])
  return { sender, receiver, ...await sender.evaluate((what) => sm.share(what), { files: [spec] }) }
}

test('stream() of a transfer gets its first bytes long before the rest is there, then all in order', async (t) => {
  const spec = { name: 'long.bin', seed: 971, size: 4 * MiB }
  const { receiver, url } = await slowPair(t, spec)
  const seen = await receiver.evaluate(async (link) => {
    const transfer = sm.receive({ link })
    const parts = []
    let early
    let bytes = 0
    for (const reader = transfer.stream(0).getReader(); ;) {
      const { done, value } = await reader.read()
      if (done) break
      parts.push(value)
      bytes += value.length
      if (bytes >= 256 * 1024) early ??= { bytes, verified: sm.progress().verifiedBytes }
    }
    return { early, sha256: await kit.sha256(new Blob(parts)), state: (await transfer.done).origin }
  }, url)
  assert.ok(seen.early.verified < spec.size / 2, `256 KiB could be read when ${seen.early.verified} bytes were there`)
  assert.equal(seen.sha256, createHash('sha256').update(bytesOf(spec)).digest('hex'))
}, { timeout_ms: 45_000 })

test('a range far ahead is fetched at once, and what lies before it comes too', async (t) => {
  const spec = { name: 'jump.bin', seed: 972, size: 4 * MiB }
  const { receiver, url } = await slowPair(t, spec)
  const seen = await receiver.evaluate(async (link) => {
    const transfer = sm.receive({ link })
    await kit.until(() => sm.progress().verifiedBytes > 0)
    const start = performance.now()
    const { length } = await new Response(transfer.stream(0, { start: 3_500_000, end: 3_600_000 })).bytes()
    return { length, ms: performance.now() - start, verified: sm.progress().verifiedBytes }
  }, url)
  assert.equal(seen.length, 100_000)
  assert.ok(seen.ms < 4_000 && seen.verified < spec.size * 3 / 4, JSON.stringify(seen))
}, { timeout_ms: 45_000 })

test('bytesPerSecond is the pace while bytes move, never a multiple of it, and 0 when nothing moves', async (t) => {
  const { sender, receiver, url } = await slowPair(t, { name: 'pace.bin', seed: 973, size: 4 * MiB })
  const seen = await receiver.evaluate(async (link) => {
    const transfer = sm.receive({ link })
    const shown = []
    let first
    transfer.addEventListener('change', ({ detail }) => {
      if (!detail.verifiedBytes || detail.state !== 'receiving') return
      first ??= { at: performance.now(), bytes: detail.verifiedBytes }
      const ms = performance.now() - first.at
      if (ms > 1_500) shown.push([detail.bytesPerSecond, Math.round((detail.verifiedBytes - first.bytes) * 1000 / ms)])
    })
    await kit.until(() => sm.progress().verifiedBytes > 2_500_000, 20_000)
    await transfer.pause()
    await kit.sleep(600)
    return { shown, paused: transfer.snapshot.bytesPerSecond }
  }, url)
  assert.ok(seen.shown.length > 5)
  assert.deepEqual(seen.shown.filter(([rate, mean]) => rate < mean / 3 || rate > mean * 2), [], JSON.stringify(seen.shown))
  assert.equal(seen.paused, 0)
  await sender.evaluate(() => kit.until(async () => (await sm.samara.shares())[0].stats().bytesPerSecond === 0, 15_000, 'a share that rests'))
}, { timeout_ms: 45_000 })
