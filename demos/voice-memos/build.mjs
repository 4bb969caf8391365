// Builds the app into dist/: a folder of static files that works from any path of any static host. It bundles our
// sources, copies the built package as it is into samara/, and gives the service worker its list of files.
import { build } from 'esbuild'
import { createHash } from 'node:crypto'
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
const sdk = join(here, '../../js/dist')
const out = join(here, 'dist')

/** The page loads the package beside itself, by its public entry. */
const packageBeside = {
  name: 'package-beside',
  setup(builder) {
    builder.onResolve({ filter: /^samara-sdk$/ }, () => ({ path: './samara/index.js', external: true }))
  },
}

/** What runs in a browser: types, source maps and notes of the package stay behind. */
const isServed = (path) => !/\.(d\.ts|map|md|json)$/.test(path)

async function filesOf(folder) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath ?? entry.path, entry.name)).replaceAll('\\', '/')).sort()
}

/** A page is asked for by its folder: `share/index.html` as `share/`, the first one as `./`. */
const addressOf = (file) => (file === 'index.html' ? './' : file.replace(/(^|\/)index\.html$/, '$1'))

async function writeServiceWorker() {
  const files = await filesOf(out)
  const hash = createHash('sha256')
  for (const file of files) hash.update(file).update(await readFile(join(out, file)))
  const source = await readFile(join(here, 'src/sw.js'), 'utf8')
  await writeFile(join(out, 'sw.js'), source
    .replace('__VERSION__', hash.digest('hex').slice(0, 16))
    .replace("['__FILES__']", JSON.stringify(files.map(addressOf), null, 1)))
}

await rm(out, { recursive: true, force: true })
await mkdir(out, { recursive: true })
await cp(join(here, 'static'), out, { recursive: true })
await cp(sdk, join(out, 'samara'), { recursive: true, filter: isServed })
await build({
  entryPoints: [join(here, 'src/app.ts'), join(here, 'src/receive.ts')],
  outdir: out,
  bundle: true,
  splitting: true,
  format: 'esm',
  target: 'es2022',
  minify: true,
  legalComments: 'none',
  chunkNames: 'common',
  logLevel: 'warning',
  plugins: [packageBeside],
})
await writeServiceWorker()
