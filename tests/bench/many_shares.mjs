// What a page costs that nobody asks for anything: with hundreds of shares at the real tracker, and with none.
import { browserTime } from './processor_time.mjs'

const PAGE = 'browser/pages/samara.html'
const BYTES = 700
const SETTLING_MS = 10_000 // sharing and the first announces are over, and what they left to be collected
const WATCHED_MS = 60_000

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

/**
 * @returns what measures the processor time of all browser processes over 60 s, in % of one processor, with `count` shares
 *   seeded; `perSecond`: announces that the tracker got
 */
export const idle = (count) => async ({ page, tracker, seed }) => {
  const sender = await page(PAGE)
  await sender.evaluate(async ({ trackers, count, seed, size }) => {
    await kit.until(() => window.ready)
    await sm.open({ trackers, log: 'silent' })
    for (let index = 0; index < count; index += 1) await sm.share({ files: [{ name: `memo-${index}.webm`, seed: seed + index, size }] })
  }, { trackers: [tracker.url], count, seed, size: BYTES })
  await pause(SETTLING_MS)
  const [from, spent, announced] = [performance.now(), browserTime(), tracker.announces.length]
  await pause(WATCHED_MS)
  const ms = performance.now() - from
  return { value: ((browserTime() - spent) / ms) * 100, perSecond: ((tracker.announces.length - announced) / ms) * 1_000 }
}
