// Owns: the order of the functions in samara.wasm. gzip finds a repetition only 32 KiB back, so functions that look alike
// are put near each other: 4 % less to download, the same code. Refuses to know how a module is encoded.
import { gzipSync } from 'node:zlib'
import { readModule, writeModule } from './wasm_functions.mjs'

const SHINGLE_BYTES = 6
const WINDOW_BYTES = 30_000
/** How much a function's length counts against it; which is best differs from build to build, so all are tried. */
const LENGTH_POWERS = [0.5, 0.7, 1]

/** Which runs of bytes a function has in common with others, by number; what it calls counts as equal. */
function shingles(bodies) {
  const seen = new Map()
  const sets = bodies.map((parts) => {
    const text = parts.map((part) => (typeof part === 'number' ? '\0\0' : part.toString('latin1'))).join('')
    const runs = new Set()
    for (let at = 0; at + SHINGLE_BYTES <= text.length; at++) runs.add(text.slice(at, at + SHINGLE_BYTES))
    for (const run of runs) seen.set(run, (seen.get(run) ?? 0) + 1)
    return { runs, bytes: text.length }
  })
  const numbers = new Map()
  for (const [run, count] of seen) if (count > 1) numbers.set(run, numbers.size)
  const owners = Array.from(numbers, () => [])
  const functions = sets.map(({ runs, bytes }, index) => {
    const common = [...runs].filter((run) => numbers.has(run)).map((run) => numbers.get(run))
    for (const run of common) owners[run].push(index)
    return { common, bytes }
  })
  return { functions, owners }
}

/** From the shortest function on, next is always the one that has most in common with the window. Rare runs count more. */
function chain({ functions, owners }, lengthPower) {
  const inWindow = new Uint32Array(owners.length)
  const score = new Float64Array(functions.length)
  const change = (index, by) => {
    for (const run of functions[index].common) {
      const before = inWindow[run]
      inWindow[run] += by
      if ((before > 0) !== (inWindow[run] > 0)) for (const owner of owners[run]) score[owner] += by / owners[run].length
    }
  }
  const left = new Set(functions.keys())
  const order = []
  let oldest = 0
  let windowBytes = 0
  let next = functions.reduce((best, { bytes }, index) => (bytes < functions[best].bytes ? index : best), 0)
  while (left.size) {
    left.delete(next)
    order.push(next)
    change(next, 1)
    windowBytes += functions[next].bytes
    for (; windowBytes - functions[order[oldest]].bytes > WINDOW_BYTES; oldest++) {
      change(order[oldest], -1)
      windowBytes -= functions[order[oldest]].bytes
    }
    let best = -1
    for (const index of left) {
      const value = score[index] / (functions[index].bytes + 20) ** lengthPower
      if (value > best) (best = value), (next = index)
    }
  }
  return order
}

/** The same module, in the order that compresses best; a module with debug names as it is. */
export function orderFunctions(bytes) {
  const module = readModule(bytes)
  if (!module) return bytes
  const common = shingles(module.bodies)
  const sized = (candidate) => ({ candidate, size: gzipSync(candidate, { level: 9 }).length })
  const candidates = LENGTH_POWERS.map((power) => sized(writeModule(module, chain(common, power))))
  return [sized(bytes), ...candidates].reduce((best, next) => (next.size < best.size ? next : best)).candidate
}
