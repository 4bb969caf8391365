// One worker per password: started with the module's exact URL, ended with its answer, and whatever goes wrong is an answer too.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { load } from './load.mjs'

const { stretch, In, StoreStatus } = await load('stretch', 'page/stretch.ts', 'shared/records.ts')

/** Runs one stretch against a worker that does `behave(worker)` once it has its task. */
async function run(behave, { bridge = { port: 1, posted: [], post(message, transfers) { this.posted.push({ ...message, transfers }) } } } = {}) {
  const workers = []
  globalThis.Worker = class {
    constructor(url, options) {
      workers.push(Object.assign(this, { url: String(url), options }))
      if (behave === 'refused') throw new DOMException('policy', 'SecurityError')
    }
    postMessage(task, transfers) {
      Object.assign(this, { task, transfers })
      queueMicrotask(() => behave(this, bridge))
    }
    terminate() { this.ended = true }
  }
  const bytes = new Uint8Array([1, 2, 3])
  await stretch({ t: 'stretch', op: 7, bytes }, bridge)
  return { workers, bytes, posted: bridge.posted }
}

test('the task is moved to a worker of its own, the key comes back moved, and the worker ends', async () => {
  const key = new Uint8Array(32).fill(9).buffer
  const { workers: [worker], bytes, posted } = await run((it) => it.onmessage({ data: key }))
  assert.match(worker.url, /\/password\.js$/)
  assert.match(worker.task.wasm, /\/password\.wasm$/)
  assert.deepEqual([worker.options, worker.task.bytes, worker.transfers, worker.ended], [{ type: 'module' }, bytes, [bytes.buffer], true])
  assert.deepEqual(posted, [{ t: 'in', kind: In.passwordStretched, handle: 7, a: StoreStatus.ok, payload: [key], transfers: [key] }])
})

for (const [what, behave] of [
  ['answers nothing', (it) => it.onmessage({ data: undefined })],
  ['cannot be loaded', (it) => it.onerror({ message: 'no such script' })],
  ['is refused by a policy', 'refused'],
]) {
  test(`a worker that ${what} is a failure, told once`, async () => {
    const { posted } = await run(behave)
    assert.deepEqual(posted.map(({ handle, a, payload }) => [handle, a, payload]), [[7, StoreStatus.failed, []]])
  })
}

test('an engine that was lost meanwhile is not answered: its numbers mean something else now', async () => {
  const { posted, workers } = await run((it, bridge) => {
    bridge.port = 2
    it.onmessage({ data: new ArrayBuffer(32) })
  })
  assert.deepEqual([posted, workers[0].ended], [[], true])
})
