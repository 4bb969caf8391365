// Samara doing the benchmark's work, through its public API, with the default store.

const PAGE = 'browser/pages/samara.html'
const NAME = 'memo.webm'

async function open(page, tracker) {
  const opened = await page(PAGE)
  await opened.evaluate((trackers) => kit.until(() => window.ready).then(() => sm.open({ trackers, log: 'silent' })), [tracker.url])
  return opened
}

/** @returns {Promise<number>} ms from share() to a valid link */
export async function share({ page, tracker, seed, size }) {
  const sender = await open(page, tracker)
  return sender.evaluate(async (spec) => {
    const file = kit.file(spec)
    const start = performance.now()
    await sm.samara.share(file, { encrypt: false })
    return performance.now() - start
  }, { name: NAME, seed, size })
}

/** @returns {Promise<number>} ms from receive() to done, the sender serving already */
export async function receive({ page, tracker, seed, size }) {
  const [sender, receiver] = await Promise.all([open(page, tracker), open(page, tracker)])
  const { url, infoHash } = await sender.evaluate((files) => sm.share({ files }), [{ name: NAME, seed, size }])
  await tracker.until(infoHash, 1)
  return receiver.evaluate(async (what) => {
    const start = performance.now()
    const item = await sm.samara.receive(what.url).done
    const ms = performance.now() - start
    if (item.size !== what.size) throw new Error(`received ${item.size} bytes`)
    return ms
  }, { url, size })
}
