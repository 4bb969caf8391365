// Owns: bencode, the format of structured payloads between host and engine. Both ends are ours, so decoding checks
// bounds but knows no limits; strangers' bencode is decoded by the engine alone.

export type Bencoded = number | Uint8Array | Bencoded[] | Fields
export type Encodable = number | boolean | string | Uint8Array | readonly Encodable[] | Spec | undefined
export interface Spec { readonly [key: string]: Encodable }

const utf8 = new TextEncoder()
const reader = new TextDecoder()
export const toText = (bytes: Uint8Array): string => reader.decode(bytes)
export const toBytes = (text: string): Uint8Array => utf8.encode(text)

/** Joins byte arrays into one. */
export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

/** Encodes a value. Keys are sorted, `undefined` members are left out, booleans are 0 or 1, numbers are cut to integers. */
export function encode(value: Encodable): Uint8Array {
  const parts: Uint8Array[] = []
  write(value, parts)
  return concat(parts)
}

function write(value: Encodable, parts: Uint8Array[]): void {
  const text = (s: string) => parts.push(toBytes(s))
  if (typeof value === 'number' || typeof value === 'boolean') text(`i${Math.trunc(Number(value))}e`)
  else if (typeof value === 'string') write(toBytes(value), parts)
  else if (value instanceof Uint8Array) {
    text(`${value.length}:`)
    parts.push(value)
  } else if (Array.isArray(value)) {
    text('l')
    for (const entry of value) write(entry, parts)
    text('e')
  } else {
    text('d')
    const dictionary = value as Spec
    for (const key of Object.keys(dictionary).sort()) {
      if (dictionary[key] === undefined) continue
      write(key, parts)
      write(dictionary[key], parts)
    }
    text('e')
  }
}

/** Decodes one value that fills `bytes`. Byte strings stay bytes; dictionaries become Fields. Throws on anything malformed. */
export function decode(bytes: Uint8Array): Bencoded {
  let at = 0
  const integer = (end: number): number => {
    const stop = bytes.indexOf(end, at)
    const value = stop < 0 ? NaN : Number(toText(bytes.subarray(at, stop)) || NaN)
    if (!Number.isInteger(value)) throw new SyntaxError('bencode')
    at = stop + 1
    return value
  }
  const string = (): Uint8Array => {
    const length = integer(58)
    if (length < 0 || length > bytes.length - at) throw new SyntaxError('bencode')
    return bytes.slice(at, (at += length))
  }
  const value = (): Bencoded => {
    const kind = bytes[at]
    if (kind === undefined) throw new SyntaxError('bencode')
    if (kind !== 105 && kind !== 108 && kind !== 100) return string()
    at++
    if (kind === 105) return integer(101)
    const list: Bencoded[] = []
    const map = new Map<string, Bencoded>()
    while (bytes[at] !== 101) kind === 108 ? list.push(value()) : map.set(toText(string()), value())
    at++
    return kind === 108 ? list : new Fields(map)
  }
  const result = value()
  if (at !== bytes.length) throw new SyntaxError('bencode')
  return result
}

/** A decoded dictionary, read by name and type: what is absent or of another type is undefined. */
export class Fields {
  constructor(readonly map: ReadonlyMap<string, Bencoded>) {}
  has(key: string): boolean {
    return this.map.has(key)
  }
  number(key: string): number | undefined {
    const value = this.map.get(key)
    return typeof value === 'number' ? value : undefined
  }
  bytes(key: string): Uint8Array | undefined {
    const value = this.map.get(key)
    return value instanceof Uint8Array ? value : undefined
  }
  text(key: string): string | undefined {
    const value = this.bytes(key)
    return value && toText(value)
  }
  fields(key: string): Fields | undefined {
    const value = this.map.get(key)
    return value instanceof Fields ? value : undefined
  }
  list(key: string): Bencoded[] {
    const value = this.map.get(key)
    return Array.isArray(value) ? value : []
  }
  /** The dictionaries of a list. */
  each<T>(key: string, read: (entry: Fields) => T): T[] {
    return this.list(key).flatMap((entry) => (entry instanceof Fields ? [read(entry)] : []))
  }
  /** Numbers and texts under all other keys. */
  rest(...known: string[]): Record<string, string | number> {
    const others: [string, string | number][] = []
    for (const [key, value] of this.map) {
      if (known.includes(key)) continue
      if (typeof value === 'number') others.push([key, value])
      else if (value instanceof Uint8Array) others.push([key, toText(value)])
    }
    return Object.fromEntries(others)
  }
}
