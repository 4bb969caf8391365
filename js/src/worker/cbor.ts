// Owns: app meta as deterministic CBOR (RFC 8949 §4.2.1), both ways. What is decoded came from a stranger and went through
// the engine, which has checked that it is well formed and small; here it can still do no worse than throw.
import { concat, toBytes, toText } from '../shared/bencode'

const DEPTH_MAX = 8 // limits::share_meta_depth_max
const tooDeep = () => new RangeError(`meta: more than ${DEPTH_MAX} levels`)
const truncated = () => new RangeError('meta: truncated')

/** The head of an item: its major type, and the shortest form of a number up to 2^53. */
function head(major: number, n: number): Uint8Array {
  if (n < 24) return Uint8Array.of((major << 5) | n)
  const log = n < 2 ** 8 ? 0 : n < 2 ** 16 ? 1 : n < 2 ** 32 ? 2 : 3
  const bytes = new Uint8Array(1 + 2 ** log)
  bytes[0] = (major << 5) | (24 + log)
  for (let i = bytes.length; --i; n = Math.floor(n / 256)) bytes[i] = n
  return bytes
}

/** The 16 bits of a number that fits a half precision float exactly. */
function half(value: number): number | undefined {
  if (value !== value) return 0x7e00
  const bits = new Uint32Array(Float32Array.of(value).buffer)[0]!
  const sign = (bits >>> 16) & 0x8000
  const exponent = ((bits >>> 23) & 255) - 127
  const fraction = bits & 0x7fffff
  if (!(bits << 1)) return sign
  if (exponent === 128) return sign | 0x7c00
  const shift = 13 + Math.max(0, -14 - exponent)
  const whole = exponent < -14 ? fraction | 0x800000 : fraction
  if (exponent < -24 || exponent > 15 || whole % 2 ** shift) return undefined
  return sign | (exponent < -14 ? 0 : (exponent + 15) << 10) | (whole >>> shift)
}

function float(value: number): Uint8Array {
  const isSingle = Object.is(Math.fround(value), value)
  const short = isSingle ? half(value) : undefined
  const view = new DataView(new ArrayBuffer(short !== undefined ? 3 : isSingle ? 5 : 9))
  view.setUint8(0, 0xf8 + Math.log2(view.byteLength - 1))
  if (short !== undefined) view.setUint16(1, short)
  else isSingle ? view.setFloat32(1, value) : view.setFloat64(1, value)
  return new Uint8Array(view.buffer)
}

function compare(a: Uint8Array, b: Uint8Array): number {
  const at = a.findIndex((byte, i) => byte !== b[i])
  return at < 0 ? 0 : a[at]! - b[at]!
}

/** What JSON can say, and byte arrays. Throws on what is nested too deeply. */
export function encodeCbor(value: unknown, depth = 0): Uint8Array {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? (value < 0 ? head(1, -1 - value) : head(0, value)) : float(value)
  if (typeof value === 'string') return text(value)
  if (value instanceof Uint8Array) return concat([head(2, value.length), value])
  if (typeof value !== 'object' || !value) return Uint8Array.of(value ? 0xf5 : value === false ? 0xf4 : 0xf6)
  if (depth === DEPTH_MAX) throw tooDeep()
  if (Array.isArray(value)) return concat([head(4, value.length), ...value.map((entry) => encodeCbor(entry, depth + 1))])
  const entries = Object.entries(value).map(([key, entry]) => [text(key), encodeCbor(entry, depth + 1)] as const)
  return concat([head(5, entries.length), ...entries.sort(([a], [b]) => compare(a, b)).flat()])
}

function text(value: string): Uint8Array {
  const bytes = toBytes(value)
  return concat([head(3, bytes.length), bytes])
}

function float16(bits: number): number {
  const exponent = (bits >> 10) & 31
  const fraction = bits & 1023
  const size = exponent === 31 ? (fraction ? NaN : Infinity) : exponent ? 2 ** (exponent - 25) * (1024 + fraction) : fraction * 2 ** -24
  return bits & 0x8000 ? -size : size
}

/** One value that fills `bytes`. Whole numbers beyond 2^53 lose their last digits, tags are left out. */
export function decodeCbor(bytes: Uint8Array): unknown {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  let at = 0
  const value = (depth: number): unknown => {
    const first = view.getUint8(at++)
    const major = first >> 5
    let n = first & 31
    const width = n < 24 ? 0 : 2 ** (n - 24)
    if (width > 8) throw truncated()
    const start = at
    if (width) for (n = 0; at < start + width; ) n = n * 256 + view.getUint8(at++)
    if (major < 2) return major ? -1 - n : n
    if (major === 7) return width < 2 ? SIMPLE[n] : width === 2 ? float16(n) : width === 4 ? view.getFloat32(start) : view.getFloat64(start)
    if (n > bytes.length - at && major !== 6) throw truncated()
    if (major < 4) {
      const part = bytes.slice(at, (at += n))
      return major === 2 ? part : toText(part)
    }
    if (depth === DEPTH_MAX) throw tooDeep()
    if (major === 6) return value(depth + 1)
    const entries: unknown[] = []
    for (; n--; ) entries.push(major === 4 ? value(depth + 1) : [value(depth + 1), value(depth + 1)])
    return major === 4 ? entries : Object.fromEntries(entries as [string, unknown][]) // `__proto__` becomes a member like others
  }
  const result = value(0)
  if (at !== bytes.length) throw truncated()
  return result
}

const SIMPLE: Record<number, unknown> = { 20: false, 21: true, 22: null }

/** App meta as the engine keeps it: a CBOR map, or the JSON text of stores of the first version. What cannot be read is empty. */
export function metaFrom(bytes: Uint8Array = new Uint8Array(1)): Record<string, unknown> {
  try {
    if (bytes[0] === 0x7b) return JSON.parse(toText(bytes))
    if (bytes[0]! >> 5 === 5) return decodeCbor(bytes) as Record<string, unknown>
  } catch {
    // Shown as empty.
  }
  return {}
}
