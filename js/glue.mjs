// Owns: two modules made of what Emscripten's glue has. The worker's glue to samara.wasm: the functions that the wasm imports
// and the short names of its exports. And, on demand, IDBFS: as it is, but for autoPersist (which loses data), over a small
// file system of our own (glue_files.js). Emscripten's loader and runtime stay behind: ours fetches the wasm, and nothing
// runs before it.
// What another version of Emscripten does otherwise stops the build here.
import { readFileSync } from 'node:fs'
import ts from 'typescript'

/** Members of IDBFS that nothing here calls, or that do more than we want. */
const REPLACED = { queuePersist: '0', quit: '0', mount: '(mount)=>MEMFS.mount(mount)', indexedDB: '()=>indexedDB' }
/** What the glue's functions find here instead of in Emscripten's runtime. */
const RUNTIME = `
  var wasmMemory, HEAPU8
  function updateMemoryViews() { HEAPU8 = new Uint8Array(wasmMemory.buffer) }
  function abort(what) { throw new WebAssembly.RuntimeError('aborted ' + what) }`
const PROVIDED = ['wasmMemory', 'HEAPU8', 'updateMemoryViews', 'abort']
const FILES = readFileSync(new URL('glue_files.js', import.meta.url), 'utf8')

/** The function that is the module: the one whose body declares the most. */
function moduleBody(source) {
  let best
  const visit = (node) => {
    if (ts.isFunctionLike(node) && node.body?.statements && node.body.statements.length > (best?.statements.length ?? 0)) best = node.body
    ts.forEachChild(node, visit)
  }
  visit(source)
  return best
}

/** What the module declares: texts and nodes by name. */
function declarationsOf(body) {
  const declared = new Map()
  for (const statement of body.statements) {
    if (ts.isFunctionDeclaration(statement)) declared.set(statement.name.text, { text: statement.getText(), node: statement })
    if (!ts.isVariableStatement(statement)) continue
    for (const one of statement.declarationList.declarations) declared.set(one.name.getText(), { text: `var ${one.getText()};`, node: one })
  }
  return declared
}

/** Names that are used as values in a node; what stands after a dot or before a colon is no use. */
function uses(node) {
  const names = new Set()
  const visit = (inner) => {
    const { parent } = inner
    const isMember = (ts.isPropertyAccessExpression(parent) || ts.isPropertyAssignment(parent) || ts.isMethodDeclaration(parent)) && parent.name === inner
    if (ts.isIdentifier(inner) && !isMember) names.add(inner.text)
    ts.forEachChild(inner, visit)
  }
  visit(node)
  return names
}

/** Everything that `name` needs of the module, itself last. */
function needed(name, declared, list = new Set(PROVIDED)) {
  if (list.has(name) || !declared.has(name)) return list
  if (/^HEAP/.test(name)) throw new Error(`the glue uses ${name}, which js/glue.mjs does not provide`)
  const { node } = declared.get(name)
  const below = new Set([...list, name])
  for (const next of uses(node)) for (const found of needed(next, declared, below)) below.add(found)
  return below
}

/** IDBFS with its members replaced. */
function idbfs(declared) {
  const { node } = declared.get('IDBFS')
  const members = node.initializer.properties.map((member) => {
    const key = member.name.getText()
    return REPLACED[key] ? `${key}:${REPLACED[key]}` : member.getText()
  })
  return `var IDBFS={${members.join(',')}};`
}

/** What IDBFS uses of the file system must be what glue_files.js has. */
function checkFiles(code) {
  for (const [, object, member] of code.matchAll(/\b(FS|MEMFS|PATH|PATH_FS|TTY)\.(\w+)/g)) {
    const has = new RegExp(`\\bvar ${object} = [^]*?\\b${member}\\b`).test(FILES)
    if (!has) throw new Error(`Emscripten's glue uses ${object}.${member}, which js/glue_files.js has not`)
  }
}

function only(code, pattern, what) {
  const found = pattern.exec(code)?.[1]
  if (!found) throw new Error(`Emscripten's glue has no ${what} where js/glue.mjs looks for it`)
  return found
}

/** The engine's functions by their names in js/src/worker/engine.ts. */
function calls(code) {
  const found = [...code.matchAll(/\["_samara_(\w+)"\]\s*=\s*wasmExports\["(\w+)"\]/g)]
  if (!found.length) throw new Error("Emscripten's glue exports no samara_ functions")
  return found.map(([, name, short]) => `${name.replace(/_(\w)/g, (_, letter) => letter.toUpperCase())}: exports.${short}`).join(', ')
}

const parsed = (code) => declarationsOf(moduleBody(ts.createSourceFile('glue.js', code, ts.ScriptTarget.ES2022, true)))

/** A module whose default export takes a function that instantiates the wasm with the imports it is given, and gives the engine. */
export function engineGlue(code) {
  const declared = parsed(code)
  const functions = [...needed('wasmImports', declared)].filter((name) => !PROVIDED.includes(name))
  return `export default async (instantiate) => {
  ${RUNTIME}
  ${functions.reverse().map((name) => declared.get(name).text).join('\n  ')}
  const exports = await instantiate(${only(code, /return\s*(\{[^{}]*\bwasmImports\b[^{}]*\})/, 'imports')})
  wasmMemory = exports.${only(code, /wasmMemory\s*=\s*wasmExports\["(\w+)"\]/, 'memory')}
  updateMemoryViews()
  exports.${only(code, /addOnInit\(wasmExports\["(\w+)"\]\)/, 'constructors')}()
  return { memory: wasmMemory, ${calls(code)} }
}
`
}

/** A module whose default export makes IDBFS over an empty file system. */
export function filesGlue(code) {
  const mounted = idbfs(parsed(code))
  checkFiles(mounted)
  return `export default () => {
  ${FILES}
  ${mounted}
  return { FS, IDBFS }
}
`
}
