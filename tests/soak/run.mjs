// What takes long in real browsers: node tests/soak/run.mjs [--kills N] [--seed N] [--only PATTERN]. Prints what it measured;
// fails when something was lost or a promise about memory is broken.
import assert from 'node:assert/strict'
import { describe, main, test } from '../browser/lib/runner.mjs'
import { openSamara, ready } from '../browser/lib/pages.mjs'
import { killAgainAndAgain } from './kills.mjs'
import { bigFile, giveFile, measureWorkers, MiB, watchMemory } from './memory.mjs'

const option = (name, otherwise) => {
  const at = process.argv.indexOf(name)
  return at > 0 ? process.argv[at + 1] : otherwise
}
const kills = Number(option('--kills', 200))
const seed = Number(option('--seed', Date.now() % 1_000_000))
const only = option('--only')

const PAGE = '/tests/browser/pages/samara.html'
const KILL_TIMEOUT_MS = 30_000 // of one kill, its reopening and its share of the transfer
const WORKER_BYTES_MAX = 64 * MiB // promised, heap and wasm together, whatever the size
const PAGE_GROWTH_BYTES_MAX = 32 * MiB // "flat": batches of channel messages on their way to the worker
const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0
const mib = (bytes) => `${(bytes / MiB).toFixed(1)} MiB`

describe('soak')
console.log(`soak: seed ${seed}, ${kills} kills`)

test(`${kills} random kills over transfers with two receivers: nothing is lost`, async (t) => {
  const { byHow, files, fetchedAgain } = await killAgainAndAgain(t, { kills, seed, say: (line) => console.log(`  ${line}`) })
  console.log(`  kills ${JSON.stringify(byHow)}; files whole in the end: ${files} × 2; losses: 0`)
  console.log(`  verified bytes fetched again after a kill: median ${mib(median(fetchedAgain))}, most ${mib(Math.max(...fetchedAgain))}, in all ${mib(fetchedAgain.reduce((a, b) => a + b, 0))}`)
}, { timeout_ms: kills * KILL_TIMEOUT_MS })

async function memoryPage(t) {
  const page = await t.page(PAGE, { browser: 'freezable' })
  await ready(page)
  await page.evaluate(measureWorkers)
  await openSamara(t, page, { log: 'warn' })
  return page
}

/** Shares a file of that size from the disk; the page, its link, and what it took. */
async function shareBig(t, size, options) {
  const file = bigFile(size, seed)
  t.defer(async () => file.remove())
  const page = await memoryPage(t)
  await giveFile(page, file.path)
  const memory = await watchMemory(page)
  const start = performance.now()
  const { url } = await page.evaluate(async (given) => {
    const share = await sm.samara.share(window.big, given)
    return { url: share.url }
  }, options)
  return { page, url, ms: performance.now() - start, memory }
}

function report(what, { page, workers, wasm, pageAtStart }, ms, size) {
  console.log(`  ${what}: workers ${mib(workers)} and wasm ${mib(wasm)} at most, page ${mib(page)} at most (${mib(pageAtStart)} before), ${(size / 1e3 / ms).toFixed(0)} MB/s`)
}

function check({ page, workers, wasm, pageAtStart }) {
  assert.ok(workers + wasm <= WORKER_BYTES_MAX, `the workers held ${mib(workers)} and ${mib(wasm)} of wasm`)
  assert.ok(page - pageAtStart <= PAGE_GROWTH_BYTES_MAX, `the page grew by ${mib(page - pageAtStart)}`)
}

for (const encrypt of [true, false]) {
  test(`sharing a 2 GiB file ${encrypt ? 'sealed' : 'open'} takes no more memory than a small one`, async (t) => {
    const size = 2048 * MiB
    const { ms, memory } = await shareBig(t, size, { encrypt })
    const peak = await memory.stop()
    report(`share 2 GiB ${encrypt ? 'sealed' : 'open'}`, peak, ms, size)
    check(peak)
  }, { timeout_ms: 300_000 })

  test(`receiving 1 GiB ${encrypt ? 'sealed' : 'open'}: flat memory, the same bytes, and no second copy`, async (t) => {
    const size = 1024 * MiB
    const { url, memory: sending } = await shareBig(t, size, { encrypt })
    const receiver = await memoryPage(t)
    const memory = await watchMemory(receiver)
    const start = performance.now()
    const got = await receiver.evaluate(async (link) => {
      const item = await sm.samara.receive(link).done
      const { size: bytes } = await item.blob()
      const { storage } = await sm.samara.health()
      return { bytes, kind: storage.kind, used: (await navigator.storage.estimate()).usage }
    }, url)
    const ms = performance.now() - start
    const peak = await memory.stop()
    report(`receive 1 GiB ${encrypt ? 'sealed' : 'open'}`, peak, ms, size)
    report('  its sender', await sending.stop(), ms, size)
    assert.equal(got.bytes, size)
    assert.equal(got.kind, 'opfs')
    assert.ok(got.used < 1.1 * size, `the origin uses ${mib(got.used)}`)
    check(peak)
  }, { timeout_ms: 600_000 })
}

await main(only && new RegExp(only, 'i'))
