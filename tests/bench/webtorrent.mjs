// webtorrent 3.0.21 doing the benchmark's work, in the plainest way its documentation shows.

const PAGE = 'browser/pages/webtorrent.html'
const NAME = 'memo.webm'

async function open(page) {
  const opened = await page(PAGE)
  await opened.evaluate(() => kit.until(() => window.ready))
  return opened
}

/** @returns {Promise<number>} ms from seed() to a valid magnet */
export async function share({ page, tracker, seed, size }) {
  const sender = await open(page)
  return sender.evaluate(async ({ trackers, spec }) => {
    const file = kit.file(spec)
    await file.slice(-1).arrayBuffer() // it is where blobs are kept, not on its way there
    const start = performance.now()
    await new Promise((resolve, reject) => wt.client.seed(file, { announce: trackers }, resolve).once('error', reject))
    return performance.now() - start
  }, { trackers: [tracker.url], spec: { name: NAME, seed, size } })
}

/** A page that seeds; its magnet link names the run's tracker. */
export async function startSeeding({ page, tracker, seed, size }) {
  const sender = await open(page)
  const { magnet, infoHash } = await sender.evaluate((what) => wt.seed(what), { files: [{ name: NAME, seed, size }], trackers: [tracker.url] })
  await tracker.until(infoHash, 1)
  return { sender, magnet }
}

/** Two pages, the sender seeding already. `run` receives; it gives ms from add() to done. */
export async function prepareReceive(world) {
  const [{ sender, magnet }, receiver] = await Promise.all([startSeeding(world), open(world.page)])
  const run = () => receiver.evaluate(async (what) => {
    const start = performance.now()
    const torrent = wt.client.add(what.magnet, { announce: what.trackers })
    await new Promise((resolve, reject) => torrent.once('error', reject).once('done', resolve))
    const ms = performance.now() - start
    if (torrent.length !== what.size) throw new Error(`received ${torrent.length} bytes`)
    return ms
  }, { magnet, trackers: [world.tracker.url], size: world.size })
  return { sender, receiver, run }
}

/** @returns {Promise<number>} ms from add() to done, the sender seeding already */
export const receive = async (world) => (await prepareReceive(world)).run()
