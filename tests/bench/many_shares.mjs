// What a page costs that nobody asks for anything: with hundreds of shares at the real tracker, and with none.
import { readdirSync, readFileSync } from 'node:fs'

const PAGE = 'browser/pages/samara.html'
const BYTES = 700
const SETTLING_MS = 10_000 // sharing and the first announces are over, and what they left to be collected
const WATCHED_MS = 60_000
const TICKS_PER_SECOND = 100 // CLK_TCK, on every Linux that runs browsers
const ANCESTORS_MAX = 32

/** A process's parent and the processor time it has used, in clock ticks. Nothing when it has ended. */
function processOf(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return { parent: Number(fields[1]), ticks: Number(fields[11]) + Number(fields[12]) }
  } catch {
    return undefined
  }
}

/** Processor time so far, in ms, of everything that this process has started and that lives: all of the browser. */
function browserTime() {
  const all = new Map(readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map((name) => [Number(name), processOf(name)]))
  const isOurs = (pid) => {
    for (let steps = 0; pid > 1 && steps < ANCESTORS_MAX; steps += 1, pid = all.get(pid)?.parent ?? 0) if (pid === process.pid) return true
    return false
  }
  let ticks = 0
  for (const one of all.values()) if (one && isOurs(one.parent)) ticks += one.ticks
  return (ticks * 1_000) / TICKS_PER_SECOND
}

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
