// How long one transfer keeps a page from answering the person in front of it: the longest task on the main thread of the
// receiving and of the sending page, as the browser's own trace has it, in ms by the clock. The machine may have put the
// thread aside meanwhile: the most that a task needed of a processor is told too.
import * as samara from './samara.mjs'
import * as webtorrent from './webtorrent.mjs'

const MARK = 'samara-bench'
const CATEGORIES = ['toplevel', 'blink.user_timing']

/** Begins a trace of the page's browser; what it returns ends it. */
async function trace(page) {
  const devtools = await page.raw.context().newCDPSession(page.raw)
  const events = []
  devtools.on('Tracing.dataCollected', ({ value }) => events.push(...value))
  await devtools.send('Tracing.start', { transferMode: 'ReportEvents', traceConfig: { includedCategories: CATEGORIES } })
  await page.evaluate((mark) => { performance.mark(mark) }, MARK)
  return async () => {
    const complete = new Promise((resolve) => { devtools.once('Tracing.tracingComplete', resolve) })
    await devtools.send('Tracing.end')
    await complete
    return longestTask(events)
  }
}

/** Of the main thread of the process that made the mark. */
function longestTask(events) {
  const page = events.find(({ name }) => name === MARK)
  if (!page) throw new Error('the trace does not show the page')
  const tasks = events.filter(({ ph, pid, tid, name, ts }) => ph === 'X' && pid === page.pid && tid === page.tid && /RunTask$/.test(name) && ts >= page.ts)
  const most = (key) => tasks.reduce((longest, task) => Math.max(longest, task[key] ?? 0), 0) / 1000
  return { ms: most('dur'), cpuMs: most('tdur') }
}

/** The two pages of a transfer are traced from before it begins until it is done. */
const watched = (prepare) => async (world) => {
  const { sender, receiver, run } = await prepare(world)
  const [endSender, endReceiver] = [await trace(sender), await trace(receiver)]
  await run()
  const [sent, received] = [await endSender(), await endReceiver()]
  return { value: received.ms, cpu: received.cpuMs, sender: sent.ms, senderCpu: sent.cpuMs }
}

export const ours = watched(samara.prepareReceive)
export const peer = watched(webtorrent.prepareReceive)
