// What a library costs: opening it with many items, and the journal's bytes for each piece that arrives.

const PAGE = 'browser/pages/samara.html'
const AT_ONCE = 64 // saves in flight while a library is made

async function blank(page) {
  const opened = await page(PAGE)
  await opened.evaluate(() => kit.until(() => window.ready))
  return opened
}

/** @returns {Promise<number>} ms from open() to items(), in a page that has just been loaded; `size` is the number of items */
export async function openLibrary({ page, tracker, size }) {
  const opened = await blank(page)
  await opened.evaluate(async ({ trackers, size, atOnce }) => {
    await sm.open({ trackers, log: 'silent' })
    const save = async (first) => {
      for (let i = first; i < size; i += atOnce) {
        await sm.samara.save(kit.file({ name: `Memo ${i}.webm`, seed: i, size: 1000, type: 'audio/webm' }), { durationSeconds: i, meta: { peaks: [1, 2, 3] } })
      }
    }
    await Promise.all(Array.from({ length: atOnce }, (_, first) => save(first)))
    await sm.samara.close()
  }, { trackers: [tracker.url], size, atOnce: AT_ONCE })
  await opened.reload()
  await opened.evaluate(() => kit.until(() => window.ready))
  return opened.evaluate(async ({ trackers, size }) => {
    const start = performance.now()
    const samara = await sm.sdk.open({ iceServers: [], trackers, log: 'silent' })
    const items = await samara.items()
    const ms = performance.now() - start
    if (items.length !== size) throw new Error(`${items.length} items`)
    return ms
  }, { trackers: [tracker.url], size })
}

/** Has the package's worker run behind counting_worker.js. */
function countStores() {
  const Real = window.Worker
  window.Worker = class extends Real {
    constructor(script, options) {
      super(`/tests/bench/counting_worker.js?real=${encodeURIComponent(script)}`, options)
    }
  }
}

const PIECE = 64 * 1024

/** @returns what measures bytes written to journals while a file is received, for each of its pieces, in that kind of store */
export const journalPerPiece = (store) => async ({ page, tracker, seed, size }) => {
  const [sender, receiver] = [await blank(page), await blank(page)]
  await sender.evaluate((trackers) => sm.open({ trackers, log: 'silent' }), [tracker.url])
  const { url, infoHash } = await sender.evaluate((what) => sm.share(what), { files: [{ name: 'memo.webm', seed, size }], options: { pieceLength: PIECE } })
  await tracker.until(infoHash, 1)
  await receiver.evaluate(countStores)
  const bytes = await receiver.evaluate(async ({ options, link }) => {
    await sm.open(options)
    const channel = new BroadcastChannel('samara bench counts')
    const ask = () => new Promise((resolve) => {
      channel.onmessage = ({ data }) => resolve(data.journalBytes)
      channel.postMessage('ask')
    })
    const before = await ask()
    await sm.samara.receive(link).done
    return await ask() - before
  }, { options: { trackers: [tracker.url], log: 'silent', store }, link: url })
  return bytes / Math.ceil(size / PIECE)
}
