// What the host does for sealed shares: entropy before every share, ciphertext hashed, passwords sent to be stretched and
// wiped, app meta as CBOR both ways, pictures told apart.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { FakeEngine } from './fake_engine.mjs'
import { load } from './load.mjs'

const { Host, MemoryStore, encode, decode, encodeCbor, toText, In, Out, Query, StoreStatus } = await load(
  'sealed', 'worker/host.ts', 'worker/cbor.ts', 'store/memory.ts', 'shared/bencode.ts', 'shared/records.ts',
)
const sha1 = (data) => createHash('sha1').update(data).digest()
const settled = () => new Promise((resolve) => setTimeout(resolve, 5))
const SHARE = 1

function start(script = {}) {
  const told = []
  const engine = new FakeEngine(({ kind, ...input }) => (typeof script[kind] === 'function' ? script[kind](input) : script[kind]) ?? [])
  engine.digest = (bytes, piece) => Buffer.concat(Array.from({ length: Math.ceil(bytes.length / piece) }, (_, i) => sha1(bytes.subarray(i * piece, (i + 1) * piece))))
  const host = new Host(engine, new MemoryStore(1_000_000), (messages, transfers) => told.push(...messages.map((message) => ({ ...message, transfers }))), -1)
  return { host, engine, told, inputs: (kind) => engine.inputs.filter((input) => input.kind === kind) }
}

test('fresh entropy comes right before every share, and before nothing else', () => {
  const { host, engine, inputs } = start()
  host.call(1, In.save, 0, {}, { id: 0x80000001, blob: new Blob(['x']) })
  host.call(2, In.share, 0, { encrypt: true }, { id: 0x80000002, blob: new Blob(['x']) })
  host.call(3, In.receive, 0, {})
  host.call(4, In.share, 0, { item: 'i' })
  assert.deepEqual(engine.inputs.map(({ kind }) => kind), [In.save, In.entropy, In.share, In.receive, In.entropy, In.share])
  const [first, second] = inputs(In.entropy).map(({ payload }) => payload)
  assert.deepEqual([first.length, second.length], [64, 64])
  assert.notDeepEqual(first, second)
  assert.ok(first.some((byte) => byte !== 0))
})

test('the time of day comes before every word of the network: the page may have slept', () => {
  const { host, engine } = start()
  host.feed(In.network, 0, 1)
  host.feed(In.tick)
  assert.deepEqual(engine.inputs.map(({ kind }) => kind), [In.wallClock, In.network, In.tick])
  assert.ok(Math.abs(engine.inputs[0].b - Date.now()) < 1000)
})

for (const subtle of [true, false]) {
  test(`ciphertext is hashed piece by piece, ${subtle ? 'by crypto.subtle' : 'by the engine, not before it has returned'}; progress adds up`, async () => {
    const parts = [70_000, 65_536, 5].map((size, i) => new Uint8Array(size).map((_, at) => at * (i + 3)))
    const total = parts.reduce((sum, part) => sum + part.length, 0)
    const { host, inputs, told } = start({ [In.share]: () => parts.map((payload, i) => ({ kind: Out.hashBytes, flags: 14, handle: i + 1, a: 9, b: total, payload })) })
    const real = crypto.subtle
    if (!subtle) Object.defineProperty(crypto, 'subtle', { value: undefined, configurable: true })
    try {
      host.call(SHARE, In.share, 0, {})
      while (inputs(In.piecesHashed).length < parts.length) await settled()
    } finally {
      Object.defineProperty(crypto, 'subtle', { value: real, configurable: true })
    }
    for (const [i, part] of parts.entries()) {
      const hashed = inputs(In.piecesHashed).find(({ handle }) => handle === i + 1)
      const pieces = Array.from({ length: Math.ceil(part.length / 16_384) }, (_, n) => sha1(part.subarray(n * 16_384, (n + 1) * 16_384)))
      assert.deepEqual([hashed.a, Buffer.from(hashed.payload)], [StoreStatus.ok, Buffer.concat(pieces)])
    }
    const progress = told.filter(({ t }) => t === 'hashed')
    assert.ok(progress.every((message) => message.blob === 9 && message.total === total))
    assert.deepEqual(progress.map(({ hashed }) => hashed).at(-1), total)
    assert.deepEqual(progress.map(({ hashed }) => hashed), progress.map(({ hashed }) => hashed).toSorted((a, b) => a - b))
  })
}

test('a password to be stretched goes to the page with its salt, moved; the answer goes back', () => {
  const payload = new TextEncoder().encode('0123456789abcdefpässword')
  const { host, told, inputs } = start({ [In.receive]: [{ kind: Out.stretchPassword, handle: 5, payload }] })
  host.call(1, In.receive, 0, { password: 'pässword' })
  const [{ t, op, bytes, transfers }] = told
  assert.deepEqual([t, op, toText(bytes), transfers], ['stretch', 5, '0123456789abcdefpässword', [bytes.buffer]])
  host.feed(In.passwordStretched, 5, StoreStatus.ok, 0, [new Uint8Array(32).fill(7)])
  assert.deepEqual([inputs(In.passwordStretched)[0].handle, [...inputs(In.passwordStretched)[0].payload]], [5, Array(32).fill(7)])
})

test('bytes that held passwords, links or keys are wiped once the engine has its copy', () => {
  const { host, inputs } = start()
  for (const kind of [In.share, In.receive, In.control, In.entropy, In.passwordStretched]) {
    const bytes = new Uint8Array([1, 2, 3])
    host.feed(kind, 1, 0, 0, [bytes])
    assert.deepEqual([...bytes], [0, 0, 0])
    assert.deepEqual([...inputs(kind)[0].payload], [1, 2, 3])
  }
  const kept = new Uint8Array([1])
  host.feed(In.channelBytes, 1, 0, 0, [kept])
  assert.deepEqual([...kept], [1])
})

test('app meta goes to the engine as CBOR; what cannot be encoded fails the call before the engine hears of it', () => {
  const { host, engine, inputs } = start()
  host.call(1, In.save, 0, { name: 'n', meta: { waveform: [0, 3, 7, 2], place: 'Zürich' } })
  host.call(2, In.updateItem, 0, { name: 'n' })
  assert.equal(Buffer.from(decode(inputs(In.save)[0].payload).bytes('meta')).toString('hex'), 'a265706c616365675ac3bc726963686877617665666f726d8400030702')
  assert.equal(decode(inputs(In.updateItem)[0].payload).has('meta'), false)
  const count = engine.inputs.length
  const deep = JSON.parse(`${'{"a":'.repeat(9)}1${'}'.repeat(9)}`)
  assert.throws(() => host.call(3, In.share, 0, { meta: deep }), RangeError)
  assert.equal(engine.inputs.length, count)
})

const PICTURES = {
  'image/jpeg': 'ffd8ffe000104a46', 'image/png': '89504e470d0a1a0a', 'image/gif': '474946383961', 'image/webp': '524946461a00000057454250',
  'image/avif': '0000001c6674797061766966', '': '3c737667206f6e6c6f61643d',
}
test('a picture without a media type gets one by its first bytes, never one that can run', () => {
  const items = Object.values(PICTURES).map((hex) => ({ id: 'i', thumbnail: new Uint8Array(Buffer.from(hex, 'hex')), meta: encodeCbor({ a: 1 }), expires: 5 }))
  const { host, told } = start({ [In.query]: ({ handle }) => [{ kind: Out.completed, handle, payload: encode({ list: [...items, { id: 'j', thumbnail: new Uint8Array(1), thumbnail_type: 'x/y', meta: '{"b":2}' }] }) }] })
  host.call(1, In.query, Query.items, {})
  const seen = told[0].value
  assert.deepEqual(seen.map(({ thumbnailType }) => thumbnailType ?? ''), [...Object.keys(PICTURES), 'x/y'])
  assert.deepEqual([seen[0].meta, seen[0].expires, seen.at(-1).meta, seen.at(-1).expires], [{ a: 1 }, 5, { b: 2 }, undefined])
})
