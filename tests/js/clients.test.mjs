// Who the leader's worker serves: numbers that collide between tabs, answers to whom they concern, tabs that come and go.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeChannel, install, settled } from './fake_tabs.mjs'
import { load } from './load.mjs'

const { Clients, In, hubOf, lineOf, tabLockOf } = await load('clients', 'worker/clients.ts', 'shared/records.ts', 'shared/tabs.ts')

const ready = { t: 'ready', origin: 1, store: 'opfs', fell: [] }
const state = { t: 'state', state: { items: 1 } }
const call = (id, more = {}) => ({ t: 'call', id, kind: In.query, ...more })

/** A leader's worker with what it told its page, what it has carried out, and a way for tabs to join it. */
async function begin({ isReady = true } = {}) {
  const { locks } = install()
  const own = []
  const done = []
  const clients = new Clients((messages) => own.push(...messages), (message, client) => done.push({ message, client }))
  clients.lead({ name: 'x', tab: 'L', relayOnly: false })
  clients.opened(ready)
  if (isReady) clients.deliver([{ t: 'done', id: 0 }, state], [])
  own.length = 0
  const hub = new FakeChannel(hubOf('x'))
  const join = async (tab) => {
    let leave
    locks.request(tabLockOf('x', tab), {}, () => new Promise((resolve) => { leave = resolve }))
    const line = new FakeChannel(lineOf('x', tab, 'L'))
    const heard = []
    line.onmessage = ({ data }) => heard.push(data)
    hub.postMessage({ t: 'hello', leader: 'L', tab })
    await settled()
    return { heard, line, die: leave, flat: () => heard.flat() }
  }
  return { clients, own, done, hub, join }
}

test('a new leader is announced on the hub, and to whoever asks', async () => {
  install()
  const hub = new FakeChannel(hubOf('x'))
  const heard = []
  hub.onmessage = ({ data }) => heard.push(data)
  new Clients(() => {}, () => {}).lead({ name: 'x', tab: 'L', relayOnly: true })
  hub.postMessage({ t: 'who' })
  await settled()
  assert.deepEqual(heard, [{ t: 'lead', leader: 'L', relayOnly: true, fresh: true }, { t: 'lead', leader: 'L', relayOnly: true, fresh: false }])
})

test('a tab that joins gets the store and the state, and nothing it did not ask for', async () => {
  const { join } = await begin()
  const { heard } = await join('a')
  assert.deepEqual(heard, [[ready, state]])
})

test('calls and sources of pages that count alike get numbers of the engine\'s own; answers find their way back', async () => {
  const { clients, own, done, join } = await begin()
  const [a, b] = [await join('a'), await join('b')]
  const source = { id: 0x80000001, blob: new Blob(['x']) }
  clients.take(clients.own, call(1, { source }))
  for (const { line } of [a, b]) line.postMessage(call(1, { source }))
  await settled()
  const numbers = done.map(({ message }) => [message.id, message.source.id])
  assert.deepEqual(numbers, [[1, 0x80000001], [2, 0x80000002], [3, 0x80000003]])
  clients.deliver([{ t: 'hashed', blob: 0x80000003, hashed: 1, total: 2 }, { t: 'done', id: 2, value: 'for a' }, { t: 'failed', id: 3, error: 'for b' }, { t: 'done', id: 1, value: 'own' }], [])
  await settled()
  assert.deepEqual(a.flat().slice(2), [{ t: 'done', id: 1, value: 'for a' }])
  assert.deepEqual(b.flat().slice(2), [{ t: 'hashed', blob: 0x80000001, hashed: 1, total: 2 }, { t: 'failed', id: 1, error: 'for b' }])
  assert.deepEqual(own, [{ t: 'done', id: 1, value: 'own' }])
})

test('changes go to everybody; connections, passwords and logs are the own page\'s', async () => {
  const { clients, own, join } = await begin()
  const { flat } = await join('a')
  const everybodys = ['item', 'share', 'transfer', 'gone', 'state', 'fatal', 'lost'].map((t) => ({ t }))
  const owns = ['peer', 'send', 'stretch', 'log'].map((t) => ({ t }))
  clients.deliver([...everybodys, ...owns], [])
  clients.deliver([{ t: 'hashed', blob: 20, hashed: 1, total: 1 }], [])
  await settled()
  assert.deepEqual(own, [...everybodys, ...owns, { t: 'hashed', blob: 20, hashed: 1, total: 1 }])
  assert.deepEqual(flat().slice(2), [...everybodys, { t: 'hashed', blob: 20, hashed: 1, total: 1 }])
})

test('an abort means the call of the one who aborts', async () => {
  const { clients, done, join } = await begin()
  const { line } = await join('a')
  clients.take(clients.own, call(5))
  line.postMessage(call(5))
  line.postMessage({ t: 'in', kind: In.abort, handle: 5 })
  line.postMessage({ t: 'in', kind: In.abort, handle: 6 })
  await settled()
  assert.deepEqual(done.slice(2).map(({ message }) => message), [{ t: 'in', kind: In.abort, handle: 2 }])
})

test('until the engine is ready calls wait, and tabs only learn that somebody is there', async () => {
  const { clients, done, join } = await begin({ isReady: false })
  const { heard, line } = await join('a')
  assert.deepEqual(heard, [[]])
  line.postMessage(call(1))
  clients.take(clients.own, { t: 'in', kind: In.network, handle: 0 })
  clients.take(clients.own, call(1))
  await settled()
  assert.deepEqual(done.map(({ message }) => message.t), ['in'], 'what the page says of its network does not wait')
  clients.deliver([state, { t: 'done', id: 0 }], [])
  await settled()
  assert.equal(done.length, 3)
  assert.deepEqual(heard.slice(1).flat().map(({ t }) => t), ['state', 'ready', 'state'])
})

test('a tab may ask for nothing but calls, reads, and where it reads', async () => {
  const { done, join } = await begin()
  const { line } = await join('a')
  for (const message of [{ t: 'close' }, { t: 'start' }, { t: 'channel' }, { t: 'in', kind: In.shutdown, handle: 1 }, { t: 'in', kind: In.network, handle: 0, a: 0 }]) line.postMessage(message)
  for (const message of [{ t: 'flush' }, { t: 'read', id: 1 }, { t: 'blob', id: 2 }, { t: 'in', kind: In.playhead, handle: 20 }]) line.postMessage(message)
  await settled()
  assert.deepEqual(done.map(({ message }) => message.t), ['flush', 'read', 'blob', 'in'])
})

test('a ping is answered with no messages; a bye, the end of a tab and a second hello end its line', async () => {
  const { clients, done, join } = await begin()
  const a = await join('a')
  a.line.postMessage({ t: 'ping' })
  await settled()
  assert.deepEqual(a.heard[1], [])
  a.line.postMessage(call(1))
  a.line.postMessage({ t: 'bye' })
  const b = await join('b')
  b.die()
  const c = await join('c')
  const again = await join('c')
  await settled()
  clients.deliver([{ t: 'item' }, { t: 'done', id: 1, value: 'nobody is there any more' }], [])
  await settled()
  assert.deepEqual([a.heard.length, b.heard.length, again.heard.length], [2, 1, 2])
  assert.equal(done.length, 1, 'what was asked is done all the same')
  assert.ok(c.heard.length <= 3)
})

test('once it closes nobody\'s calls are taken, and what was done is still told', async () => {
  const { clients, done, join } = await begin()
  const { line, flat } = await join('a')
  line.postMessage(call(1))
  await settled()
  clients.close()
  line.postMessage(call(2))
  await settled()
  assert.equal(done.length, 1)
  clients.deliver([{ t: 'done', id: 1, value: 1 }], [])
  await settled()
  assert.deepEqual(flat().at(-1), { t: 'done', id: 1, value: 1 })
})
