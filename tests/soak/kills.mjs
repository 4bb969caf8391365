// Two receivers of the same files, one of which is killed again and again at a random moment of the transfer: its page is closed,
// its worker is terminated, or its renderer process dies. After each kill it is opened again on what is stored. Nothing that was
// there may be gone, the transfer goes on by itself, and in the end every file has the sender's bytes.
import assert from 'node:assert/strict'
import { digestOf, MiB } from '../browser/lib/data.mjs'
import { ready } from '../browser/lib/pages.mjs'

const FILE_BYTES = 6 * MiB
const SENDER_BYTES_PER_SECOND = 3 * MiB
const PAGE = '/tests/browser/pages/samara.html'
const HOWS = ['close the page', 'terminate the worker', 'kill the renderer']
const GOES_ON_MS = 20_000 // until bytes arrive after a kill

/** Reproducible choices: the same seed, the same kills. Moments within a transfer are real time. */
function chooser(seed) {
  let state = seed >>> 0
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

/** Keeps the page's workers where the test can reach them. */
function keepWorkers() {
  const Real = window.Worker
  window.workers = []
  window.Worker = class extends Real {
    constructor(...given) {
      super(...given)
      window.workers.push(this)
    }
  }
}

class Receiver {
  constructor(t, context) {
    this.t = t
    this.context = context
    this.kept = new Map() // id → digest, of what is known to be done
  }

  async open() {
    this.page = await this.context.newPage()
    await this.page.raw.addInitScript(keepWorkers)
    await this.page.goto(`${this.t.server.origin}${PAGE}`)
    await ready(this.page)
    await this.page.evaluate((trackers) => sm.open({ trackers }), [this.t.tracker.url])
  }

  receive(link) {
    return this.page.evaluate((url) => { sm.receive({ link: url }) }, link)
  }

  /** What of the running transfer is verified, or all of it when it is an item. */
  verified() {
    return this.page.evaluate(async () => {
      const [transfer] = await sm.samara.transfers()
      if (transfer) sm.transfer = transfer
      return transfer?.snapshot.verifiedBytes
    })
  }

  /** What the running transfer has once its store has been looked through, which takes less time than meeting the sender. */
  async foundAtStart() {
    const { verifiedBytes } = await this.page.evaluate((whole) => kit.until(async () => {
      const [transfer] = await sm.samara.transfers()
      if (!transfer) return { verifiedBytes: whole }
      return transfer.snapshot.state !== 'starting' && { verifiedBytes: transfer.snapshot.verifiedBytes }
    }, 20_000), FILE_BYTES)
    return verifiedBytes
  }

  /** Waits for that many verified bytes or for the end of the transfer. Says whether it is still running. */
  until(bytes, timeout_ms) {
    return this.page.evaluate(({ bytes, timeout_ms }) => kit.until(async () => {
      const [transfer] = await sm.samara.transfers()
      if (!transfer) return 'done'
      return transfer.snapshot.verifiedBytes >= bytes && 'running'
    }, timeout_ms), { bytes, timeout_ms })
  }

  async kill(how) {
    if (how === HOWS[1]) {
      await this.page.evaluate(() => window.workers.forEach((worker) => worker.terminate()))
      await this.page.close()
    } else if (how === HOWS[2]) await this.page.kill()
    else await this.page.close()
  }

  /** Everything that was done before is there. */
  async checkKept() {
    const items = new Set(await this.page.evaluate(async () => (await sm.samara.items()).map((item) => item.id)))
    for (const id of this.kept.keys()) assert.ok(items.has(id), `item ${id} is lost`)
  }

  /** Takes the finished file to what must stay; its bytes are the sender's. */
  async keep(infoHash, digest) {
    const [id, sha256] = await this.page.evaluate(async (hash) => {
      const item = await kit.until(async () => (await sm.samara.items()).find((one) => one.infoHash === hash), 60_000)
      return [item.id, (await sm.plainItem(item)).files[0].sha256]
    }, infoHash)
    assert.equal(sha256, digest, 'the bytes are the sender’s')
    this.kept.set(id, digest)
  }
}

async function oneFile(t, { sender, receivers, choose, report, kills, number }) {
  const file = { name: `soak ${number}.bin`, seed: 5000 + number, size: FILE_BYTES, type: 'application/octet-stream' }
  const { url, infoHash, id } = await sender.evaluate((files) => sm.share({ files }), [file])
  for (const receiver of receivers) await receiver.receive(url)
  const victim = receivers[number % receivers.length]
  let goal = 0
  while (report.kills < kills) {
    const before = (await victim.verified()) ?? FILE_BYTES
    goal = Math.min(before, FILE_BYTES) + 1 + choose(FILE_BYTES / 4)
    if (goal >= FILE_BYTES || await victim.until(goal, GOES_ON_MS) === 'done') break
    await killOnce(victim, HOWS[choose(HOWS.length)], report)
  }
  const digest = digestOf(file)
  for (const receiver of receivers) await receiver.keep(infoHash, digest)
  await sender.evaluate(async (share) => (await sm.findShare(share)).stop(), id)
  report.files += 1
}

async function killOnce(victim, how, report) {
  const had = await victim.verified()
  if (had === undefined) return
  await victim.kill(how)
  await victim.open()
  await victim.checkKept()
  const has = await victim.foundAtStart()
  report.kills += 1
  report.byHow[how] = (report.byHow[how] ?? 0) + 1
  report.fetchedAgain.push(Math.max(0, had - has))
  if (report.kills % 10 === 0) report.say(`${report.kills} kills, ${report.files} files whole`)
}

/**
 * Runs until that many kills have happened. Throws at the first loss.
 * @returns {Promise<{kills: number, files: number, byHow: Record<string, number>, fetchedAgain: number[]}>} verified bytes that had to be fetched again after each kill
 */
export async function killAgainAndAgain(t, { kills, seed, say = () => {} }) {
  const choose = chooser(seed)
  const report = { kills: 0, files: 0, byHow: {}, fetchedAgain: [], say }
  const sender = await t.page(PAGE)
  await ready(sender)
  await sender.evaluate((options) => sm.open(options), { trackers: [t.tracker.url], store: 'memory', limits: { uploadBytesPerSecond: SENDER_BYTES_PER_SECOND } })
  const receivers = []
  for (let i = 0; i < 2; i += 1) {
    const receiver = new Receiver(t, await t.context())
    await receiver.open()
    receivers.push(receiver)
  }
  for (let number = 0; report.kills < kills; number += 1) await oneFile(t, { sender, receivers, choose, report, kills, number })
  for (const receiver of receivers) await receiver.checkKept()
  return report
}
