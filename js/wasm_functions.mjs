// Owns: taking the functions of a wasm module apart and putting them together in another order, with every index that
// names one rewritten. Knows the encodings that our module uses and stops at any other; refuses to know which order is good.

const TYPE = { function: 0, table: 1, memory: 2, global: 3 }
const SECTION = { custom: 0, import: 2, function: 3, export: 7, start: 8, element: 9, code: 10 }

/** Reads a module from `at` on. */
class Cursor {
  constructor(bytes, at = 0) {
    this.bytes = bytes
    this.at = at
  }
  byte() {
    return this.bytes[this.at++]
  }
  /** An unsigned LEB128 number of 32 bits. */
  number() {
    let value = 0
    let factor = 1
    let byte
    do {
      byte = this.byte()
      value += (byte & 127) * factor
      factor *= 128
    } while (byte & 128)
    return value
  }
  skipNumbers(count) {
    for (; count > 0; count--) while (this.byte() & 128);
  }
  /** A length and as many bytes. */
  skipBytes() {
    const length = this.number()
    this.at += length
  }
  skipLimits() {
    this.skipNumbers(this.number() & 1 ? 2 : 1)
  }
}

function encoded(number) {
  const bytes = []
  do {
    bytes.push((number & 127) | (number > 127 ? 128 : 0))
    number = Math.floor(number / 128)
  } while (number)
  return Buffer.from(bytes)
}

const unknown = (what, code) => new Error(`wasm_functions.mjs: no rule for ${what} 0x${code.toString(16)}`)

/** Passes over what follows the opcodes 0xfc (bulk memory, saturating conversions). */
function skipMisc(cursor) {
  const code = cursor.number()
  if (code <= 7) return
  if (code === 8 || code === 10) cursor.skipNumbers(2)
  else if (code === 9 || code === 11) cursor.skipNumbers(1)
  else throw unknown('instruction 0xfc', code)
}

/** Passes over what follows the opcode 0xfd (SIMD). */
function skipVector(cursor) {
  const code = cursor.number()
  const isMemory = code <= 11 || (code >= 84 && code <= 93)
  if (isMemory) cursor.skipNumbers(2)
  if ((code >= 21 && code <= 34) || (code >= 84 && code <= 91)) cursor.at++ // a lane
  if (code === 12 || code === 13) cursor.at += 16
  if (code > 275) throw unknown('instruction 0xfd', code)
}

/** Passes over the operands of an instruction that names no function. */
function skipOperands(cursor, code) {
  if (code === 0xfc) skipMisc(cursor)
  else if (code === 0xfd) skipVector(cursor)
  else if (code === 0x0e) cursor.skipNumbers(cursor.number() + 1)
  else if (code === 0x11 || (code >= 0x28 && code <= 0x3e)) cursor.skipNumbers(2)
  else if (code === 0x1c) cursor.skipBytes()
  else if (code === 0x43) cursor.at += 4
  else if (code === 0x44) cursor.at += 8
  else if ((code >= 0x02 && code <= 0x04) || code === 0x0c || code === 0x0d || (code >= 0x20 && code <= 0x26)) cursor.skipNumbers(1)
  else if (code === 0x3f || code === 0x40 || code === 0x41 || code === 0x42 || code === 0xd0) cursor.skipNumbers(1)
  else if (!(code <= 0x01 || code === 0x05 || code === 0x0b || code === 0x0f || code === 0x1a || code === 0x1b || code === 0xd1 || (code >= 0x45 && code <= 0xc4))) throw unknown('instruction', code)
}

/** One function's code as [bytes, index, bytes, index, …, bytes]: what it calls, and what stands between. */
function readBody(cursor) {
  const size = cursor.number()
  const end = cursor.at + size
  const parts = []
  let from = cursor.at
  for (let groups = cursor.number(); groups > 0; groups--) cursor.skipNumbers(2)
  while (cursor.at < end) {
    const code = cursor.byte()
    if (code !== 0x10 && code !== 0xd2) {
      skipOperands(cursor, code)
      continue
    }
    parts.push(cursor.bytes.subarray(from, cursor.at), cursor.number())
    from = cursor.at
  }
  if (cursor.at !== end) throw new Error('wasm_functions.mjs: an instruction was misread')
  return [...parts, cursor.bytes.subarray(from, end)]
}

function countImports(cursor) {
  let functions = 0
  for (let left = cursor.number(); left > 0; left--) {
    cursor.skipBytes()
    cursor.skipBytes()
    const kind = cursor.byte()
    if (kind === TYPE.function) cursor.skipNumbers(1), functions++
    else if (kind === TYPE.table) cursor.at++, cursor.skipLimits()
    else if (kind === TYPE.memory) cursor.skipLimits()
    else if (kind === TYPE.global) cursor.at += 2
    else throw unknown('import', kind)
  }
  return functions
}

/** A list as [bytes, index, bytes, …]: exports, whose other indices are left alone. */
function readExports(cursor) {
  const parts = []
  let from = cursor.at
  for (let left = cursor.number(); left > 0; left--) {
    cursor.skipBytes()
    if (cursor.byte() !== TYPE.function) {
      cursor.skipNumbers(1)
      continue
    }
    parts.push(cursor.bytes.subarray(from, cursor.at), cursor.number())
    from = cursor.at
  }
  return [...parts, cursor.bytes.subarray(from, cursor.at)]
}

function readElements(cursor) {
  const parts = []
  let from = cursor.at
  for (let left = cursor.number(); left > 0; left--) {
    const kind = cursor.number()
    if (kind !== 0) throw unknown('element segment', kind)
    while (cursor.byte() !== 0x0b);
    for (let count = cursor.number(); count > 0; count--) {
      parts.push(cursor.bytes.subarray(from, cursor.at), cursor.number())
      from = cursor.at
    }
  }
  return [...parts, cursor.bytes.subarray(from, cursor.at)]
}

/** `bodies`: the code of each function as [bytes, index, bytes, …]. Undefined for a module with names, for debugging. */
export function readModule(bytes) {
  const cursor = new Cursor(bytes, 8)
  const module = { header: bytes.subarray(0, 8), sections: [], imported: 0, types: [], bodies: [] }
  while (cursor.at < bytes.length) {
    const id = cursor.byte()
    const size = cursor.number()
    const end = cursor.at + size
    const section = { id, parts: [bytes.subarray(cursor.at, end)] }
    module.sections.push(section)
    if (id === SECTION.custom) return undefined
    if (id === SECTION.start) throw unknown('section', id)
    if (id === SECTION.import) module.imported = countImports(cursor)
    if (id === SECTION.function) for (let left = cursor.number(); left > 0; left--) module.types.push(cursor.number())
    if (id === SECTION.export) section.parts = readExports(cursor)
    if (id === SECTION.element) section.parts = readElements(cursor)
    if (id === SECTION.code) for (let left = cursor.number(); left > 0; left--) module.bodies.push(readBody(cursor))
    cursor.at = end
  }
  return module
}

/** The module with its functions in an order: `order[i]` is the former place of what is now at i. */
export function writeModule(module, order) {
  const place = new Array(order.length)
  order.forEach((former, now) => { place[former] = now })
  const moved = (index) => encoded(index < module.imported ? index : place[index - module.imported] + module.imported)
  const joined = (parts) => Buffer.concat(parts.map((part) => (typeof part === 'number' ? moved(part) : part)))
  const sized = (bytes) => [encoded(bytes.length), bytes]
  const chunks = [module.header]
  for (const { id, parts } of module.sections) {
    let body
    if (id === SECTION.function) body = Buffer.concat([order.length, ...order.map((former) => module.types[former])].map(encoded))
    else if (id === SECTION.code) body = Buffer.concat([encoded(order.length), ...order.flatMap((former) => sized(joined(module.bodies[former])))])
    else body = joined(parts)
    chunks.push(Buffer.from([id]), ...sized(body))
  }
  return Buffer.concat(chunks)
}
