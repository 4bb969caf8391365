// Which tab leads: one tab under test, its fellows played by the test. Time is the test's.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeChannel, install, settled } from './fake_tabs.mjs'
import { load } from './load.mjs'

const { fencedLockOf, hubOf, Leadership, lockOf, SamaraError } = await load('leader', 'page/leader.ts', 'shared/tabs.ts', 'shared/places.ts', 'shared/errors.ts')

const STORE = 'x'
/** The tab under test. Its engine opens as `run` says. */
function tab({ run = async () => {}, relayOnly = false } = {}) {
  const seen = []
  const bridge = {
    isOpen: false, posted: [],
    follow(line) {
      this.unplug()
      this.port = line(() => { this.isOpen = true })
      seen.push('line')
    },
    post(message) { this.posted.push(message) },
    unplug() {
      this.port?.end()
      this.port = undefined
      this.isOpen = false
    },
    retire: async () => seen.push('retired'),
    stop: () => seen.push('stopped'),
  }
  const hooks = {
    run: (stolen) => (seen.push(stolen ? 'run stolen' : 'run'), run()),
    engine: (cleared) => seen.push(cleared ? 'engine cleared' : 'engine'),
    ended: () => seen.push('ended'),
    role: () => {},
    silent: (is) => is && seen.push('silent'),
    failed: ({ code }) => seen.push(code),
  }
  return { tab: new Leadership(STORE, relayOnly, bridge, hooks), bridge, seen, take: () => seen.splice(0) }
}

/** Another tab that has the store, played by hand. Without `fenced` it is of an earlier version, or its store cannot be taken. */
async function other(locks, { fenced = true, steal = false } = {}) {
  const it = { hub: new FakeChannel(hubOf(STORE)), said: [], isStolen: false }
  it.hub.onmessage = ({ data }) => it.said.push(data)
  it.say = async (message) => (it.hub.postMessage(message), settled())
  locks.request(lockOf(STORE), steal ? { steal } : {}, () => new Promise((end) => { it.go = end })).catch(() => { it.isStolen = true })
  if (fenced) locks.request(fencedLockOf(STORE), { mode: 'shared' }, () => new Promise(() => {}))
  await settled()
  return it
}
const lead = { t: 'lead', leader: 'L', relayOnly: false, fresh: true }
const heard = ({ said }, t) => said.filter((message) => message.t === t)

/** The tab under test behind another one that leads and answers. */
async function behind(options) {
  const { locks, document, pass } = install()
  const leader = await other(locks, options)
  const me = tab()
  const begun = me.tab.begin()
  await settled()
  await leader.say(lead)
  me.tab.answers('opfs')
  await begun
  await settled()
  me.take()
  return { ...me, leader, locks, document, pass }
}
/** It answers pings, as a line does that is alive. */
const answer = ({ bridge, tab: { tab } }) => {
  const line = [...FakeChannel.all].find(({ name }) => name.includes(tab))
  line.onmessage({ data: [] })
  return bridge.posted.splice(0)
}

test('a tab alone leads, with and without Web Locks', async () => {
  install()
  const first = tab()
  await first.tab.begin()
  assert.deepEqual([first.tab.role, first.seen], ['leader', ['run']])
  install()
  globalThis.navigator.locks = undefined
  const second = tab()
  await second.tab.begin()
  assert.deepEqual([second.tab.role, second.seen], ['leader', ['run']])
})

test('a second tab follows: it listens first, then says hello, and begins when a store is open', async () => {
  const { locks } = install()
  const leader = await other(locks)
  const me = tab()
  let hasBegun = false
  me.tab.begin().then(() => { hasBegun = true })
  await settled()
  assert.deepEqual(heard(leader, 'who').length, 1)
  await leader.say(lead)
  assert.deepEqual([me.tab.role, me.seen, heard(leader, 'hello')], ['follower', ['line'], [{ t: 'hello', leader: 'L', tab: me.tab.tab }]])
  assert.equal(hasBegun, false)
  me.tab.answers('opfs')
  await settled()
  assert.deepEqual([hasBegun, me.take()], [true, ['line', 'engine']])
  answer(me)
  await leader.say({ ...lead, fresh: false })
  assert.deepEqual(me.take(), [], 'the same leader, heard again, changes nothing')
  await leader.say(lead)
  assert.deepEqual(me.take(), ['line'], 'an engine of the leader that was restarted must be asked again')
})

test('a leader that goes is followed by the next in the queue; the store is free', async () => {
  const { tab: me, leader, take } = await behind()
  leader.go()
  await settled()
  assert.deepEqual([me.role, take()], ['leader', ['run', 'engine']])
})

test('pings: a leader that answers stays; after 1.5 s without an answer its store is taken away', async () => {
  const me = await behind()
  for (let i = 0; i < 10; i++) {
    await me.pass(500)
    assert.deepEqual(answer(me), [{ t: 'ping' }])
  }
  await me.pass(1_500)
  assert.equal(me.tab.role, 'follower')
  await me.pass(500)
  assert.deepEqual([me.tab.role, me.leader.isStolen, me.take()], ['leader', true, ['run stolen', 'engine']])
})

test('a leader whose page answers has a busy worker: 5 s', async () => {
  const me = await behind()
  me.leader.hub.onmessage = ({ data }) => data.t === 'who' && me.leader.hub.postMessage({ t: 'here' })
  await me.pass(5_000)
  assert.equal(me.tab.role, 'follower')
  await me.pass(500)
  assert.equal(me.tab.role, 'leader')
})

test('a store that cannot be fenced is not taken away: silent, until somebody answers', async () => {
  const me = await behind({ fenced: false })
  await me.pass(5_000)
  assert.deepEqual([me.tab.role, me.leader.isStolen, new Set(me.take())], ['follower', false, new Set(['silent'])])
  answer(me)
  await me.pass(400)
  assert.deepEqual(me.take(), [])
})

test('open() behind such a leader does not wait for ever', async () => {
  const { locks, pass } = install()
  await other(locks, { fenced: false })
  const me = tab()
  const begun = me.tab.begin()
  await settled()
  await pass(2_500)
  await begun
  assert.deepEqual([me.tab.role, me.seen.at(-1)], ['follower', 'silent'])
})

test('of several tabs that miss the leader one takes its place', async () => {
  const me = await behind()
  let give
  me.locks.request(`${lockOf(STORE)}/heir`, {}, () => new Promise((end) => { give = end }))
  await me.pass(3_000)
  assert.equal(me.tab.role, 'follower', 'another one is at it')
  await me.leader.say({ ...lead, leader: 'M' })
  answer(me)
  give()
  await me.pass(400)
  assert.deepEqual([me.tab.role, me.leader.isStolen], ['follower', false])
})

test('a leader whose store was taken away stops at once and follows', async () => {
  const { locks } = install()
  const me = tab()
  await me.tab.begin()
  me.take()
  const heir = await other(locks, { steal: true })
  assert.deepEqual([me.tab.role, me.take()], ['follower', ['ended']])
  await heir.say(lead)
  assert.deepEqual(me.take(), ['line'])
})

test('lost: deposed gives the store back; cleared starts anew on an empty one, at most three times a minute', async () => {
  const { locks } = install()
  const me = tab()
  await me.tab.begin()
  me.take()
  for (let i = 0; i < 3; i++) {
    me.tab.lost('cleared')
    await settled()
    assert.deepEqual([me.tab.role, me.take()], ['leader', ['ended', 'run', 'engine cleared']])
  }
  const heir = await other(locks)
  me.tab.lost('deposed')
  await settled()
  assert.deepEqual([me.tab.role, typeof heir.go], ['follower', 'function'])
})

test('a hidden leader hands over to a tab that asks: its engine ends first, and the store goes to that tab', async () => {
  const { locks, document, pass } = install()
  const me = tab()
  await me.tab.begin()
  me.take()
  const seer = await other(locks, { fenced: false })
  await seer.say({ t: 'wanted', tab: 'S' })
  assert.equal(me.tab.role, 'leader', 'it is seen itself')
  document.visibilityState = 'hidden'
  me.tab.seen(false)
  await settled()
  assert.equal(heard(seer, 'hidden').length, 1)
  await seer.say({ t: 'wanted', tab: 'S' })
  assert.deepEqual([me.tab.role, me.take(), heard(seer, 'yours')], ['follower', ['retired', 'ended'], [{ t: 'yours', tab: 'S' }]])
  assert.equal(seer.go, undefined, 'others in the queue have to wait')
  await pass(1_000)
  assert.equal(typeof seer.go, 'function', 'whoever waits gets what nobody took')
})

test('a tab that is seen asks a hidden leader after a moment, and takes what it is given', async () => {
  const me = await behind()
  await me.leader.say({ t: 'hidden' })
  assert.equal(heard(me.leader, 'wanted').length, 0)
  await me.pass(300)
  assert.deepEqual(heard(me.leader, 'wanted'), [{ t: 'wanted', tab: me.tab.tab }])
  await me.leader.say({ t: 'yours', tab: 'somebody else' })
  assert.equal(me.tab.role, 'follower')
  await me.leader.say({ t: 'yours', tab: me.tab.tab })
  assert.deepEqual([me.tab.role, me.leader.isStolen, me.take()], ['leader', true, ['run', 'engine']])
})

test('a tab that nobody sees does not ask', async () => {
  const me = await behind()
  me.document.visibilityState = 'hidden'
  await me.leader.say({ t: 'hidden' })
  await me.pass(1_000)
  assert.equal(heard(me.leader, 'wanted').length, 0)
})

test('a store in memory is never handed over', async () => {
  const { locks, document } = install()
  const me = tab()
  await me.tab.begin()
  me.tab.answers('memory')
  const seer = await other(locks, { fenced: false })
  document.visibilityState = 'hidden'
  await seer.say({ t: 'wanted', tab: 'S' })
  me.tab.frozen()
  assert.deepEqual([me.tab.role, (await locks.query()).held.some(({ name }) => name === fencedLockOf(STORE))], ['leader', false])
})

test('freeze: a leader that is followed ends and frees the store, one that is alone stays; a follower leaves the queue', async () => {
  const { locks } = install()
  const me = tab()
  await me.tab.begin()
  me.take()
  me.tab.frozen()
  assert.equal(me.tab.role, 'leader')
  const seer = await other(locks)
  await seer.say({ t: 'hello', leader: me.tab.tab, tab: 'S' })
  me.tab.frozen()
  await settled()
  assert.deepEqual([me.take(), typeof seer.go], [['ended'], 'function'])
  me.tab.resumed()
  await settled()
  assert.equal(me.tab.role, 'follower')
  me.tab.frozen()
  seer.go()
  await settled()
  assert.equal(me.tab.role, undefined, 'the store goes to whoever is awake')
  me.tab.resumed()
  await settled()
  assert.equal(me.tab.role, 'leader')
})

test('tabs that want other kinds of connections are refused, before and after they were served', async () => {
  const { locks } = install()
  const leader = await other(locks)
  const me = tab({ relayOnly: true })
  const begun = me.tab.begin()
  await settled()
  leader.say(lead)
  await assert.rejects(begun, { code: 'already-open', params: { why: 'ice-transport-policy' } })
  const served = await behind()
  await served.leader.say({ ...lead, relayOnly: true })
  assert.deepEqual(served.take(), ['stopped', 'already-open'])
})

test('an engine that cannot be opened: open() says why; a tab that is open lets another one try', async () => {
  const { locks } = install()
  const failure = async () => { throw new SamaraError('storage-lost') }
  await assert.rejects(tab({ run: failure }).tab.begin(), { code: 'storage-lost' })
  assert.deepEqual((await locks.query()).held, [])
  const me = await behind()
  const next = await other(me.locks)
  me.leader.go()
  await settled()
  me.take()
  me.tab.trapped(new SamaraError('engine-restarted'))
  await settled()
  assert.deepEqual([me.tab.role, me.take(), next.go], ['leader', ['run', 'engine'], undefined])
})

test('an engine that traps again and again ends it, and the store is free', async () => {
  const { locks } = install()
  const me = tab()
  await me.tab.begin()
  for (let i = 0; i < 4; i++) {
    me.tab.trapped(new SamaraError('engine-restarted'))
    await settled()
  }
  assert.deepEqual([me.seen.at(-1), (await locks.query()).held], ['engine-restarted', []])
})

test('close: the engine ends in peace, and only then the store is free', async () => {
  const { locks } = install()
  const me = tab()
  await me.tab.begin()
  let end
  me.bridge.retire = () => new Promise((resolve) => { end = resolve })
  const closing = me.tab.close()
  const next = await other(locks)
  assert.equal(next.go, undefined)
  end()
  await closing
  await settled()
  assert.equal(typeof next.go, 'function')
  assert.equal((await locks.query()).held.filter(({ name }) => name !== fencedLockOf(STORE)).length, 1)
})
