// How much memory a page and its workers hold while something large is shared or received: JavaScript heap, and behind it array
// buffers and wasm memory (CDP Runtime.getHeapUsage), sampled while it goes on. Files come from the disk, as a person's would.
import { closeSync, ftruncateSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { createHash } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export const MiB = 1024 * 1024
const SAMPLE_MS = 100
const MARK_BYTES = 64 * 1024 // every so often the file is not zero, so that no two of its pieces are the same

/** A sparse file of that size, each mark of it another. The caller removes its folder. @returns {{path: string, remove: () => void}} */
export function bigFile(size, seed) {
  const folder = mkdtempSync(join(tmpdir(), 'samara-big-'))
  const path = join(folder, `big-${size / MiB}.bin`)
  const file = openSync(path, 'w')
  ftruncateSync(file, size)
  for (let at = 0; at < size; at += MARK_BYTES) writeSync(file, createHash('sha1').update(`${seed} ${at}`).digest(), 0, 20, at)
  closeSync(file)
  return { path, remove: () => rmSync(folder, { recursive: true, force: true }) }
}

/** Gives the page the file as `window.big`, as an <input type=file> would. */
export async function giveFile(page, path) {
  await page.evaluate(() => {
    const input = Object.assign(document.createElement('input'), { type: 'file', id: 'big' })
    input.onchange = () => { window.big = input.files[0] }
    document.body.append(input)
  })
  const input = await page.raw.$('#big')
  await input.uploadFile(path)
  await page.evaluate(() => kit.until(() => window.big))
}

/** Bytes that one isolate holds: live and dead objects, and what stands behind array buffers and wasm memories. */
async function held(client) {
  const { usedSize, backingStorageSize = 0 } = await client.send('Runtime.getHeapUsage')
  return usedSize + backingStorageSize
}

/** To be run in a page before it opens Samara: its worker runs behind measured_worker.js. */
export function measureWorkers() {
  const Real = window.Worker
  window.Worker = class extends Real {
    constructor(script, options) {
      super(`/tests/soak/measured_worker.js?real=${encodeURIComponent(script)}`, options)
    }
  }
}

/**
 * Watches a page of the freezable browser until stop(), which gives the highest sums seen.
 * @returns {Promise<{stop: () => Promise<{page: number, workers: number, wasm: number, pageAtStart: number}>}>} bytes
 */
export async function watchMemory(page) {
  const client = await page.cdp()
  const pageAtStart = await held(client)
  const peak = { page: pageAtStart, workers: 0, wasm: 0, pageAtStart }
  let over = false
  const sample = async () => {
    peak.page = Math.max(peak.page, await held(client))
    const workers = await Promise.all(page.raw.workers().map((worker) => held(worker.client).catch(() => 0)))
    peak.workers = Math.max(peak.workers, workers.reduce((sum, bytes) => sum + bytes, 0))
  }
  const sampling = (async () => {
    while (!over) {
      await sample()
      await new Promise((resolve) => setTimeout(resolve, SAMPLE_MS))
    }
  })()
  return {
    stop: async () => {
      over = true
      await sampling
      for (const worker of page.raw.workers()) peak.wasm += await worker.evaluate(() => self.wasmBytes?.() ?? 0)
      await client.detach().catch(() => {})
      return peak
    },
  }
}
