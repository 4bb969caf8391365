// The objects of the API against a worker in the test's hands: promises, events, snapshots, aborting, accepting.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  calls, fileOf, In, itemData, metadataData, open, Query, SamaraError, shareData, Subject, transferData, turn, unhandled, Verb,
} from './live_data.mjs'

test('receive() gives a transfer at once, and a bad link ends in failed without an unhandled rejection', async () => {
  const { samara } = open(({ kind }) => (kind === In.receive ? new SamaraError('bad-link', 'no', { why: 'truncated' }) : undefined))
  const transfer = samara.receive('nonsense')
  assert.equal(transfer.snapshot.state, 'starting')
  assert.match(transfer.id, /^[0-9a-f]{16}$/)
  await assert.rejects(transfer.done, { code: 'bad-link', params: { why: 'truncated' } })
  await assert.rejects(transfer.metadata, { code: 'bad-link' })
  assert.equal(transfer.snapshot.state, 'failed')
  assert.equal(transfer.snapshot.error.code, 'bad-link')
  samara.receive('again')
  await turn()
  assert.deepEqual(unhandled, [])
})

test('a transfer follows the engine: metadata once, progress, done', async () => {
  const { samara } = open(({ kind }) => (kind === In.receive ? transferData() : undefined))
  const transfer = samara.receive('magnet:?')
  const events = []
  for (const type of ['change', 'progress', 'metadata', 'peer', 'done', 'error']) transfer.addEventListener(type, ({ detail }) => events.push([type, detail]))
  await turn()
  assert.equal(transfer.id, 't1')
  samara.receiveMessage({ t: 'transfer', transfer: transferData({ metadata: metadataData() }, { state: 'receiving', totalBytes: 4 }) })
  const before = transfer.snapshot
  samara.receiveMessage({ t: 'transfer', transfer: transferData({ peers: [{ id: '1', client: 'c', route: 'local', receivedBytes: 1, sentBytes: 0, fraction: 1 }] }, { state: 'receiving', have: [[0, 2]] }) })
  assert.notEqual(transfer.snapshot, before)
  assert.ok(Object.isFrozen(transfer.snapshot) && Object.isFrozen(before))
  assert.equal(transfer.snapshot.metadata.name, 'n', 'metadata stays although it was said once')
  samara.receiveMessage({ t: 'transfer', transfer: transferData({ item: itemData({ origin: 'received' }) }, { state: 'done', verifiedBytes: 4 }) })
  const item = await transfer.done
  assert.equal(item.origin, 'received')
  assert.equal((await transfer.metadata).size, 4)
  assert.equal(events.filter(([type]) => type === 'metadata').length, 1)
  assert.equal(events.filter(([type]) => type === 'peer').length, 1)
  assert.equal(events.filter(([type]) => type === 'done').length, 1)
  assert.equal(events.filter(([type]) => type === 'error').length, 0)
})

test('metadata that was reported before receive() was answered is not lost', async () => {
  const { samara, bridge } = open()
  const transfer = samara.receive('magnet:?')
  await turn()
  samara.receiveMessage({ t: 'transfer', transfer: transferData({ metadata: metadataData() }) })
  samara.receiveMessage({ t: 'transfer', transfer: transferData({}, { state: 'receiving' }) })
  calls(bridge, In.receive)[0].resolve(transferData())
  await turn()
  assert.equal(transfer.snapshot.metadata?.name, 'n')
  assert.equal(transfer.snapshot.state, 'receiving')
})

test('progress() yields the latest value and ends with the transfer', async () => {
  const { samara } = open(({ kind }) => (kind === In.receive ? transferData() : undefined))
  const transfer = samara.receive('magnet:?')
  await turn()
  const states = []
  const reading = (async () => {
    for await (const { state, verifiedBytes } of transfer.progress()) states.push(`${state}${verifiedBytes}`)
  })()
  await turn()
  for (const verifiedBytes of [1, 2, 3]) samara.receiveMessage({ t: 'transfer', transfer: transferData({}, { state: 'receiving', verifiedBytes }) })
  await turn()
  samara.receiveMessage({ t: 'transfer', transfer: transferData({ item: itemData() }, { state: 'done', verifiedBytes: 4 }) })
  await reading
  assert.deepEqual(states, ['finding0', 'receiving3', 'done4'])
})

test('aborting before: nothing is asked of the engine', async () => {
  const { samara, bridge } = open()
  const signal = AbortSignal.abort()
  await assert.rejects(samara.receive('magnet:?', { signal }).done, { code: 'aborted' })
  await assert.rejects(samara.save(new Blob(['x']), { signal }), { code: 'aborted' })
  await assert.rejects(samara.share(new Blob(['x']), { signal, encrypt: false }), { code: 'aborted' })
  assert.deepEqual(bridge.calls, [])
})

test('aborting a transfer pauses it and rejects done; cancel() discards it', async () => {
  const { samara, bridge } = open(({ kind }) => (kind === In.receive ? transferData() : [In.control, In.query].includes(kind) ? null : undefined))
  const end = new AbortController()
  const transfer = samara.receive('magnet:?', { signal: end.signal })
  end.abort()
  await assert.rejects(transfer.done, { code: 'aborted' })
  await turn()
  assert.deepEqual(calls(bridge, In.control).map(({ a, spec }) => [a, spec]), [[Verb.pause, { id: 't1', password: undefined, what: 'transfer' }]])
  await transfer.cancel()
  assert.equal(transfer.snapshot.state, 'cancelled')
})

for (const { verdict, expected } of [
  { verdict: () => true, expected: { accept: true, files: undefined } },
  { verdict: async () => false, expected: { accept: false, files: undefined } },
  { verdict: () => [0], expected: { accept: true, files: [0] } },
  { verdict: () => { throw new Error('no') }, expected: { accept: false, files: undefined } },
]) {
  test(`accept that says ${String(verdict)} is told once`, async () => {
    const { samara, bridge } = open(({ kind }) => (kind === In.receive ? transferData() : kind === In.accept ? null : undefined))
    const seen = []
    samara.receive('magnet:?', { accept: (metadata) => (seen.push(metadata.name), verdict()) })
    await turn()
    assert.equal(calls(bridge, In.receive)[0].spec.ask, 1)
    for (let i = 0; i < 2; i++) samara.receiveMessage({ t: 'transfer', transfer: transferData({ metadata: metadataData(), asking: true }, { state: 'waiting' }) })
    await turn()
    assert.deepEqual(seen, ['n'])
    assert.deepEqual(calls(bridge, In.accept).map(({ spec }) => spec), [{ id: 't1', ...expected }])
  })
}

test('a stream before the end waits for verified ranges and reads only those', async () => {
  const { samara, bridge } = open(({ kind }) => (kind === In.receive ? transferData() : undefined))
  bridge.blobs.set(9, new Uint8Array([0, 1, 2, 3, 4, 5, 6, 7]))
  const transfer = samara.receive('magnet:?')
  const reader = transfer.stream(0, { start: 1, end: 5 }).getReader()
  const first = reader.read()
  await turn()
  const metadata = metadataData({ size: 6, files: [fileOf(6, 2)] })
  samara.receiveMessage({ t: 'transfer', transfer: transferData({ metadata, blob: 9 }, { state: 'receiving' }) })
  await turn()
  assert.equal(calls(bridge, 'read').length, 0, 'nothing is verified yet')
  samara.receiveMessage({ t: 'transfer', transfer: transferData({ blob: 9 }, { state: 'receiving', have: [[0, 4]] }) })
  assert.deepEqual([...(await first).value], [3])
  const rest = reader.read()
  samara.receiveMessage({ t: 'transfer', transfer: transferData({ blob: 9, item: itemData() }, { state: 'done', have: [[0, 8]] }) })
  assert.deepEqual([...(await rest).value], [4, 5, 6])
  assert.equal((await reader.read()).done, true)
})

test('a stream of a transfer that fails fails with its error', async () => {
  const { samara } = open(({ kind }) => (kind === In.receive ? transferData({ metadata: metadataData() }) : undefined))
  const reading = samara.receive('magnet:?').stream().getReader().read()
  await turn()
  samara.receiveMessage({ t: 'transfer', transfer: transferData({ error: { code: 'storage-full', message: 'm', params: {} } }, { state: 'failed' }) })
  await assert.rejects(reading, { code: 'storage-full' })
})

test('an item gives its bytes by file and range, with its type, and one URL per file', async () => {
  const { samara, bridge } = open(({ a }) => (a === Query.item ? itemData({ size: 6, created: 5, duration: 1500, description: 'd', expires: 6, meta: { a: 1 }, files: [fileOf(4), { ...fileOf(2, 4), type: 'a/b;codecs=c' }] }) : undefined))
  bridge.blobs.set(7, new Uint8Array([1, 2, 3, 4, 5, 6]))
  const item = await samara.item('i1')
  assert.ok(Object.isFrozen(item))
  assert.deepEqual([item.createdAt.getTime(), item.durationSeconds, item.description, item.meta, item.expiresAt.getTime()], [5, 1.5, 'd', { a: 1 }, 6])
  const blob = await item.blob(1)
  assert.equal(blob.type, 'a/b;codecs=c')
  assert.deepEqual([...new Uint8Array(await blob.arrayBuffer())], [5, 6])
  const part = async (range) => [...new Uint8Array(await new Response(item.stream(0, range)).arrayBuffer())]
  assert.deepEqual(await part({ start: 1, end: 3 }), [2, 3])
  assert.deepEqual(await part({ start: -1 }), [4])
  assert.deepEqual(await part({ start: 9 }), [])
  await assert.rejects(item.blob(2), { code: 'not-found' })
  const url = await item.src(0)
  assert.match(url, /^blob:/)
  assert.equal(await item.src(0), url)
})

test('sources of every kind become one blob with its files', async () => {
  const { samara, bridge } = open()
  const stream = new Blob(['stream']).stream()
  const given = [
    { source: new Blob(['b'], { type: 't/b' }), files: [{ name: '', size: 1, type: 't/b' }], keep: 'reference' },
    { source: new File(['ff'], 'f.txt', { type: 't/f' }), files: [{ name: 'f.txt', size: 2, type: 't/f' }], keep: 'reference' },
    { source: [new File(['1'], 'a'), new File(['22'], 'b')], files: [{ name: 'a', size: 1, type: '' }, { name: 'b', size: 2, type: '' }], keep: 'reference', list: true },
    { source: new Uint8Array([0, 1, 2, 3]).subarray(1, 3), files: [{ name: '', size: 2, type: '' }], keep: 'copy' },
    { source: new ArrayBuffer(3), files: [{ name: '', size: 3, type: '' }], keep: 'copy' },
    { source: stream, files: [{ name: '', size: 6, type: '' }], keep: 'copy' },
  ]
  for (const { source } of given) samara.share(source, { encrypt: false }).catch(() => {})
  await turn()
  await turn()
  const asked = calls(bridge, In.share)
  assert.equal(asked.length, given.length)
  const bySize = (list) => list.map(({ files, keep, list: isList }) => JSON.stringify({ files, keep, list: !!isList })).sort()
  assert.deepEqual(bySize(asked.map(({ spec }) => spec)), bySize(given))
  assert.equal(new Set(asked.map(({ source }) => source.id)).size, given.length)
  assert.ok(asked.every(({ source }) => source.id >= 0x80000000 && source.id < 2 ** 32))
  assert.deepEqual([...new Uint8Array(await asked.find(({ source }) => source.blob.size === 2 && !source.blob.type).source.blob.arrayBuffer())].length, 2)
})

test('what is not built rejects with unsupported and never shares plainly instead', async () => {
  const { samara, bridge } = open()
  const blob = new Blob(['x'])
  for (const options of [
    { swarm: 'sealed' }, { encrypt: false, swarm: 'sealed' }, { private: true }, { pieceLength: 65536 }, { encrypt: true, private: true },
    { encrypt: false, password: 'p' }, { encrypt: false, expiresAt: new Date() }, { password: '' }, { encrypt: false, password: '' },
  ]) {
    await assert.rejects(samara.share(blob, options), ({ code, message }) => code === 'unsupported' && message.length > 20, JSON.stringify(options))
  }
  await assert.rejects(samara.report(), { code: 'unsupported' })
  for (const method of ['create', 'current', 'join', 'recover', 'import']) await assert.rejects(samara.vault[method](), { code: 'unsupported' })
  assert.deepEqual(bridge.calls, [])
})

test('a share is sealed unless encrypt is false; password, expiry and meta go along as the engine wants them', async () => {
  const { samara, bridge } = open(({ kind, a }) => (kind === In.share ? shareData() : a === Query.item ? itemData({ meta: { own: new Uint8Array([1]) } }) : undefined))
  const blob = new Blob(['x'])
  const item = await samara.item('i1')
  await samara.share(blob, { key: 'k', password: 'pa\u0308ss', expiresAt: new Date(7000), private: false, meta: { when: new Date(0), no: undefined, f() {} } })
  await samara.share(blob, { encrypt: false, private: true, pieceLength: 65536 })
  await samara.share(item)
  await samara.share(item, { meta: { other: 1 } })
  assert.equal('private' in calls(bridge, In.share)[0].spec && calls(bridge, In.share)[0].spec.private, undefined, 'false is not said')
  const [sealed, open_, ofItem, described] = calls(bridge, In.share).map(({ spec }) => spec)
  assert.deepEqual([sealed.encrypt, sealed.key, sealed.password, sealed.expires], [true, 'k', 'p\u00e4ss', 7000])
  assert.deepEqual(sealed.meta, { when: '1970-01-01T00:00:00.000Z' })
  assert.deepEqual([open_.encrypt, open_.private, open_.piece_length, open_.password], [false, true, 65536, undefined])
  assert.deepEqual([ofItem.item, ofItem.meta, described.meta], ['i1', { own: new Uint8Array([1]) }, { other: 1 }])
})

test('a share that expires has stopped: one event, with the reason', async () => {
  const { samara } = open(({ kind }) => (kind === In.share ? shareData() : undefined))
  const share = await samara.share(new Blob(['x']))
  const reasons = []
  share.addEventListener('stopped', ({ detail }) => reasons.push(detail.reason.code))
  const expired = shareData({ reason: { code: 'expired', message: 'm', since: 5, action: undefined, params: {} } }, { state: 'expired' })
  for (let i = 0; i < 2; i++) samara.receiveMessage({ t: 'share', share: expired })
  samara.receiveMessage({ t: 'gone', subject: Subject.share, id: 's1' })
  assert.deepEqual(reasons, ['expired'])
  assert.deepEqual([share.snapshot.state, share.snapshot.reason.code], ['expired', 'expired'])
})

test('a share tells of its peers, of who got it all, and of its end', async () => {
  const { samara } = open(({ kind }) => (kind === In.share ? shareData() : undefined))
  const share = await samara.share(new Blob(['x']), { encrypt: false, key: 'k' })
  const events = []
  for (const type of ['change', 'peer', 'progress', 'served', 'stopped']) share.addEventListener(type, () => events.push(type))
  const peer = { id: '1', client: 'c', route: 'local', receivedBytes: 0, sentBytes: 10, fraction: 0.5 }
  samara.receiveMessage({ t: 'share', share: shareData({ peers: [peer] }, { state: 'serving', peers: 1 }) })
  samara.receiveMessage({ t: 'share', share: shareData({ peers: [{ ...peer, fraction: 1 }] }, { state: 'serving', peers: 1 }) })
  samara.receiveMessage({ t: 'share', share: shareData({ peers: [{ ...peer, fraction: 1 }] }, { state: 'serving', peers: 1 }) })
  assert.deepEqual(events, ['change', 'peer', 'change', 'progress', 'served', 'change'])
  assert.equal(share.stats(), share.snapshot)
  samara.receiveMessage({ t: 'gone', subject: Subject.share, id: 's1' })
  assert.equal(share.snapshot.state, 'stopped')
  assert.deepEqual(events.slice(6), ['change', 'stopped'])
})

test('hashing progress goes to the share it belongs to, and a referenced source is given back', async () => {
  const { samara, bridge } = open()
  const seen = []
  const sharing = samara.share(new Blob(['xyz']), { encrypt: false, onprogress: (p) => seen.push(p) })
  await turn()
  const [call] = calls(bridge, In.share)
  samara.receiveMessage({ t: 'hashed', blob: call.source.id, hashed: 2, total: 3 })
  samara.receiveMessage({ t: 'hashed', blob: call.source.id + 1, hashed: 3, total: 3 })
  call.resolve(shareData())
  await sharing
  assert.deepEqual(seen, [{ hashed: 2, total: 3 }])
  samara.receiveMessage({ t: 'share', share: shareData({}, { state: 'source-needed' }) })
  await turn()
  const [provide] = calls(bridge, In.provide)
  assert.equal(await provide.source.blob.text(), 'xyz')
})

test('after a reload the app is asked for the source of a share, once', async () => {
  const asked = []
  const source = async (share) => (asked.push(share), new File(['again'], 'f'))
  const { samara, bridge } = open(({ kind }) => (kind === In.provide ? null : undefined), { source })
  for (let i = 0; i < 2; i++) samara.receiveMessage({ t: 'share', share: shareData({ key: 'k' }, { state: 'source-needed' }) })
  await turn()
  assert.deepEqual(asked, [{ id: 's1', key: 'k' }])
  assert.equal(await calls(bridge, In.provide)[0].source.blob.text(), 'again')
})

test('lists are announced once per turn', async () => {
  const { samara } = open()
  const seen = []
  for (const type of ['items', 'shares', 'transfers']) samara.addEventListener(type, ({ detail }) => seen.push([type, detail]))
  samara.receiveMessage({ t: 'item', item: itemData({ id: 'a' }) })
  samara.receiveMessage({ t: 'item', item: itemData({ id: 'b', added: 1 }) })
  samara.receiveMessage({ t: 'gone', subject: Subject.item, id: 'c' })
  samara.receiveMessage({ t: 'share', share: shareData() })
  samara.receiveMessage({ t: 'share', share: shareData() })
  await turn()
  assert.deepEqual(seen, [['items', { added: ['a'], changed: ['b'], removed: ['c'] }], ['shares', { ids: ['s1'] }]])
  samara.receiveMessage({ t: 'item', item: itemData({ id: 'a' }) })
  await turn()
  assert.deepEqual(seen[2], ['items', { added: [], changed: ['a'], removed: [] }])
})

test('the snapshot of the whole has the reasons of engine and page', () => {
  const { samara } = open()
  samara.found('storage-fallback', 'm')
  samara.receiveMessage({ t: 'state', state: { items: 1, shares: 2, transfers: 3, reasons: [{ code: 'offline', message: 'o', since: 5, action: 'retry', params: {} }] } })
  assert.deepEqual(samara.snapshot.reasons.map(({ code }) => code), ['offline', 'storage-fallback'])
  assert.equal(samara.snapshot.reasons[0].action, 'retry')
  assert.deepEqual([samara.snapshot.role, samara.snapshot.items, samara.snapshot.shares, samara.snapshot.transfers], ['leader', 1, 2, 3])
  assert.ok(Object.isFrozen(samara.snapshot))
})

/** What another engine has, by what is asked. */
const another = ({ shares = [], transfers = [], items = [], receive = transferData() } = {}) => ({ kind, a }) => {
  if (kind === In.receive) return receive
  if (kind === In.share) return shareData()
  if (kind === In.query) return { [Query.shares]: shares, [Query.transfers]: transfers, [Query.items]: items }[a]
}

test('another engine: live objects follow what it has, and what it never wrote down is received again', async () => {
  const { samara, bridge } = open(another({ shares: [shareData({}, { state: 'serving' })] }))
  const transfer = samara.receive('magnet:?', { keep: false })
  const share = await samara.share(new Blob(['x']), { encrypt: false })
  await turn()
  await samara.resync()
  assert.equal(share.snapshot.state, 'serving')
  assert.equal(transfer.snapshot.error, undefined)
  const specs = calls(bridge, In.receive).map(({ spec }) => spec)
  assert.equal(specs.length, 2)
  assert.deepEqual(specs[1], specs[0], 'the same id, so that it can be asked any number of times')
})

test('another engine: a transfer that became an item meanwhile is done', async () => {
  const { samara, bridge } = open(another({ transfers: [transferData({ id: 't7', metadata: metadataData({ infoHash: 'ff' }) })] }))
  const [found] = await samara.transfers()
  bridge.answer = another({ items: [itemData({ origin: 'received', infoHash: 'ff' })] })
  await samara.resync()
  assert.equal((await found.done).id, 'i1')
  assert.deepEqual([found.snapshot.state, found.snapshot.verifiedBytes], ['done', 4])
})

test('another engine: what it does not have and nobody can ask for again has failed, what was over stays so', async () => {
  const { samara, bridge } = open(another({ transfers: [transferData({ id: 't8' }), transferData({ id: 't9', error: { code: 'refused', message: 'm', params: {} } }, { state: 'failed' })] }))
  const [running, refused] = await samara.transfers()
  bridge.answer = another()
  await samara.resync()
  assert.deepEqual([running.snapshot.error.code, refused.snapshot.error.code], ['engine-restarted', 'refused'])
})

test('a store that was cleared: items are gone, shares stopped, transfers failed with storage-lost and are not begun again', async () => {
  const { samara, bridge } = open(another({ items: [itemData()] }))
  const transfer = samara.receive('magnet:?')
  const share = await samara.share(new Blob(['x']), { encrypt: false })
  await samara.items()
  const removed = []
  samara.addEventListener('items', ({ detail }) => removed.push(...detail.removed))
  bridge.answer = another()
  await samara.resync(true)
  await turn()
  assert.deepEqual([removed, share.snapshot.state, transfer.snapshot.error.code], [['i1'], 'stopped', 'storage-lost'])
  assert.equal(calls(bridge, In.receive).length, 1)
})

test('another engine: items that look otherwise than when they were seen are told as changed, those added meanwhile as new', async () => {
  const item = (id, over) => itemData({ id, added: 2e12, thumbnail: Uint8Array.of(1, 2, 3), meta: { tags: ['x', ['y']] }, ...over })
  const { samara, bridge } = open(another({ items: ['same', 'named', 'gone', 'pictured', 'tagged'].map((id) => item(id)) }))
  await samara.items()
  const seen = []
  samara.addEventListener('items', ({ detail }) => seen.push(detail))
  bridge.answer = another({ items: [
    item('same'), item('named', { name: 'm' }), item('pictured', { thumbnail: Uint8Array.of(1, 2, 4) }), item('tagged', { meta: { tags: ['x', 'y'] } }),
    item('new'), item('old', { added: 1 }),
  ] })
  for (let twice = 0; twice < 2; twice++) await samara.resync().then(turn)
  assert.deepEqual(seen, [{ added: ['new'], changed: ['named', 'pictured', 'tagged'], removed: ['gone'] }])
})

test('another engine that asks again is told what the app accepted; the app is asked once', async () => {
  const asked = []
  const waiting = transferData({ metadata: metadataData(), asking: true }, { state: 'waiting' })
  const { samara, bridge } = open(another({ transfers: [waiting], receive: waiting }))
  samara.receive('magnet:?', { accept: () => (asked.push(1), true) })
  await turn()
  await samara.resync()
  await turn()
  assert.deepEqual([asked.length, calls(bridge, In.accept).map(({ spec }) => spec.accept)], [1, [true, true]])
})

test('a referenced share gets its Blob back from this page after each change of engines', async () => {
  const { samara, bridge } = open(another({ shares: [shareData({}, { state: 'source-needed' })] }))
  await samara.share(new Blob(['mine']), { encrypt: false })
  for (let i = 0; i < 2; i++) {
    await samara.resync()
    await turn()
  }
  assert.deepEqual(await Promise.all(calls(bridge, In.provide).map(({ source }) => source.blob.text())), ['mine', 'mine'])
})

test('save, share and receive carry an id that the caller chose: they can be asked twice', async () => {
  const { samara, bridge } = open()
  samara.save(new Blob(['x'])).catch(() => {})
  samara.share(new Blob(['x'])).catch(() => {})
  samara.receive('magnet:?')
  await turn()
  const ids = [In.save, In.share, In.receive].map((kind) => calls(bridge, kind)[0].spec.id)
  for (const id of ids) assert.match(id, /^[0-9a-f]{16}$/)
  assert.equal(new Set(ids).size, 3)
})

test('the role and what the store fell back to are in the snapshot', () => {
  const { samara } = open()
  samara.led('follower')
  samara.stored('idb', [{ from: 'opfs', why: 'SecurityError' }])
  assert.equal(samara.snapshot.role, 'follower')
  assert.deepEqual(samara.snapshot.reasons.map(({ code, params }) => ({ code, params })), [{ code: 'storage-fallback', params: { from: 'opfs', to: 'idb', why: 'SecurityError' } }])
  samara.stored('opfs', [])
  assert.deepEqual(samara.snapshot.reasons, [])
})
