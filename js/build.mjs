// Owns: the package: TypeScript → dist/{index.js, worker.js, samara.wasm, index.d.ts}, and the size report.
//   node js/build.mjs [--wasm DIR]      DIR: where samara.wasm and its glue samara.mjs are (build/wasm)
import { build, transform } from 'esbuild'
import { execFileSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { generate } from './generate.mjs'
import { trimGlue } from './glue.mjs'

const js = dirname(fileURLToPath(import.meta.url))
const root = dirname(js)
const dist = join(js, 'dist')
const flag = process.argv.indexOf('--wasm')
const wasmFolder = flag > 0 ? resolve(process.argv[flag + 1]) : join(root, 'build/wasm')

// KB = 1024 bytes of gzip -9. The parts may be exceeded with a reason (docs/architecture.md); the whole may not.
const BUDGET = { 'page JS': 10 * 1024, 'worker JS': 20 * 1024, wasm: 90 * 1024 }
const BUDGET_TOTAL = 120 * 1024

const gzipped = (bytes) => gzipSync(bytes, { level: 9 }).length
const read = (path) => readFileSync(path)

function stop(why) {
  console.error(`js/build.mjs: ${why}`)
  process.exit(1)
}

/** The glue as it goes into the worker: without what our loader makes dead. */
const glue = () => trimGlue(readFileSync(join(wasmFolder, 'samara.mjs'), 'utf8'))

const gluePlugin = {
  name: 'samara-glue',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^samara-glue$/ }, () => ({ path: 'samara-glue', namespace: 'glue' }))
    onLoad({ filter: /.*/, namespace: 'glue' }, () => ({ contents: glue(), loader: 'js' }))
  },
}

async function bundle(entry, out) {
  const { version } = JSON.parse(read(join(js, 'package.json')))
  await build({
    absWorkingDir: js,
    entryPoints: [entry],
    outfile: join(dist, out),
    bundle: true,
    minify: true,
    format: 'esm',
    target: ['chrome109', 'firefox115', 'safari16.4'],
    legalComments: 'none',
    sourcemap: 'external',
    define: { SAMARA_VERSION: JSON.stringify(version) },
    plugins: [gluePlugin],
    logLevel: 'warning',
  })
}

/** The public types are one file, copied: users read the same text as we do. */
function types() {
  copyFileSync(join(js, 'src/api.ts'), join(dist, 'index.d.ts'))
}

async function sizes() {
  const bytes = (path) => gzipped(read(join(dist, path)))
  const minified = async (code) => gzipped((await transform(code, { minify: true, format: 'esm' })).code)
  const whole = glue()
  const glueBytes = await minified(whole)
  const bare = await minified(trimGlue(whole, { withoutFiles: true }))
  const parts = {
    'engine wasm': bytes('samara.wasm'),
    libsodium: 0, // in the wasm once sealed shares use it
    'Emscripten glue': bare,
    'FS + IDBFS': glueBytes - bare,
    'ours, page': bytes('index.js'),
    'ours, worker': bytes('worker.js') - glueBytes,
  }
  const shares = { 'page JS': bytes('index.js'), 'worker JS': bytes('worker.js'), wasm: bytes('samara.wasm') }
  const total = Object.values(shares).reduce((sum, size) => sum + size, 0)
  return { parts, shares, total }
}

function report({ parts, shares, total }) {
  const line = (name, size, limit) => console.log(`  ${name.padEnd(18)}${String((size / 1024).toFixed(1)).padStart(7)} KB${limit ? `  of ${limit / 1024}${size > limit ? '  OVER' : ''}` : ''}`)
  console.log('sizes, gzip -9')
  for (const [name, size] of Object.entries(parts)) line(name, size)
  for (const [name, size] of Object.entries(shares)) line(name, size, BUDGET[name])
  line('total', total, BUDGET_TOTAL)
  mkdirSync(join(root, 'build'), { recursive: true })
  const json = { unit: 'bytes, gzip -9', parts, shares, total, budget: { ...BUDGET, total: BUDGET_TOTAL } }
  writeFileSync(join(root, 'build/sizes.json'), `${JSON.stringify(json, null, 2)}\n`)
  if (total > BUDGET_TOTAL) stop(`the package is ${total} bytes gzipped, more than ${BUDGET_TOTAL}`)
}

for (const name of ['samara.wasm', 'samara.mjs']) {
  if (!existsSync(join(wasmFolder, name))) stop(`${join(wasmFolder, name)} is missing: build the engine first (./run build does both)`)
}
generate()
mkdirSync(dist, { recursive: true })
execFileSync(process.execPath, [join(js, 'node_modules/typescript/bin/tsc'), '--noEmit', '-p', js], { stdio: 'inherit' })
await bundle('src/index.ts', 'index.js')
await bundle('src/worker/worker.ts', 'worker.js')
copyFileSync(join(wasmFolder, 'samara.wasm'), join(dist, 'samara.wasm'))
types()
report(await sizes())
