// The page's objects over a worker in the test's hands, and made-up data of the engine for them.
import { FakeBridge } from './fake_bridge.mjs'
import { load } from './load.mjs'

export const { Samara, Item, In, Query, Subject, Verb, SamaraError } = await load('live', 'page/samara.ts', 'page/item.ts', 'shared/records.ts', 'shared/errors.ts')

/** What nobody caught: stays empty. */
export const unhandled = []
process.on('unhandledRejection', (error) => unhandled.push(error))
export const turn = () => new Promise((resolve) => setTimeout(resolve, 5))

export const open = (answer, options = {}) => {
  const bridge = new FakeBridge(answer)
  const log = []
  const samara = new Samara(bridge, options, (entry) => log.push(entry))
  return { bridge, samara, log }
}
export const fileOf = (size, offset = 0) => ({ name: 'f.bin', type: 'x/y', size, offset })
const plain = { created: undefined, duration: undefined, description: undefined, thumbnail: undefined, thumbnailType: undefined, expires: undefined, meta: {} }
export const itemData = (over = {}) => ({
  id: 'i1', origin: 'saved', name: 'n', type: 'x/y', size: 4, files: [fileOf(4)], infoHash: undefined, blob: 7, added: Date.now() + 1000,
  received: undefined, ...plain, ...over,
})
export const metadataData = (over = {}) => ({ name: 'n', type: 'x/y', size: 4, files: [fileOf(4)], infoHash: 'aa', sealed: false, ...plain, ...over })
export const transferData = (over = {}, progress = {}) => ({
  id: 't1', blob: undefined, asking: false, metadata: undefined, item: undefined, peers: [], reason: undefined, error: undefined, ...over,
  progress: { state: 'finding', verifiedBytes: 0, totalBytes: undefined, bytesPerSecond: 0, secondsLeft: undefined, peers: 0, have: [], ...progress },
})
export const shareData = (over = {}, stats = {}) => ({
  id: 's1', key: undefined, url: 'https://x/#seeds=m', compactUrl: 'https://x/#m1.', magnet: 'magnet:?', infoHash: 'aa', blob: 1, reason: undefined, peers: [], ...over,
  stats: { state: 'waiting', peers: 0, uploadedBytes: 0, bytesPerSecond: 0, delivered: 0, ...stats },
})
export const calls = (bridge, kind) => bridge.calls.filter((call) => call.kind === kind)
