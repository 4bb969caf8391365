// Bundles a module of js/src so that tests can import it. Written below build/js-tests.
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { join } from 'node:path'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
/** Where samara.wasm and its glue are. */
export const WASM = process.env.SAMARA_WASM ?? join(ROOT, 'build/wasm')
const { engineGlue, filesGlue } = await import(pathToFileURL(join(ROOT, 'js/glue.mjs')))
const { build } = await import(pathToFileURL(join(ROOT, 'js/node_modules/esbuild/lib/main.js')))

/** Bundles text that may import from `js/src` (`import … from './src/…'`) and gives the path of the result. */
export async function bundle(name, contents) {
  const outfile = join(ROOT, 'build/js-tests', `${name}.mjs`)
  const glue = join(WASM, 'samara.mjs')
  const isBuilt = existsSync(glue)
  const plugin = {
    name: 'samara-glue',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^samara-(glue|idbfs)$/ }, ({ path }) => ({ path, namespace: 'glue', external: !isBuilt }))
      onLoad({ filter: /.*/, namespace: 'glue' }, ({ path }) => ({ contents: { 'samara-glue': engineGlue, 'samara-idbfs': filesGlue }[path](readFileSync(glue, 'utf8')) }))
    },
  }
  await build({
    stdin: { contents, resolveDir: join(ROOT, 'js'), loader: 'ts' },
    outfile, bundle: true, format: 'esm', target: 'es2022', logLevel: 'warning', define: { SAMARA_VERSION: '"test"' },
    plugins: [plugin],
  })
  return outfile
}

/** The exports of modules below js/src, as one object. */
export async function load(name, ...modules) {
  const path = await bundle(name, modules.map((module) => `export * from './src/${module}'`).join('\n'))
  return import(pathToFileURL(path))
}
