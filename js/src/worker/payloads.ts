// Owns: the engine's payloads (docs/engine-api.md) as the plain objects that are posted to the page.
import type { PeerInfo, Progress, Reason, ReasonCode, ShareStats } from '../api'
import { decode, Fields, toText } from '../shared/bencode'
import type { DescribedData, ErrorData, ExportHead, ExportList, FileData, HealthData, ItemData, LinkData, MetadataData, ReasonData, ShareData, StateData, TransferData } from '../shared/messages'
import { metaFrom } from './cbor'
import { publicError, reasonMessage } from './wording'

export function fields(payload: Uint8Array): Fields {
  const value = payload.length ? decode(payload) : undefined
  return value instanceof Fields ? value : new Fields(new Map())
}

const hash = (from: Fields): string | undefined => {
  const bytes = from.bytes('infohash')
  if (bytes?.length === 40) return from.text('infohash')
  return bytes && Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

const file = (from: Fields): FileData => ({
  name: from.text('name') ?? '',
  type: from.text('type') ?? '',
  size: from.number('size') ?? 0,
  offset: from.number('offset') ?? 0,
})

const MAGIC: readonly [at: number, bytes: string, type: string][] = [
  [0, '\xff\xd8\xff', 'jpeg'], [0, '\x89PNG', 'png'], [0, 'GIF8', 'gif'], [8, 'WEBP', 'webp'], [4, 'ftypavi', 'avif'],
]
/** The media type of a picture that came without one, as those of sealed shares do. */
function pictureType(bytes: Uint8Array): string | undefined {
  const start = String.fromCharCode(...bytes.subarray(0, 12))
  const found = MAGIC.find(([at, magic]) => start.startsWith(magic, at))
  return found && `image/${found[2]}`
}

const described = (from: Fields): DescribedData => ({
  name: from.text('name') ?? '',
  type: from.text('type') ?? '',
  size: from.number('size') ?? 0,
  files: from.each('files', file),
  infoHash: hash(from),
  created: from.number('created'),
  duration: from.number('duration'),
  description: from.text('description'),
  thumbnail: from.bytes('thumbnail'),
  thumbnailType: from.text('thumbnail_type') || pictureType(from.bytes('thumbnail') ?? new Uint8Array(0)),
  meta: metaFrom(from.bytes('meta')),
  expires: from.number('expires'),
})

const metadata = (from: Fields): MetadataData => ({ ...described(from), sealed: from.number('sealed') === 1 })

export const item = (from: Fields): ItemData => ({
  ...described(from),
  id: from.text('id') ?? '',
  blob: from.number('blob') ?? 0,
  origin: from.text('origin') as ItemData['origin'],
  added: from.number('added') ?? 0,
  received: from.number('received'),
})

export const reason = (from: Fields): ReasonData => ({
  code: (from.text('code') ?? '') as ReasonCode,
  message: reasonMessage(from.text('code') ?? ''),
  since: from.number('since') ?? 0,
  action: from.text('action') as Reason['action'],
  params: from.rest('action', 'code', 'since'),
})
const error = (from: Fields): ErrorData => publicError(from.text('code') ?? '', from.rest('code'))
const maybe = <T>(from: Fields | undefined, read: (from: Fields) => T): T | undefined => from && read(from)

const peer = (from: Fields): PeerInfo => ({
  id: `${from.number('id')}`,
  client: from.text('client') ?? '',
  route: (from.text('route') || 'direct') as PeerInfo['route'],
  receivedBytes: from.number('received') ?? 0,
  sentBytes: from.number('sent') ?? 0,
  fraction: (from.number('fraction') ?? 0) / 1e6,
})

export const share = (from: Fields): ShareData => ({
  id: from.text('id') ?? '',
  key: from.text('key') || undefined,
  url: from.text('url') ?? '',
  compactUrl: from.text('compact_url') ?? '',
  magnet: from.text('magnet') ?? '',
  infoHash: hash(from) ?? '',
  blob: from.number('blob') ?? 0,
  stats: {
    state: from.text('state') as ShareStats['state'],
    peers: from.number('peers') ?? 0,
    uploadedBytes: from.number('uploaded') ?? 0,
    bytesPerSecond: from.number('rate') ?? 0,
    delivered: from.number('delivered') ?? 0,
  },
  reason: maybe(from.fields('reason'), reason),
  peers: from.each('peer_list', peer),
})

function ranges(flat: readonly unknown[]): [number, number][] {
  const pairs: [number, number][] = []
  for (let i = 0; i + 1 < flat.length; i += 2) pairs.push([Number(flat[i]), Number(flat[i + 1])])
  return pairs
}

export const transfer = (from: Fields): TransferData => {
  const left = from.number('left_ms')
  return {
    id: from.text('id') ?? '',
    blob: from.number('blob'),
    asking: from.number('asking') === 1,
    progress: {
      state: from.text('state') as Progress['state'],
      verifiedBytes: from.number('verified') ?? 0,
      totalBytes: from.number('total'),
      bytesPerSecond: from.number('rate') ?? 0,
      secondsLeft: left === undefined ? undefined : left / 1000,
      peers: from.number('peers') ?? 0,
      have: ranges(from.list('have')),
    },
    metadata: maybe(from.fields('metadata'), metadata),
    item: maybe(from.fields('item'), item),
    peers: from.each('peer_list', peer),
    reason: maybe(from.fields('reason'), reason),
    error: maybe(from.fields('error'), error),
  }
}

export const state = (from: Fields): StateData => ({
  items: from.number('items') ?? 0,
  shares: from.number('shares') ?? 0,
  transfers: from.number('transfers') ?? 0,
  reasons: from.each('reasons', reason),
})

export const health = (from: Fields): HealthData => ({
  open: from.number('open') ?? 0,
  limit: from.number('limit') ?? 0,
  local: from.number('local') ?? 0,
  direct: from.number('direct') ?? 0,
  relay: from.number('relay') ?? 0,
  used: from.number('used') ?? 0,
  reasons: from.each('reasons', reason),
  trackers: from.each('trackers', (entry) => ({
    url: entry.text('url') ?? '',
    state: entry.text('state') as HealthData['trackers'][number]['state'],
    since: entry.number('since') ?? 0,
  })),
})

export const exportHead = (from: Fields): ExportHead => {
  const flat = from.list('blobs').map(Number)
  const blobs = flat.flatMap((blob, i) => (i % 2 ? [] : [{ blob, bytes: flat[i + 1] ?? 0 }]))
  return { head: (from.bytes('head') ?? new Uint8Array(0)) as Uint8Array<ArrayBuffer>, blobs }
}

export const exportList = (from: Fields): ExportList => ({
  need: from.number('need'),
  list: from.each('list', (entry) => ({
    id: entry.text('id') ?? '',
    record: entry.bytes('record') ?? new Uint8Array(0),
    offset: entry.number('offset') ?? 0,
    bytes: entry.number('bytes') ?? 0,
  })),
})

export function links(payload: Uint8Array): LinkData[] {
  const list = decode(payload)
  return (Array.isArray(list) ? list : []).flatMap((from) => (from instanceof Fields ? [link(from)] : []))
}

function link(from: Fields): LinkData {
  const infoHash = hash(from)
  const name = from.text('name')
  const size = from.number('size')
  return {
    kind: from.text('kind') as LinkData['kind'],
    link: from.text('link') ?? '',
    ...(infoHash && { infoHash }),
    ...(name !== undefined && { name }),
    ...(size !== undefined && { size }),
    passwordNeeded: from.number('password') === 1,
    trackers: from.list('trackers').flatMap((url) => (url instanceof Uint8Array ? [toText(url)] : [])),
    problem: maybe(from.fields('problem'), error),
  }
}
