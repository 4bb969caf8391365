// Samara doing the benchmark's work, through its public API, with the default store.
import { browserTime } from './processor_time.mjs'
import { startSeeding } from './webtorrent.mjs'

const PAGE = 'browser/pages/samara.html'
const NAME = 'memo.webm'

async function open(page, tracker) {
  const opened = await page(PAGE)
  await opened.evaluate((trackers) => kit.until(() => window.ready).then(() => sm.open({ trackers, log: 'silent' })), [tracker.url])
  return opened
}

const timeShare = (options, isFirst = true) => async ({ page, tracker, seed, size }) => {
  const sender = await open(page, tracker)
  return sender.evaluate(async ({ spec, options, isFirst }) => {
    const file = kit.file(spec)
    if (!isFirst) await sm.samara.share(kit.file({ ...spec, seed: spec.seed + 1 }), options)
    await file.slice(-1).arrayBuffer() // it is where blobs are kept, not on its way there
    const start = performance.now()
    await sm.samara.share(file, options)
    return performance.now() - start
  }, { spec: { name: NAME, seed, size }, options, isFirst })
}

const MEMOS = 50 // for one of them the kernel's clock ticks are too coarse

/** @returns {Promise<number>} processor time of the whole browser, in ms per memo, of memos shared one after the other */
export async function shareWork({ page, tracker, seed, size }) {
  const sender = await open(page, tracker)
  await sender.evaluate((spec) => { window.files = Array.from({ length: spec.count }, (_, at) => kit.file({ ...spec, seed: spec.seed + at })) }, { name: NAME, seed, size, count: MEMOS })
  const spent = browserTime()
  await sender.evaluate(async () => { for (const file of window.files) await sm.samara.share(file, { encrypt: false }) })
  return (browserTime() - spent) / MEMOS
}

/** ms from share() to a valid link, not the page's first: its code has run before */
export const shareAgain = timeShare({ encrypt: false }, false)
/** ms from share() to a valid link: an open torrent, a sealed share, a sealed share with a password */
export const share = timeShare({ encrypt: false })
export const seal = timeShare({})
export const sealWithPassword = timeShare({ password: 'correct-horse' })

/** @returns {Promise<number>} ms from a wrong password to the verdict, with what is needed for it fetched */
export async function wrongPassword({ page, tracker, seed, size }) {
  const [sender, receiver] = await Promise.all([open(page, tracker), open(page, tracker)])
  const options = { password: 'correct-horse' }
  const { url, infoHash } = await sender.evaluate((what) => sm.seal(what), { files: [{ name: NAME, seed, size }], options })
  await tracker.until(infoHash, 1)
  return receiver.evaluate(async (link) => {
    const transfer = sm.samara.receive(link)
    await transfer.done.catch(() => {})
    await kit.until(() => transfer.snapshot.peers > 0)
    await kit.sleep(1_000) // the head arrives meanwhile
    const start = performance.now()
    await transfer.resume({ password: 'wrong' })
    const { code } = await transfer.done.catch((error) => error)
    if (code !== 'wrong-password') throw new Error(`the verdict was ${code}`)
    return performance.now() - start
  }, url)
}

/** Two pages, the sender serving already. `run` receives; it gives ms from receive() to done. */
async function prepare(make, { page, tracker, seed, size }) {
  const [sender, receiver] = await Promise.all([open(page, tracker), open(page, tracker)])
  const files = [{ name: NAME, seed, size }]
  const { url, infoHash } = await sender.evaluate(({ make, files }) => sm[make]({ files }), { make, files })
  await tracker.until(infoHash, 1)
  return { sender, receiver, run: () => receiver.evaluate(receiveWhole, { url, size }) }
}

/** In the page. */
async function receiveWhole({ url, size }) {
  const start = performance.now()
  const item = await sm.samara.receive(url).done
  const ms = performance.now() - start
  if (item.size !== size) throw new Error(`received ${item.size} bytes`)
  return ms
}

export const prepareReceive = (world) => prepare('share', world)
const timeReceive = (make) => async (world) => (await prepare(make, world)).run()

/** @returns {Promise<number>} ms from receive() to done, from a webtorrent page that seeds already */
export async function receiveFromWebtorrent(world) {
  const [{ magnet }, receiver] = await Promise.all([startSeeding(world), open(world.page, world.tracker)])
  return receiver.evaluate(receiveWhole, { url: magnet, size: world.size })
}

/** ms from receive() to done, the sender serving already: of an open torrent, of a sealed share */
export const receive = timeReceive('share')
export const receiveSealed = timeReceive('seal')
