// Transfers that need a password: what a string, a function and nothing do, what a retry renews, and what the app sees.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { calls, In, itemData, metadataData, open, Query, SamaraError, transferData, turn, unhandled, Verb } from './live_data.mjs'

const verdict = (code) => transferData({ error: { code, message: code, params: {} } }, { state: 'locked' })
const done = transferData({ metadata: metadataData(), item: itemData() }, { state: 'done', verifiedBytes: 4 })
const searching = transferData({}, { state: 'finding' })

/** A transfer over an engine whose state the test sets: `engine.now` is what a query gives, `say` tells of a change. */
function start(options, { now = searching } = {}) {
  const engine = { now }
  const { bridge, samara } = open(({ kind, a }) => {
    if (kind === In.receive) return engine.now
    if (kind === In.query) return a === Query.transfers ? [engine.now] : engine.now
    if (kind === In.control) return engine.onControl ? engine.onControl() : null
  })
  const transfer = samara.receive('link', options)
  const errors = []
  transfer.addEventListener('error', ({ detail }) => errors.push(detail.code))
  const say = (data) => samara.receiveMessage({ t: 'transfer', transfer: (engine.now = data) })
  const answers = () => calls(bridge, In.control).filter(({ a }) => a === Verb.resume).map(({ spec }) => spec.password)
  return { engine, bridge, samara, transfer, errors, say, answers }
}
const outcome = (promise) => Promise.race([promise.then(() => 'ok', (error) => error.code), turn().then(() => 'pending')])

test('a string goes along with the call, in form NFC; an empty one is none', async () => {
  for (const [given, sent] of [['pa\u0308ss', 'p\u00e4ss'], ['', undefined], [undefined, undefined], [async () => 'x', undefined]]) {
    const { bridge } = start({ password: given })
    assert.equal(calls(bridge, In.receive)[0].spec.password, sent)
  }
})

test('password-needed: the promises reject, the transfer stays, and resume() with a password gives fresh ones', async () => {
  const { transfer, errors, say, answers, engine } = start({})
  await turn()
  const first = [transfer.done, transfer.metadata]
  say(verdict('password-needed'))
  assert.deepEqual([transfer.snapshot.state, transfer.snapshot.error.code, transfer.snapshot.error.retryable], ['locked', 'password-needed', true])
  await assert.rejects(first[0], { code: 'password-needed' })
  await assert.rejects(first[1], { code: 'password-needed' })
  engine.onControl = () => ((engine.now = searching), null)
  const resuming = transfer.resume({ password: 'right' })
  assert.equal(transfer.snapshot.error, undefined, 'gone while it is tried again')
  assert.notEqual(transfer.done, first[0])
  assert.notEqual(transfer.metadata, first[1])
  await resuming
  say(done)
  assert.equal((await transfer.done).id, 'i1')
  assert.equal((await transfer.metadata).name, 'n')
  assert.deepEqual([answers(), errors], [['right'], ['password-needed']])
})

test('each wrong password in a row is a verdict: an error event, and a rejection of the promises of that try', async () => {
  const { transfer, errors, say, engine } = start({ password: 'one' })
  await turn()
  say(verdict('wrong-password'))
  for (let i = 0; i < 2; i++) {
    engine.onControl = () => ((engine.now = searching), null)
    await transfer.resume({ password: 'two' })
    const { done: current } = transfer
    assert.equal(await outcome(current), 'pending')
    say(verdict('wrong-password'))
    assert.equal(await outcome(current), 'wrong-password')
  }
  assert.deepEqual(errors, Array(3).fill('wrong-password'))
})

test('what the engine said before it took the retry does not end the retry', async () => {
  const { transfer, errors, say, engine } = start({})
  await turn()
  say(verdict('wrong-password'))
  let taken
  engine.onControl = () => new Promise((resolve) => { taken = resolve })
  const resuming = transfer.resume({ password: 'right' })
  await turn()
  say(verdict('wrong-password')) // a change of peers, told late
  assert.equal(transfer.snapshot.error, undefined)
  engine.now = searching
  taken(null)
  await resuming
  assert.deepEqual([transfer.snapshot.state, transfer.snapshot.error, errors.length], ['finding', undefined, 1])
  assert.equal(await outcome(transfer.done), 'pending')
})

test('a retry that cannot be made leaves the verdict as it was', async () => {
  const { transfer, say, engine } = start({})
  await turn()
  say(verdict('wrong-password'))
  engine.onControl = () => new SamaraError('not-found')
  await assert.rejects(transfer.resume({ password: 'x' }), { code: 'not-found' })
  assert.equal(transfer.snapshot.error.code, 'wrong-password')
  assert.equal(await outcome(transfer.done), 'wrong-password')
})

test('a function is asked each time it locks, with the number of the attempt; the app sees no error meanwhile', async () => {
  const asked = []
  const passwords = ['first', 'pa\u0308ss']
  const { transfer, errors, say, answers, engine } = start({ password: async (attempt) => (asked.push(attempt), passwords[attempt - 1]) })
  await turn()
  engine.onControl = () => ((engine.now = searching), null)
  for (let i = 0; i < 3; i++) say(verdict('password-needed'))
  assert.deepEqual([transfer.snapshot.state, transfer.snapshot.error], ['locked', undefined])
  await turn()
  assert.deepEqual([asked, answers()], [[1], ['first']])
  say(verdict('wrong-password'))
  await turn()
  assert.deepEqual([asked, answers()], [[1, 2], ['first', 'p\u00e4ss']])
  assert.equal(await outcome(transfer.done), 'pending')
  say(done)
  await transfer.done
  assert.deepEqual(errors, [])
})

for (const [what, password] of [['gives nothing', async () => undefined], ['rejects', async () => { throw new Error('closed') }], ['throws', () => { throw new Error('closed') }]]) {
  test(`a function that ${what} gives up: then it is as without one`, async () => {
    const { transfer, errors, say, answers } = start({ password })
    await turn()
    say(verdict('password-needed'))
    await turn()
    say(verdict('password-needed'))
    assert.equal(await outcome(transfer.done), 'password-needed')
    assert.deepEqual([errors, answers(), transfer.snapshot.error.code], [['password-needed'], [], 'password-needed'])
  })
}

test('a password that could not even be tried is no wrong one: nobody is asked again', async () => {
  const asked = []
  const { transfer, say } = start({ password: (attempt) => (asked.push(attempt), new Promise(() => {})) })
  await turn()
  say(verdict('unsupported'))
  assert.equal(await outcome(transfer.done), 'unsupported')
  assert.deepEqual(asked, [])
})

test('resume() with a function after giving up asks that one, from the first attempt on', async () => {
  const asked = []
  const { transfer, say, answers, engine } = start({ password: async () => undefined })
  await turn()
  say(verdict('password-needed'))
  await turn()
  engine.onControl = () => ((engine.now = verdict('password-needed')), null)
  await transfer.resume({ password: async (attempt) => (asked.push(attempt), attempt < 3 ? `p${attempt}` : undefined) })
  await turn()
  assert.deepEqual([asked, answers()], [[1, 2, 3], [undefined, 'p1', 'p2']])
  assert.equal(await outcome(transfer.done), 'password-needed')
})

test('accept given to receive() still decides after a resume with a password', async () => {
  const accepted = []
  const { transfer, say, engine } = start({ accept: (metadata) => (accepted.push(metadata.name), true) })
  await turn()
  say(verdict('password-needed'))
  engine.onControl = () => ((engine.now = searching), null)
  await transfer.resume({ password: 'x' })
  say(transferData({ metadata: metadataData(), asking: true }, { state: 'waiting' }))
  await turn()
  assert.deepEqual(accepted, ['n'])
})

test('a failed transfer that is resumed has fresh promises too', async () => {
  const { transfer, say, engine } = start({})
  await turn()
  say(transferData({ metadata: metadataData() }, { state: 'receiving' }))
  const { metadata } = transfer
  say(transferData({ error: { code: 'storage-full', message: 'm', params: {} } }, { state: 'failed' }))
  await assert.rejects(transfer.done, { code: 'storage-full' })
  engine.onControl = () => ((engine.now = searching), null)
  await transfer.resume()
  assert.equal(await outcome(transfer.done), 'pending')
  assert.equal(transfer.metadata, metadata, 'what is known stays known')
  say(done)
  await transfer.done
})

test('one that waits locked from before, found by transfers(), works the same', async () => {
  const { samara, engine, say } = start({}, { now: transferData({ ...verdict('password-needed'), id: 't9' }, { state: 'locked' }) })
  const [found] = await samara.transfers()
  assert.equal(await outcome(found.done), 'password-needed')
  engine.onControl = () => ((engine.now = { ...searching, id: 't9' }), null)
  await found.resume({ password: 'x' })
  say({ ...done, id: 't9' })
  assert.equal((await found.done).id, 'i1')
})

test('one object unlocks, another of the same work has fresh promises as well', async () => {
  const { samara, transfer, say, engine } = start({})
  const other = samara.receive('link')
  await turn()
  say(verdict('password-needed'))
  assert.equal(await outcome(other.done), 'password-needed')
  engine.onControl = () => (say(searching), null)
  await transfer.resume({ password: 'x' })
  say(done)
  assert.deepEqual([await outcome(transfer.done), await outcome(other.done)], ['ok', 'ok'])
})

test('a stream waits while a function is asked, and fails with the verdict where nobody is', async () => {
  const waiting = start({ password: () => new Promise(() => {}) })
  await turn()
  waiting.say(verdict('password-needed'))
  assert.equal(await outcome(waiting.transfer.stream().getReader().read()), 'pending')
  const failing = start({})
  await turn()
  failing.say(verdict('password-needed'))
  assert.equal(await outcome(failing.transfer.stream().getReader().read()), 'password-needed')
})

test('nothing of this is an unhandled rejection', async () => {
  await turn()
  assert.deepEqual(unhandled, [])
})
