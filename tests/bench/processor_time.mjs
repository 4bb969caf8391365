// The processor time of the browsers that the benchmark has started, from /proc.
import { readdirSync, readFileSync } from 'node:fs'

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
export function browserTime() {
  const all = new Map(readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map((name) => [Number(name), processOf(name)]))
  const isOurs = (pid) => {
    for (let steps = 0; pid > 1 && steps < ANCESTORS_MAX; steps += 1, pid = all.get(pid)?.parent ?? 0) if (pid === process.pid) return true
    return false
  }
  let ticks = 0
  for (const one of all.values()) if (one && isOurs(one.parent)) ticks += one.ticks
  return (ticks * 1_000) / TICKS_PER_SECOND
}
