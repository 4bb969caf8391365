// The pump and the carrying out of commands, against an engine in JavaScript.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { FakeEngine } from './fake_engine.mjs'
import { load } from './load.mjs'

const { CODES, Host, MemoryStore, encode, encodeCbor, toText, decode, In, Out, Query, StoreStatus, Subject } = await load(
  'host', 'worker/host.ts', 'worker/cbor.ts', 'store/memory.ts', 'shared/bencode.ts', 'shared/records.ts', 'shared/codes.ts',
)
globalThis.setInterval = () => 0 // the host's minute would keep the test alive

const bytes = (text) => new TextEncoder().encode(text)
const sha1 = (data) => createHash('sha1').update(data).digest()
const settled = () => new Promise((resolve) => setTimeout(resolve, 20))

/** A host over a scripted engine: `script` maps input kinds to the records they give, once each. */
function start(script = {}, { logLevel = -1 } = {}) {
  const told = []
  const store = new MemoryStore(10_000_000)
  const engine = new FakeEngine(({ kind, ...input }) => {
    const answer = script[kind]
    return (typeof answer === 'function' ? answer({ kind, ...input }) : answer) ?? []
  })
  const host = new Host(engine, store, (messages, transfers) => told.push(...messages.map((message) => ({ ...message, transfers }))), logLevel)
  const inputs = (kind) => engine.inputs.filter((input) => input.kind === kind)
  return { host, engine, store, told, inputs }
}

test('at the start: configuration, wall clock, then what the store lists', () => {
  const { host, engine } = start()
  assert.ok(host.start({ trackers: ['ws://x'] }, [{ blob: 7, bytes: 2 ** 33 }]))
  assert.deepEqual(decode(engine.config).list('trackers').map(toText), ['ws://x'])
  assert.notDeepEqual(engine.seed, [0, 0])
  assert.deepEqual(engine.inputs.map(({ kind }) => kind), [In.wallClock, In.storeOpened])
  assert.ok(Math.abs(engine.inputs[0].b - Date.now()) < 1000)
  const listing = new DataView(engine.inputs[1].payload.buffer)
  assert.deepEqual([listing.byteLength, listing.getUint32(0, true), listing.getBigUint64(4, true)], [12, 7, 2n ** 33n])
})

test('a command that is answered at once becomes a further input, never a nested one', () => {
  let writes = 0
  const { host, inputs, store } = start({
    [In.tick]: [{ kind: Out.storeWrite, handle: 1, a: 5, b: 0, payload: bytes('abc') }, { kind: Out.storeWrite, handle: 2, a: 5, b: 3, payload: bytes('def') }],
    [In.storeDone]: ({ handle }) => (++writes < 5 ? [{ kind: Out.storeRead, handle: handle + 10, a: 5, b: 1, bytes: 4 }] : []),
  })
  host.feed(In.tick)
  const done = inputs(In.storeDone)
  assert.deepEqual(done.slice(0, 2).map(({ handle, a }) => [handle, a]), [[1, StoreStatus.ok], [2, StoreStatus.ok]])
  assert.equal(toText(done[2].payload), 'bcde')
  assert.equal(toText(store.read(5, 0, 6)), 'abcdef')
})

test('store failures are statuses', async () => {
  const { host, inputs } = start({
    [In.tick]: [
      { kind: Out.storeRead, handle: 1, a: 9, b: 0, bytes: 4 },
      { kind: Out.storeWrite, handle: 2, a: 1, b: 0, payload: new Uint8Array(10_000_001) },
      { kind: Out.storeRead, handle: 3, a: 0x80000001, b: 0, bytes: 4 },
      { kind: Out.storeFlush, handle: 4 },
    ],
  })
  host.feed(In.tick)
  await settled()
  const statuses = new Map(inputs(In.storeDone).map(({ handle, a }) => [handle, a]))
  assert.deepEqual([...statuses].sort(), [[1, StoreStatus.notFound], [2, StoreStatus.full], [3, StoreStatus.notFound], [4, StoreStatus.ok]])
})

test('a source is copied into the store and read by range, and is gone when released', async () => {
  const data = new Uint8Array(700_001).map((_, i) => i * 13)
  const script = {
    [In.save]: ({ a }) => [{ kind: Out.storeCopy, handle: 1, a, b: data.length, payload: new Uint8Array([6, 0, 0, 0]) }],
    [In.tick]: [
      { kind: Out.storeRead, handle: 2, a: 0x80000001, b: 600_000, bytes: 100_001 },
      { kind: Out.storeRead, handle: 3, a: 0x80000001, b: 700_000, bytes: 2 },
    ],
    [In.network]: [{ kind: Out.releaseSource, handle: 0x80000001 }, { kind: Out.storeRead, handle: 4, a: 0x80000001, b: 0, bytes: 1 }],
  }
  const { host, inputs, store } = start(script)
  host.call(5, In.save, 0, { name: 'x' }, { id: 0x80000001, blob: new Blob([data]) })
  host.feed(In.tick)
  await settled()
  host.feed(In.network, 0, 1)
  await settled()
  const done = new Map(inputs(In.storeDone).map((input) => [input.handle, input]))
  assert.equal(done.get(1).a, StoreStatus.ok)
  assert.deepEqual(store.read(6, 0, data.length), data)
  assert.deepEqual(done.get(2).payload, data.subarray(600_000))
  assert.equal(done.get(3).a, StoreStatus.lost)
  assert.equal(done.get(4).a, StoreStatus.notFound)
})

for (const { what, size, piece } of [
  { what: 'one byte', size: 1, piece: 16_384 },
  { what: 'nothing', size: 0, piece: 16_384 },
  { what: 'whole pieces over several slices', size: 9 * 1024 * 1024, piece: 65_536 },
  { what: 'a short last piece', size: 5 * 1024 * 1024 + 77, piece: 32_768 },
  { what: 'pieces larger than a slice', size: 17 * 1024 * 1024, piece: 8 * 1024 * 1024 },
]) {
  const data = new Uint8Array(size).map((_, i) => (i * i) >> 5)
  const expected = Buffer.concat(Array.from({ length: Math.ceil(size / piece) }, (_, i) => sha1(data.subarray(i * piece, (i + 1) * piece))))
  for (const subtle of [true, false]) {
    test(`pieces are hashed: ${what}, ${subtle ? 'crypto.subtle' : 'by the engine'}`, async () => {
      const payload = new Uint8Array(4)
      new DataView(payload.buffer).setUint32(0, piece, true)
      const { host, engine, inputs, told } = start({ [In.share]: ({ a }) => [{ kind: Out.hashPieces, handle: 1, a, b: size, payload }] })
      engine.digest = (part, pieceBytes) => Buffer.concat(Array.from({ length: Math.ceil(part.length / pieceBytes) }, (_, i) => sha1(part.subarray(i * pieceBytes, (i + 1) * pieceBytes))))
      const real = crypto.subtle
      if (!subtle) Object.defineProperty(crypto, 'subtle', { value: undefined, configurable: true })
      try {
        host.call(1, In.share, 0, {}, { id: 0x80000001, blob: new Blob([data]) })
        while (!inputs(In.piecesHashed).length) await settled()
      } finally {
        Object.defineProperty(crypto, 'subtle', { value: real, configurable: true })
      }
      const [hashed] = inputs(In.piecesHashed)
      assert.equal(hashed.a, StoreStatus.ok)
      assert.deepEqual(Buffer.from(hashed.payload), expected)
      const progress = told.filter(({ t }) => t === 'hashed').map(({ hashed: at }) => at)
      assert.deepEqual(progress, [...progress].sort((a, b) => a - b))
      if (size) assert.equal(progress.at(-1), size)
    })
  }
}

test('calls end with what their kind says, or with a public code', () => {
  const item = { id: '00000000000000aa', name: 'n', size: 3, blob: 4, origin: 'saved', added: 5, infohash: new Uint8Array(20).fill(171), files: [{ name: 'f', offset: 0, size: 3, type: 't' }] }
  const results = {
    1: { payload: encode(item) },
    2: { payload: encode({ list: [item, item] }) },
    3: { payload: encode({}) },
    4: { flags: 2, payload: encode({ why: 'truncated' }) },
    5: { flags: CODES.indexOf('bencode-truncated') },
  }
  const finish = ({ handle }) => [{ kind: Out.completed, handle, ...results[handle] }]
  const { host, told } = start({ [In.save]: finish, [In.query]: finish, [In.receive]: finish })
  host.call(1, In.save, 0, {})
  host.call(2, In.query, Query.items, {})
  host.call(3, In.query, Query.item, {})
  host.call(4, In.receive, 0, {})
  host.call(5, In.receive, 0, {})
  const ends = new Map(told.map((message) => [message.id, message]))
  assert.equal(ends.get(1).value.infoHash, 'ab'.repeat(20))
  assert.deepEqual(ends.get(1).value.files, [{ name: 'f', offset: 0, size: 3, type: 't' }])
  assert.equal(ends.get(2).value.length, 2)
  assert.equal(ends.get(3).value, undefined)
  assert.deepEqual([ends.get(4).t, ends.get(4).error.code, ends.get(4).error.params.why], ['failed', 'bad-link', 'truncated'])
  assert.deepEqual([ends.get(5).error.code, ends.get(5).error.params.why], ['metadata-invalid', 'bencode-truncated'])
})

test('changes are told as plain values', () => {
  const transfer = {
    id: '1', state: 'receiving', verified: 10, total: 20, rate: 5, left_ms: 2500, peers: 1, have: [0, 10], asking: 1,
    metadata: { name: 'n', files: [], size: 20, infohash: new Uint8Array(20), sealed: 0, type: '' },
    peer_list: [{ id: 7, client: 'C', fraction: 500000, received: 10, sent: 0, route: 'local' }],
    reason: { code: 'offline', since: 9, extra: 1 }, error: { code: 'metainfo-bad-path', index: 3 },
  }
  const { host, told } = start({ [In.tick]: [{ kind: Out.changed, a: Subject.transfer, payload: encode(transfer) }, { kind: Out.gone, a: Subject.share, payload: bytes('00000000000000ff') }] })
  host.feed(In.tick)
  const [{ transfer: seen }, gone] = told
  assert.deepEqual(seen.progress, { state: 'receiving', verifiedBytes: 10, totalBytes: 20, bytesPerSecond: 5, secondsLeft: 2.5, peers: 1, have: [[0, 10]] })
  assert.deepEqual([seen.asking, seen.metadata.name, seen.peers[0].fraction], [true, 'n', 0.5])
  assert.deepEqual([seen.reason.code, seen.reason.params], ['offline', { extra: 1 }])
  assert.deepEqual([seen.error.code, seen.error.params], ['metadata-invalid', { why: 'metainfo-bad-path', index: 3 }])
  assert.deepEqual([gone.t, gone.subject, gone.id], ['gone', Subject.share, '00000000000000ff'])
})

test('bytes for a peer go to the page as copies of their own, in one message per turn', () => {
  const { host, told } = start({ [In.tick]: [{ kind: Out.sendBytes, handle: 3, payload: bytes('one') }, { kind: Out.sendBytes, handle: 3, payload: bytes('two') }] })
  host.feed(In.tick)
  assert.deepEqual(told.map(({ t, channel, bytes: sent }) => [t, channel, toText(sent)]), [['send', 3, 'one'], ['send', 3, 'two']])
  assert.deepEqual(told[0].transfers, told.map(({ bytes: sent }) => sent.buffer))
})

test('the timer sends a tick when the deadline has come, and follows an earlier one', async () => {
  const { host, engine, inputs } = start()
  const now = () => performance.now() * 1000
  engine.deadline = now() + 60_000_000
  host.feed(In.network)
  engine.deadline = now() + 30_000
  host.feed(In.network)
  while (!inputs(In.tick).length) await settled()
  assert.ok(inputs(In.tick)[0].nowUs >= engine.deadline)
  engine.deadline = -1
})

test('a trap or a refused input is fatal, once, and nothing is fed after it', () => {
  const { host, told, engine } = start({ [In.tick]: () => { throw new WebAssembly.RuntimeError('unreachable') } })
  host.feed(In.tick)
  assert.equal(told.length, 1)
  assert.equal(told[0].t, 'fatal')
  engine.depth = 0
  engine.handle = () => -1
  host.feed(In.network)
  assert.match(told[1].why, /refused/)
})

test('logs below the level asked for stay here', () => {
  const log = [{ kind: Out.log, a: 2, b: 42, payload: bytes('swarm first-byte') }, { kind: Out.log, a: 0, b: 1, payload: bytes('store journal-corrupt') }]
  const { host, told } = start({ [In.tick]: log }, { logLevel: 0 })
  host.feed(In.tick)
  assert.deepEqual(told.map(({ level, area, code, detail }) => [level, area, code, detail]), [[0, 'store', 'journal-corrupt', 1]])
})

test('what is unknown of a listing is told as unknown', () => {
  const { host, engine } = start()
  host.start({}, [{ blob: 16, bytes: undefined }])
  assert.equal(new DataView(engine.inputs[1].payload.buffer).getBigUint64(4, true), 2n ** 64n - 1n)
})

test('a reservation that fails is a status', async () => {
  const { host, inputs } = start({ [In.tick]: [{ kind: Out.storeReserve, handle: 1, a: 20, b: 1000 }, { kind: Out.storeReserve, handle: 2, a: 21, b: 20_000_000 }] })
  host.feed(In.tick)
  await settled()
  assert.deepEqual(inputs(In.storeDone).map(({ handle, a }) => [handle, a]), [[1, StoreStatus.ok], [2, StoreStatus.full]])
})

test('what is told may make calls at once: nothing is told twice', () => {
  const { engine } = start({})
  const finish = ({ handle }) => [{ kind: Out.completed, handle, payload: encode({}) }]
  engine.script = ({ kind, ...input }) => (kind === In.query ? finish(input) : [])
  const told = []
  const host = new Host(engine, new MemoryStore(10), (messages) => {
    told.push(...messages.map(({ id }) => id))
    if (told.length === 1) host.call(8, In.query, Query.items)
  }, -1)
  host.call(7, In.query, Query.items)
  assert.deepEqual(told, [7, 8])
})

test('shutting down is a call of the host\'s own, which no client hears of', async () => {
  const { host, told } = start({ [In.shutdown]: ({ handle }) => [{ kind: Out.completed, handle, payload: encode({}) }] })
  await host.shutDown()
  assert.deepEqual(told, [])
})

test('once it is stopped nothing is fed, carried out or told, not even of the turn it was stopped in', async () => {
  const { host, engine, store, told } = start({
    [In.tick]: () => {
      host.stop()
      return [{ kind: Out.storeWrite, handle: 1, a: 20, b: 0, payload: bytes('late') }, { kind: Out.gone, a: Subject.item, payload: bytes('00000000000000ff') }]
    },
  })
  host.feed(In.tick)
  host.feed(In.network, 0, 1)
  host.tell({ t: 'lost', why: 'deposed' })
  await settled()
  assert.deepEqual([engine.inputs.length, told], [1, []])
  assert.throws(() => store.read(20, 0, 4))
})
