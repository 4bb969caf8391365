// Who may include or import whom: the include graph of sdk/ and the import graph of js/ and demos/, checked against
// the tables below. Each kind of violation is first proved to be found, on made-up sources.
import { readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { listSources } from './sources.mjs'

// ---- The rules ----------------------------------------------------------------------------------------------------

/** Layer → the layers below it that it may include. Its own layer and public headers are always allowed. */
const LAYERS = {
  base: [],
  hash: ['base'],
  codec: ['base', 'hash'],
  crypto: ['base', 'hash', 'codec'],
  wire: ['base', 'hash', 'codec', 'crypto'],
  swarm: ['base', 'hash', 'codec', 'crypto', 'wire'],
  signal: ['base', 'hash', 'codec', 'crypto', 'wire'],
  store: ['base', 'hash', 'codec', 'crypto', 'wire', 'swarm', 'signal'],
  engine: ['base', 'hash', 'codec', 'crypto', 'wire', 'swarm', 'signal', 'store'],
  abi: ['base', 'hash', 'codec', 'crypto', 'wire', 'swarm', 'signal', 'store', 'engine'],
}

/** Public headers that show a whole layer: only these layers may include them. */
const TOP_HEADERS = {
  'samara/engine.hpp': ['engine', 'abi'],
  'samara/samara.hpp': [],
  'samara/abi.h': ['abi'],
}

/** Third-party and platform headers → the files of sdk/ that may include them. */
const RESTRICTED = [
  { header: /^nlohmann\//, allowed: /^sdk\/src\/codec\/(tracker_json|share_meta)\.cpp$/ },
  { header: /^sodium/, allowed: /^sdk\/src\/(crypto\/.*|hash\/sha256\.cpp)$/ },
  { header: /^emscripten/, allowed: /^sdk\/src\/abi\// },
  { header: /^doctest\//, allowed: /^tests\// },
]

/** Standard headers that have no place in a deterministic engine without I/O. */
const FORBIDDEN_STD = ['random', 'regex', 'chrono', 'ctime', 'time.h', 'thread', 'mutex', 'atomic', 'future', 'iostream',
  'fstream', 'filesystem', 'locale']

/** The sides of js/src; the first pattern that matches decides. `shared` is imported by both, imports only itself. */
const JS_SIDES = [
  ['shared', /^js\/src\/(shared\/|(api|defaults|bridge|messages|errors)\.ts$)/],
  ['worker', /^js\/src\/(worker|store)\//],
  ['page', /^js\/src\//],
]
const JS_MAY_IMPORT = { shared: ['shared'], worker: ['worker', 'shared'], page: ['page', 'shared'] }

/** Modules that the package's build puts in, made of Emscripten's glue: each in its one user. */
const BUILT_IN = { 'samara-glue': 'js/src/worker/wasm.ts', 'samara-idbfs': 'js/src/worker/idbfs.ts' }

/** What a demo may import of the package. */
const PUBLIC_ENTRY = /^js\/dist\/[a-z-]+\.js$/
const PUBLIC_NAME = /^samara-sdk(\/[a-z-]+)?$/

// ---- Finding violations -------------------------------------------------------------------------------------------

/** @typedef {{rule: string, file: string, line: number, what: string}} Violation */

/** All violations in a tree given as path → text. Pure, so that the self-test can feed it made-up sources. */
export function findViolations(tree) {
  const found = []
  const edges = new Map()
  for (const [file, text] of tree) {
    const check = /^sdk\/(src|include)\/.*\.(cpp|hpp|h|def)$/.test(file) ? checkIncludes
      : /^(js\/src|demos)\/.*\.(ts|mts|js|mjs)$/.test(file) ? checkImports : null
    if (check) edges.set(file, check(file, text, tree, found))
  }
  findCycles(edges, found)
  return found
}

function checkIncludes(file, text, tree, found) {
  const targets = []
  const report = (rule, line, what) => found.push({ rule, file, line, what })
  for (const { line, name, quoted } of includesOf(text)) {
    const target = resolveInclude(file, name, tree)
    if (target) targets.push(target)
    checkThirdParty(file, name, line, report)
    if (file.startsWith('sdk/include/')) {
      if (target ? !target.startsWith('sdk/include/') : quoted) report('public-header', line, name)
      continue
    }
    const from = layerOf(file)
    if (name in TOP_HEADERS && !TOP_HEADERS[name].includes(from)) report('top-header', line, name)
    if (!target && quoted) report('unknown-include', line, name)
    const to = target && layerOf(target)
    if (to && to !== from && !LAYERS[from]?.includes(to)) report('layer', line, `${from} includes ${name}`)
  }
  return targets
}

function checkThirdParty(file, name, line, report) {
  for (const { header, allowed } of RESTRICTED) {
    if (header.test(name) && !allowed.test(file)) report('restricted-header', line, name)
  }
  if (FORBIDDEN_STD.includes(name) && file.startsWith('sdk/src/')) report('forbidden-std', line, `<${name}>`)
}

function checkImports(file, text, tree, found) {
  const targets = []
  const report = (rule, line, what) => found.push({ rule, file, line, what })
  for (const { line, name, typeOnly } of importsOf(text)) {
    const target = name.startsWith('.') ? resolveImport(file, name, tree) : null
    if (target && tree.has(target) && !typeOnly) targets.push(target)
    if (file.startsWith('demos/')) {
      if (target ? target.startsWith('js/') && !PUBLIC_ENTRY.test(target)
        : name.startsWith('samara-sdk') && !PUBLIC_NAME.test(name)) report('demo-import', line, name)
      continue
    }
    if (BUILT_IN[name] === file) continue
    if (!target) report('runtime-dependency', line, name)
    else if (!target.startsWith('js/src/')) report('outside-package', line, name)
    else if (!JS_MAY_IMPORT[sideOf(file)].includes(sideOf(target))) {
      report('side', line, `${sideOf(file)} imports ${name}`)
    }
  }
  return targets
}

const layerOf = (file) => /^sdk\/src\/([^/]+)\//.exec(file)?.[1] ?? null
const sideOf = (file) => JS_SIDES.find(([, pattern]) => pattern.test(file))?.[0] ?? 'page'

function includesOf(text) {
  return text.split('\n').flatMap((row, index) => {
    const match = /^\s*#\s*include\s*(["<])([^">]+)[">]/.exec(row)
    return match ? [{ line: index + 1, name: match[2], quoted: match[1] === '"' }] : []
  })
}

function resolveInclude(file, name, tree) {
  const places = [join(dirname(file), name), join('sdk/include', name), join('sdk/src', name)]
  return places.map(normalize).find((place) => tree.has(place)) ?? null
}

/** Static imports and re-exports, side-effect imports and import(): enough for our own formatted sources. */
function importsOf(text) {
  const plain = text.replace(/\/\*[\s\S]*?\*\//g, blank).replace(/^\s*\/\/.*$/gm, blank)
  const pattern = /(?:^|[;\n])\s*(?:import|export)\s+(type\s)?[^'"`;()]*?from\s*['"]([^'"]+)['"]|(?:^|[;\n])\s*import\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]/g
  return [...plain.matchAll(pattern)].map((match) => ({
    line: plain.slice(0, match.index + match[0].length).split('\n').length,
    name: match[2] ?? match[3] ?? match[4],
    typeOnly: Boolean(match[1]),
  }))
}

const blank = (comment) => comment.replace(/[^\n]/g, ' ')

/** A relative specifier as a path in the tree; './x.js' names x.ts where that is the source. */
function resolveImport(file, name, tree) {
  const path = normalize(join(dirname(file), name))
  const places = [path, path.replace(/\.js$/, '.ts'), path.replace(/\.mjs$/, '.mts'), `${path}.ts`, `${path}/index.ts`]
  return places.find((place) => tree.has(place)) ?? path
}

/** Depth-first search; every edge back into the current path closes a cycle. */
function findCycles(edges, found) {
  const done = new Set()
  const path = []
  const visit = (file) => {
    if (path.includes(file)) {
      const cycle = [...path.slice(path.indexOf(file)), file]
      found.push({ rule: 'cycle', file, line: 0, what: cycle.join(' → ') })
      return
    }
    if (done.has(file)) return
    path.push(file)
    for (const target of edges.get(file) ?? []) visit(target)
    path.pop()
    done.add(file)
  }
  for (const file of edges.keys()) visit(file)
}

// ---- Self-test ----------------------------------------------------------------------------------------------------

/** Made-up trees, each with exactly the violations named first. */
const SELF_TEST = [
  [[], { 'sdk/src/base/a.hpp': '#include <samara/x.hpp>\n#include <span>', 'sdk/include/samara/x.hpp': '#include <array>',
    'sdk/src/codec/tracker_json.cpp': '#include <nlohmann/json.hpp>\n#include "base/a.hpp"',
    'sdk/src/abi/abi.cpp': '#include <emscripten.h>\n#include <samara/engine.hpp>', 'sdk/include/samara/engine.hpp': '',
    'sdk/src/crypto/k.cpp': '#include <sodium.h>', 'js/src/index.ts': "import type { A } from './shared/m.js'",
    'js/src/shared/m.ts': '// import "x"', 'js/src/worker/w.ts': "export { a } from '../shared/m.js'", 'js/src/worker/wasm.ts': "import g from 'samara-glue'",
    'demos/d/app.ts': "import { open } from 'samara-sdk'\nimport x from '../../js/dist/index.js'" }],
  [['layer'], { 'sdk/src/base/a.cpp': '#include "hash/sha1.hpp"', 'sdk/src/hash/sha1.hpp': '' }],
  [['layer'], { 'sdk/src/codec/a.cpp': '#include "crypto/k.hpp"', 'sdk/src/crypto/k.hpp': '' }],
  [['layer'], { 'sdk/src/wire/a.cpp': '#include "swarm/t.hpp"', 'sdk/src/swarm/t.hpp': '' }],
  [['layer', 'layer'], { 'sdk/src/signal/s.hpp': '', 'sdk/src/swarm/a.cpp': '#include "signal/s.hpp"',
    'sdk/src/swarm/t.hpp': '', 'sdk/src/signal/a.cpp': '#include "../swarm/t.hpp"' }],
  [['layer'], { 'sdk/src/store/a.cpp': '#include "engine/e.hpp"', 'sdk/src/engine/e.hpp': '' }],
  [['layer'], { 'sdk/src/stray/a.cpp': '#include "base/b.hpp"', 'sdk/src/base/b.hpp': '' }],
  [['top-header'], { 'sdk/src/swarm/a.cpp': '#include <samara/engine.hpp>', 'sdk/include/samara/engine.hpp': '' }],
  [['restricted-header'], { 'sdk/src/codec/magnet.cpp': '#include <nlohmann/json.hpp>' }],
  [['restricted-header'], { 'sdk/src/hash/sha1.cpp': '#include <sodium.h>' }],
  [['restricted-header'], { 'sdk/src/engine/e.cpp': '#include <emscripten/emscripten.h>' }],
  [['restricted-header'], { 'sdk/src/base/b.cpp': '#include <doctest/doctest.h>' }],
  [['forbidden-std'], { 'sdk/src/swarm/a.cpp': '#include <random>' }],
  [['unknown-include'], { 'sdk/src/base/b.cpp': '#include "base/gone.hpp"' }],
  [['public-header'], { 'sdk/include/samara/x.hpp': '#include "base/b.hpp"', 'sdk/src/base/b.hpp': '' }],
  [['cycle'], { 'sdk/src/base/a.hpp': '#include "base/b.hpp"', 'sdk/src/base/b.hpp': '#include "base/a.hpp"' }],
  [['side'], { 'js/src/page/peers.ts': "import { x } from '../worker/host.js'", 'js/src/worker/host.ts': '' }],
  [['side'], { 'js/src/worker/host.ts': "import {\n  x,\n} from '../page/peers.js'", 'js/src/page/peers.ts': '' }],
  [['side'], { 'js/src/shared/m.ts': "const x = await import('../index.js')", 'js/src/index.ts': '' }],
  [['runtime-dependency'], { 'js/src/index.ts': "import idb from 'idb'" }],
  [['runtime-dependency'], { 'js/src/worker/host.ts': "import g from 'samara-glue'" }],
  [['outside-package'], { 'js/src/index.ts': "import x from '../../tests/x.mjs'" }],
  [['cycle'], { 'js/src/a.ts': "import { b } from './b.js'", 'js/src/b.ts': "export * from './a.js'" }],
  [['demo-import'], { 'demos/d/app.ts': "import { open } from '../../js/src/index.ts'" }],
  [['demo-import'], { 'demos/d/app.ts': "import 'samara-sdk/src/worker/host.js'" }],
]

function selfTest() {
  let failed = 0
  for (const [expected, sources] of SELF_TEST) {
    const rules = findViolations(new Map(Object.entries(sources))).map((violation) => violation.rule)
    if (rules.join() === expected.join()) continue
    failed += 1
    console.log(`self-test: ${Object.keys(sources).join(', ')}: expected [${expected}], found [${rules}]`)
  }
  return failed
}

const root = normalize(join(dirname(fileURLToPath(import.meta.url)), '..'))
const tree = new Map(listSources(root).map((file) => [file, readFileSync(join(root, file), 'utf8')]))
const selfFailed = selfTest()
const violations = findViolations(tree)
for (const { rule, file, line, what } of violations) console.log(`${file}:${line}: ${rule}: ${what}`)
console.log(`layering: ${tree.size} files read, ${violations.length} violations`)
const failed = selfFailed + violations.length
console.log(`${SELF_TEST.length - selfFailed + (violations.length ? 0 : 1)} passed, ${failed} failed`)
process.exitCode = failed ? 1 : 0
