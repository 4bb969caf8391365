// The most memory that a receiving page holds, its workers included: JavaScript heap, array buffers and wasm memory, in megabytes.
// Files come from the disk, so that the sender holds no copy that the measurement would have to leave out.
import { bigFile, giveFile, measureWorkers, MiB, watchMemory } from '../soak/memory.mjs'

const MB = 1e6

async function opened(page, path) {
  const one = await page(path, 'freezable')
  await one.evaluate(() => kit.until(() => window.ready))
  return one
}

/** Peak of page and workers while `receive` runs in the page; `seed` has it served by another one. */
async function peakOf({ size, seed, page, path, prepare, serve, receive }) {
  const file = bigFile(size, seed)
  try {
    const [sender, receiver] = [await opened(page, path), await opened(page, path)]
    for (const one of [sender, receiver]) {
      await one.evaluate(measureWorkers)
      await one.evaluate(prepare.f, prepare.argument)
    }
    await giveFile(sender, file.path)
    const what = await sender.evaluate(serve, prepare.argument)
    const memory = await watchMemory(receiver)
    await receiver.evaluate(receive, what)
    const peak = await memory.stop()
    return (peak.page + peak.workers + peak.wasm) / MB
  } finally {
    file.remove()
  }
}

export const ours = ({ page, tracker, seed, size }) => peakOf({
  size, seed, page, path: 'browser/pages/samara.html',
  prepare: { f: (trackers) => sm.open({ trackers, log: 'silent' }), argument: [tracker.url] },
  serve: async () => (await sm.samara.share(window.big, { encrypt: false })).url,
  receive: async (url) => { await sm.samara.receive(url).done },
})

export const peer = ({ page, tracker, seed, size }) => peakOf({
  size, seed, page, path: 'browser/pages/webtorrent.html',
  prepare: { f: () => {}, argument: [tracker.url] },
  serve: async (trackers) => {
    const torrent = await new Promise((resolve, reject) => wt.client.seed(window.big, { announce: trackers }, resolve).once('error', reject))
    return { magnet: torrent.magnetURI, trackers }
  },
  receive: async ({ magnet, trackers }) => {
    const torrent = wt.client.add(magnet, { announce: trackers })
    await new Promise((resolve, reject) => torrent.once('error', reject).once('done', resolve))
  },
})

export { MiB }
