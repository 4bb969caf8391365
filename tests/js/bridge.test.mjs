// The bridge over workers and lines in the test's hands: calls outlive the engine that they were asked of, and end once.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeWorker, install, settled } from './fake_tabs.mjs'
import { load } from './load.mjs'

const { Bridge, In, Verb } = await load('bridge', 'page/bridge.ts', 'shared/records.ts')

const start = { t: 'start', name: 'x' }
const outcome = (promise) => Promise.race([promise.then((value) => value ?? 'ok', ({ code }) => code), settled().then(() => 'pending')])

/** A bridge, and a way to give it a line whose other end is `asked` and `say`. */
function begin() {
  install()
  const events = []
  const bridge = new Bridge({ message: (message) => events.push(message.t), trapped: ({ code }) => events.push(code), starting: () => events.push('starting') })
  const line = () => {
    const end = { asked: [], ended: false }
    bridge.follow((take) => {
      end.say = (...messages) => take(messages)
      return { post: (message) => end.asked.push(message), end: () => { end.ended = true } }
    })
    return end
  }
  return { bridge, events, line }
}
const asked = ({ asked: messages }) => messages.filter(({ t }) => t === 'call' || t === 'read').map(({ id }) => id)
const failed = (id, code) => ({ t: 'failed', id, error: { code, message: '', params: {} } })

test('calls made before anybody listens are asked once somebody does, in order', async () => {
  const { bridge, line } = begin()
  const calls = [bridge.call(In.query), bridge.read(7, 0, 1), bridge.call(In.save)]
  const leader = line()
  assert.deepEqual(asked(leader), [])
  leader.say()
  assert.deepEqual(asked(leader), [1, 2, 3])
  leader.say({ t: 'done', id: 2, value: 'b' }, { t: 'done', id: 1, value: 'a' })
  assert.deepEqual(await Promise.all(calls.map(outcome)), ['a', 'b', 'pending'])
})

test('after a change of leaders what has not ended is asked again, with everything it came with; late answers of the old one count no more', async () => {
  const { bridge, line } = begin()
  const first = line()
  first.say()
  const blob = new Blob(['x'])
  const ended = bridge.call(In.query)
  const save = bridge.call(In.save, { spec: { id: 'ab' }, source: { id: 9, blob } })
  first.say({ t: 'done', id: 1 })
  const second = line()
  assert.ok(first.ended)
  first.say({ t: 'done', id: 2, value: 'old' })
  assert.equal(await outcome(save), 'pending')
  second.say()
  assert.deepEqual(second.asked, [{ t: 'call', id: 2, kind: In.save, spec: { id: 'ab' }, source: { id: 9, blob } }])
  second.say({ t: 'done', id: 2, value: 'new' })
  assert.deepEqual([await outcome(ended), await outcome(save)], ['ok', 'new'])
})

test('a removal that was done by the engine before is done, one that never could be is not-found', async () => {
  const { bridge, line } = begin()
  const first = line()
  first.say()
  const twice = bridge.call(In.control, { a: Verb.remove })
  const second = line()
  const once = bridge.call(In.control, { a: Verb.remove })
  const pause = bridge.call(In.control, { a: Verb.pause })
  second.say()
  const third = line()
  third.say(failed(1, 'not-found'), failed(3, 'not-found'))
  assert.deepEqual([await outcome(twice), await outcome(pause)], ['ok', 'not-found'])
  const fourth = begin()
  const only = fourth.line()
  const never = fourth.bridge.call(In.control, { a: Verb.remove })
  only.say()
  only.say(failed(1, 'not-found'))
  assert.equal(await outcome(never), 'not-found')
  assert.equal(await outcome(once), 'pending')
})

test('a call that is aborted while there is no engine ends at once and is never asked', async () => {
  const { bridge, line } = begin()
  const abort = new AbortController()
  const call = bridge.call(In.save, { signal: abort.signal })
  abort.abort()
  assert.equal(await outcome(call), 'aborted')
  const leader = line()
  leader.say()
  assert.deepEqual(leader.asked, [])
  const again = new AbortController()
  const other = bridge.call(In.save, { signal: again.signal })
  again.abort()
  assert.deepEqual(leader.asked.slice(1), [{ t: 'in', kind: In.abort, handle: 2 }])
  const next = line()
  next.say()
  assert.equal(await outcome(other), 'aborted')
  assert.deepEqual(next.asked, [])
})

test('a trap rejects every call with engine-restarted and none is asked again', async () => {
  const { bridge, events, line } = begin()
  const running = bridge.run(start)
  const [worker] = FakeWorker.all
  worker.say({ t: 'done', id: 0 })
  await running
  const calls = [bridge.call(In.query), bridge.read(1, 0, 1)]
  worker.say({ t: 'fatal', why: 'unreachable' })
  assert.deepEqual(await Promise.all(calls.map(outcome)), ['engine-restarted', 'engine-restarted'])
  assert.deepEqual([events, worker.isEnded], [['starting', 'fatal', 'engine-restarted'], true])
  const next = line()
  next.say()
  assert.deepEqual(next.asked, [])
})

test('an engine of this page: load, start, what the page tells it, then the calls that wait', async () => {
  const { bridge } = begin()
  bridge.call(In.query)
  bridge.run(start)
  const [{ posted }] = FakeWorker.all
  assert.deepEqual(posted.map(({ t }) => t), ['load', 'start', 'call'])
})

test('an engine that is ended while it opens says so, and the calls that wait go on waiting', async () => {
  const { bridge } = begin()
  const call = bridge.call(In.query)
  const running = bridge.run(start)
  bridge.unplug()
  assert.deepEqual([await outcome(running), await outcome(call)], ['engine-restarted', 'pending'])
})

test('retire: successes count, failures and new calls wait for the next engine; a follower has none to end', async () => {
  const { bridge, line } = begin()
  bridge.run(start)
  const [worker] = FakeWorker.all
  worker.say({ t: 'done', id: 0 })
  const [good, bad] = [bridge.call(In.save), bridge.call(In.save)]
  const retiring = bridge.retire()
  const late = bridge.call(In.query)
  assert.deepEqual(worker.posted.slice(-1), [{ t: 'close' }])
  worker.say({ t: 'done', id: 1, value: 'kept' }, failed(2, 'closed'), { t: 'done', id: 0 })
  await retiring
  assert.ok(worker.isEnded)
  const next = line()
  next.say()
  assert.deepEqual([await outcome(good), await outcome(bad), await outcome(late), asked(next)], ['kept', 'pending', 'pending', [2, 3]])
  await bridge.retire()
  assert.deepEqual([next.ended, next.asked.some(({ t }) => t === 'close')], [false, false])
})

test('the playhead is told to the next engine; what else is posted into the void is lost', async () => {
  const { bridge, line } = begin()
  bridge.post({ t: 'in', kind: In.playhead, handle: 20, b: 5 })
  bridge.post({ t: 'flush' })
  const leader = line()
  leader.say()
  assert.deepEqual(leader.asked, [{ t: 'in', kind: In.playhead, handle: 20, b: 5 }])
})

test('stop: everything rejects, and so does what comes later', async () => {
  const { bridge, line } = begin()
  const leader = line()
  leader.say()
  const call = bridge.call(In.query)
  bridge.stop()
  assert.deepEqual([await outcome(call), await outcome(bridge.call(In.query)), await outcome(bridge.run(start)), leader.ended], ['closed', 'closed', 'closed', true])
})
