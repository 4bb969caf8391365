// Owns: the meta of a share and its CBOR, made from docs/share-format.md alone.
// Refuses to know: keys and chunks. Numbers above 2^53 come out as the nearest: only their sum matters here.
import { bad, padme } from './chunks.mjs'

const MAX = { meta: 256 * 1024, depth: 8, files: 1024, thumbnail: 8192, title: 4096, description: 65536, type: 4096, parts: 32, part: 255 }
const TIME_MAX = 8.64e15
const DURATION_MAX = 2 ** 32 - 1

// ---- writing --------------------------------------------------------------------------------------------------------

function head(major, value) {
  const number = BigInt(value)
  if (number < 24n) return Buffer.from([major << 5 | Number(number)])
  const width = number < 0x100n ? 1 : number < 0x10000n ? 2 : number < 0x100000000n ? 4 : 8
  const hex = number.toString(16).padStart(2 * width, '0')
  return Buffer.concat([Buffer.from([major << 5 | 24 + Math.log2(width)]), Buffer.from(hex, 'hex')])
}

function float(value) {
  const bytes = Buffer.alloc(9)
  bytes[0] = 0xfb
  bytes.writeDoubleBE(value, 1)
  if (Math.fround(value) !== value) return bytes
  bytes[0] = 0xfa
  bytes.writeFloatBE(value, 1)
  for (let half = 0; half < 0x10000; half += 1) {
    if (Object.is(halfValue(half), value)) return Buffer.from([0xf9, half >> 8, half & 255])
  }
  return bytes.subarray(0, 5)
}

/** Deterministic CBOR of null, booleans, numbers, bigints, texts, bytes, arrays and plain objects; [raw] hex by Raw. */
export function encodeCbor(value) {
  if (value instanceof Raw) return Buffer.from(value.hex, 'hex')
  if (value === null) return Buffer.from([0xf6])
  if (typeof value === 'boolean') return Buffer.from([value ? 0xf5 : 0xf4])
  if (typeof value === 'number' && !Number.isInteger(value)) return float(value)
  if (typeof value === 'number' || typeof value === 'bigint') return value < 0 ? head(1, -1n - BigInt(value)) : head(0, value)
  if (typeof value === 'string') return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)])
  if (value instanceof Uint8Array) return Buffer.concat([head(2, value.length), value])
  if (Array.isArray(value)) return Buffer.concat([head(4, value.length), ...value.map(encodeCbor)])
  const pairs = Object.entries(value).map(([key, one]) => [encodeCbor(key), encodeCbor(one)])
  pairs.sort(([a], [b]) => Buffer.compare(a, b))
  return Buffer.concat([head(5, pairs.length), ...pairs.flat()])
}

/** Bytes that stand as they are: for what must not be written. */
export class Raw {
  constructor(hex) { this.hex = hex }
}

// ---- reading --------------------------------------------------------------------------------------------------------

function halfValue(bits) {
  const exponent = bits >> 10 & 31
  const fraction = bits & 1023
  const sign = bits & 0x8000 ? -1 : 1
  if (exponent === 31) return fraction ? NaN : sign * Infinity
  return sign * (exponent ? 2 ** (exponent - 15) * (1 + fraction / 1024) : 2 ** -24 * fraction)
}

/** {kind, value, raw, end}: kind is one of number, bytes, text, array, map (of [key, value] pairs), other. */
function readValue(bytes, at, depth) {
  const first = bytes[at]
  const info = first & 31
  if (first === undefined || info > 27) throw bad('meta-syntax')
  const width = info < 24 ? 0 : 1 << (info - 24)
  if (at + 1 + width > bytes.length) throw bad('meta-syntax')
  const argument = width ? BigInt('0x' + Buffer.from(bytes.subarray(at + 1, at + 1 + width)).toString('hex')) : BigInt(info)
  const next = at + 1 + width
  const item = readContent(bytes, first >> 5, info, argument, next, depth)
  const raw = bytes.subarray(at, item.end)
  const shortest = item.float || width === 0 || (first >> 5 === 7 ? argument >= 32n : head(0, argument).length === 1 + width)
  if (!shortest || (item.float && !Number.isNaN(item.value) && Buffer.compare(float(item.value), raw))) throw bad('meta-syntax')
  return { ...item, raw }
}

function readContent(bytes, major, info, argument, at, depth) {
  if (major === 0) return { kind: 'number', whole: true, value: Number(argument), end: at }
  if (major === 1) return { kind: 'number', whole: true, value: Number(-1n - argument), end: at }
  if (major === 7 && info >= 25) return { kind: 'number', float: true, value: floatOf(bytes, info, at), end: at }
  if (major === 7) return { kind: 'other', end: at }
  if (major === 6) return { kind: 'other', end: readItems(bytes, 1, at, depth).end }
  if (major === 4) return { kind: 'array', ...readItems(bytes, argument, at, depth) }
  if (major === 5) return readMap(bytes, argument, at, depth)
  if (argument > bytes.length - at) throw bad('meta-syntax')
  const end = at + Number(argument)
  return major === 2 ? { kind: 'bytes', value: bytes.subarray(at, end), end } : { kind: 'text', value: textOf(bytes.subarray(at, end)), end }
}

function floatOf(bytes, info, at) {
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  if (info === 25) return halfValue(view.getUint16(at - 2))
  return info === 26 ? view.getFloat32(at - 4) : view.getFloat64(at - 8)
}

function textOf(bytes) {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw bad('meta-syntax')
  }
}

function readItems(bytes, count, at, depth) {
  if (depth === MAX.depth) throw bad('meta-too-deep')
  if (count > bytes.length - at) throw bad('meta-syntax')
  const value = []
  let end = at
  for (let i = 0; i < count; i += 1) {
    value.push(readValue(bytes, end, depth + 1))
    end += value[i].raw.length
  }
  return { value, end }
}

function readMap(bytes, count, at, depth) {
  const { value, end } = readItems(bytes, 2n * count, at, depth)
  const pairs = []
  for (let i = 0; i < value.length; i += 2) {
    if (i > 0 && Buffer.compare(value[i - 2].raw, value[i].raw) >= 0) throw bad('meta-syntax')
    pairs.push([value[i], value[i + 1]])
  }
  return { kind: 'map', value: pairs, end }
}

/** The fields of a map that have text keys. */
const fieldsOf = (map) => new Map(map.value.filter(([key]) => key.kind === 'text').map(([key, value]) => [key.value, value]))

function expect(item, kind, fits = () => true) {
  if (item.kind !== kind || !fits(item.value)) throw bad('meta-type')
  return item.value
}

const bytesOf = (text) => Buffer.byteLength(text)
const text = (item, most) => expect(item, 'text', (value) => bytesOf(value) <= most)
const isPath = (name) => {
  const parts = name.split('/')
  return parts.length <= MAX.parts && parts.every((part) => part !== '' && part !== '.' && part !== '..' && !/[\\\0]/.test(part) && bytesOf(part) <= MAX.part)
}

function readFile(item) {
  const fields = fieldsOf({ value: expect(item, 'map') })
  if (!fields.has('n') || !fields.has('s')) throw bad('meta-missing')
  const name = text(fields.get('n'), MAX.meta)
  if (!isPath(name)) throw bad('path')
  const bytes = expect(fields.get('s'), 'number', (value) => fields.get('s').whole && value >= 0)
  return { name, bytes, type: fields.has('t') ? text(fields.get('t'), MAX.type) : '' }
}

function readTime(item) {
  return expect(item, 'number', (value) => item.whole && Math.abs(value) <= TIME_MAX)
}

function isAppMeta(item) {
  const values = [item]
  for (const one of values) {
    if (one.kind === 'array') values.push(...one.value)
    if (one.kind !== 'map') continue
    if (one.value.some(([key]) => key.kind !== 'text')) return false
    values.push(...one.value.map(([, value]) => value))
  }
  return item.kind === 'map'
}

const READERS = {
  a: (item) => ({ description: text(item, MAX.description) }),
  c: (item) => ({ createdMs: readTime(item) }),
  d: (item) => ({ durationMs: Math.floor(expect(item, 'number', (value) => value >= 0 && value <= DURATION_MAX) * 1000 + 0.5) }),
  e: (item) => ({ expiresMs: readTime(item) }),
  f: (item) => {
    const files = expect(item, 'array')
    if (files.length === 0 || files.length > MAX.files) throw bad('files')
    const read = files.map(readFile)
    if (read.reduce((sum, file) => sum + file.bytes, 0) >= 2 ** 64) throw bad('sizes')
    return { files: read }
  },
  h: (item) => {
    if (expect(item, 'bytes').length > MAX.thumbnail) throw bad('thumbnail')
    return { thumbnail: item.value }
  },
  n: (item) => ({ title: text(item, MAX.title) }),
  x: (item) => {
    if (!isAppMeta(item)) throw bad('meta-type')
    return { appMeta: item.raw }
  },
}

/** {title, files: [{name, type, bytes}…], …}; throws bad-share. */
export function parseMeta(bytes) {
  if (bytes.length > MAX.meta) throw bad('meta-too-long')
  const map = readValue(bytes, 0, 0)
  if (map.kind !== 'map' || map.end !== bytes.length) throw bad('meta-syntax')
  const meta = {}
  for (const [key, item] of fieldsOf(map)) {
    if (Object.hasOwn(READERS, key)) Object.assign(meta, READERS[key](item))
  }
  if (meta.title === undefined || !meta.files) throw bad('meta-missing')
  return meta
}

/** {meta, contentAt}: what stands at the start of a padded body, checked against its length. */
export function readHeader(padded) {
  if (padded.length < 4) throw bad('meta-too-long')
  const metaBytes = new DataView(padded.buffer, padded.byteOffset).getUint32(0, true)
  if (metaBytes > MAX.meta || 4 + metaBytes > padded.length) throw bad('meta-too-long')
  const meta = parseMeta(padded.subarray(4, 4 + metaBytes))
  const contentBytes = meta.files.reduce((sum, file) => sum + file.bytes, 0)
  if (padme(4 + metaBytes + contentBytes) !== padded.length) throw bad('sizes')
  return { meta, contentAt: 4 + metaBytes }
}
