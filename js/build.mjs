// Owns: the package: TypeScript → dist/{index.js, worker.js, samara.wasm, index.d.ts}, what a password needs besides
// (dist/password.{js,wasm}), what a store of IDBFS needs (dist/idbfs.js), and the size report.
//   node js/build.mjs [--wasm DIR] [--no-size-limit]
//     DIR: where samara.wasm, its glue samara.mjs and password.wasm are (build/wasm)
//     --no-size-limit: for trials; says that it is too large and goes on
import { build, transform } from 'esbuild'
import { execFileSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { generate } from './generate.mjs'
import { engineGlue, filesGlue } from './glue.mjs'
import { orderFunctions } from './wasm_order.mjs'

const js = dirname(fileURLToPath(import.meta.url))
const root = dirname(js)
const dist = join(js, 'dist')
const flag = process.argv.indexOf('--wasm')
const wasmFolder = flag > 0 ? resolve(process.argv[flag + 1]) : join(root, 'build/wasm')

// KB = 1024 bytes of gzip -9. The parts may be exceeded with a reason (docs/architecture.md); the whole may not.
const BUDGET = { 'page JS': 15 * 1024, 'worker JS': 18 * 1024, wasm: 122 * 1024 }
const BUDGET_TOTAL = 154 * 1024
const WASM = ['samara.wasm', 'password.wasm']

const gzipped = (bytes) => gzipSync(bytes, { level: 9 }).length
const read = (path) => readFileSync(path)

function stop(why) {
  console.error(`js/build.mjs: ${why}`)
  process.exit(1)
}

/** The modules that are made of Emscripten's glue. */
const GLUE = { 'samara-glue': engineGlue, 'samara-idbfs': filesGlue }
const glue = (name) => GLUE[name](readFileSync(join(wasmFolder, 'samara.mjs'), 'utf8'))

const gluePlugin = {
  name: 'samara-glue',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^samara-(glue|idbfs)$/ }, ({ path }) => ({ path, namespace: 'glue' }))
    onLoad({ filter: /.*/, namespace: 'glue' }, ({ path }) => ({ contents: glue(path), loader: 'js' }))
  },
}

async function bundle(entry, out, format = 'esm') {
  const { version } = JSON.parse(read(join(js, 'package.json')))
  await build({
    absWorkingDir: js,
    entryPoints: [entry],
    outfile: join(dist, out),
    bundle: true,
    minify: true,
    format,
    target: ['chrome109', 'firefox115', 'safari16.4'],
    legalComments: 'none',
    sourcemap: 'external',
    define: { SAMARA_VERSION: JSON.stringify(version) },
    plugins: [gluePlugin],
    logLevel: 'warning',
  })
}

/** The public types are one file, copied: users read the same text as we do. So are the notices that the licences ask for. */
function copies() {
  copyFileSync(join(root, 'THIRD_PARTY_NOTICES.md'), join(dist, 'THIRD_PARTY_NOTICES.md'))
  copyFileSync(join(js, 'src/api.ts'), join(dist, 'index.d.ts'))
}

async function sizes() {
  const bytes = (path) => gzipped(read(join(dist, path)))
  const glueBytes = gzipped((await transform(glue('samara-glue'), { minify: true, format: 'esm' })).code)
  const parts = {
    'engine wasm': bytes('samara.wasm'), // with what it uses of libsodium
    'Emscripten glue': glueBytes,
    'ours, page': bytes('index.js'),
    'ours, worker': bytes('worker.js') - glueBytes,
  }
  const shares = { 'page JS': bytes('index.js'), 'worker JS': bytes('worker.js'), wasm: bytes('samara.wasm') }
  const total = Object.values(shares).reduce((sum, size) => sum + size, 0)
  const onDemand = { 'password JS': bytes('password.js'), 'password wasm': bytes('password.wasm'), 'IDBFS': bytes('idbfs.js') } // by who uses one
  return { parts, shares, total, onDemand }
}

function report({ parts, shares, total, onDemand }) {
  const line = (name, size, limit) => console.log(`  ${name.padEnd(18)}${String((size / 1024).toFixed(1)).padStart(7)} KB${limit ? `  of ${limit / 1024}${size > limit ? '  OVER' : ''}` : ''}`)
  console.log('sizes, gzip -9')
  for (const [name, size] of Object.entries(parts)) line(name, size)
  for (const [name, size] of Object.entries(shares)) line(name, size, BUDGET[name])
  line('total', total, BUDGET_TOTAL)
  console.log('on demand, when there is a password or a store of IDBFS')
  for (const [name, size] of Object.entries(onDemand)) line(name, size)
  mkdirSync(join(root, 'build'), { recursive: true })
  const json = { unit: 'bytes, gzip -9', parts, shares, total, onDemand, budget: { ...BUDGET, total: BUDGET_TOTAL } }
  writeFileSync(join(root, 'build/sizes.json'), `${JSON.stringify(json, null, 2)}\n`)
  const overweight = `the package is ${total} bytes gzipped, more than ${BUDGET_TOTAL}`
  if (total <= BUDGET_TOTAL) return
  process.argv.includes('--no-size-limit') ? console.error(overweight) : stop(overweight)
}

for (const name of [...WASM, 'samara.mjs']) {
  if (!existsSync(join(wasmFolder, name))) stop(`${join(wasmFolder, name)} is missing: build the engine first (./run build does both)`)
}
generate()
mkdirSync(dist, { recursive: true })
execFileSync(process.execPath, [join(js, 'node_modules/typescript/bin/tsc'), '--noEmit', '-p', js], { stdio: 'inherit' })
await bundle('src/index.ts', 'index.js')
await bundle('src/worker/worker.ts', 'worker.js')
await bundle('src/worker/password.ts', 'password.js')
await bundle('src/media/service_worker.ts', 'media.js', 'iife') // importScripts shares its names with the app's own script
await bundle('src/worker/idbfs.ts', 'idbfs.js')
for (const name of WASM) writeFileSync(join(dist, name), orderFunctions(read(join(wasmFolder, name))))
copies()
report(await sizes())
