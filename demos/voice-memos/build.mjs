// Builds the app into dist/: a folder of static files that works from any path of any static host. It bundles our
// sources, copies the built package as it is into samara/, and gives the service worker its list of files.
//   node build.mjs [--site https://example.org/memos/]   the app, and the stage; --site: where the app will be, for
//                                                        cards in chats
//   node build.mjs gallery | stage                       only what is not shipped, into build/gallery or build/stage
// Only files that changed are written, so that a server or a browser in the middle of something is not disturbed.
import { build } from 'esbuild'
import { createHash } from 'node:crypto'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { metaPolicy } from './policy.mjs'

const here = dirname(fileURLToPath(import.meta.url))
const root = join(here, '../..')
const sdk = join(root, 'js/dist')
const figtree = join(here, '../node_modules/@fontsource-variable/figtree')
const FONTS = ['figtree-latin-wght-normal.woff2', 'figtree-latin-ext-wght-normal.woff2']

/** Served, but of no use without a network: cards for chats, pictures for an installer, the licence of the font. */
const NOT_KEPT = /^(og\.png|sw\.js|fonts\/OFL\.txt|icons\/.*(512|maskable|shortcut|monochrome|screen).*)$/

/** The page loads the package beside itself, by its public entry. */
const packageBeside = {
  name: 'package-beside',
  setup(builder) {
    builder.onResolve({ filter: /^samara-sdk$/ }, () => ({ path: './samara/index.js', external: true }))
  },
}

const BUNDLING = {
  bundle: true,
  format: 'esm',
  target: 'es2022',
  minify: true,
  legalComments: 'none',
  logLevel: 'warning',
  external: ['*.woff2'],
  plugins: [packageBeside],
}

/** What runs in a browser: types, source maps and notes of the package stay behind. */
const isServed = (path) => !/\.(d\.ts|map|md|json)$/.test(path)

async function filesOf(folder) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  return entries.filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath ?? entry.path, entry.name)).replaceAll('\\', '/')).sort()
}

/** Fills `build` in a folder of its own, then makes `out` the same, touching only what differs. */
async function buildInto(out, fill) {
  await mkdir(join(root, 'build'), { recursive: true })
  const fresh = await mkdtemp(join(root, 'build/app-'))
  try {
    await fill(fresh)
    await makeSame(fresh, out)
  } finally {
    await rm(fresh, { recursive: true, force: true })
  }
}

async function makeSame(from, to) {
  const wanted = await filesOf(from)
  for (const file of wanted) {
    const bytes = await readFile(join(from, file))
    const old = await readFile(join(to, file)).catch(() => undefined)
    if (old?.equals(bytes)) continue
    await mkdir(dirname(join(to, file)), { recursive: true })
    await writeFile(join(to, file), bytes)
  }
  const keep = new Set(wanted)
  for (const file of await filesOf(to)) if (!keep.has(file)) await rm(join(to, file), { force: true })
}

/** What a chat shows beside a page's title: an invitation for a share link, the mark for the app itself. */
const CARDS = { '': 'icons/icon-512.png', 'share/': 'og.png' }

/** Chats want whole addresses in a card; without --site they are relative, which browsers understand. */
function fillPage(page, folder, site) {
  const at = site ? new URL(folder, site).href : undefined
  const places = at ? `<link rel="canonical" href="${at}">\n<meta property="og:url" content="${at}">` : ''
  return page
    .replace('%POLICY%', metaPolicy)
    .replaceAll('%CARD%', site ? new URL(CARDS[folder], site).href : `${folder && '../'}${CARDS[folder]}`)
    .replace('%PLACES%\n', places && `${places}\n`)
}

const STYLESHEET = /<link rel="stylesheet" href="([./]*)styles\/([\w.-]+)">\n/g

/** A page's stylesheets, in its order, as one file: a first visit waits for one answer instead of one for each. */
async function joinStyles(out, page) {
  const folder = join(out, 'styles')
  const names = [...page.matchAll(STYLESHEET)].map((match) => match[2])
  await build({
    ...BUNDLING,
    stdin: { contents: names.map((name) => `@import './${name}';`).join('\n'), loader: 'css', resolveDir: folder },
    outfile: join(folder, 'app.css'),
  })
  for (const name of await filesOf(folder)) if (name !== 'app.css') await rm(join(folder, name))
}

const withJoinedStyles = (page) => {
  let first = true
  return page.replace(STYLESHEET, (_, up) => {
    const kept = first ? `<link rel="stylesheet" href="${up}styles/app.css">\n` : ''
    first = false
    return kept
  })
}

async function fillPages(out, site) {
  await joinStyles(out, await readFile(join(out, 'index.html'), 'utf8'))
  for (const folder of ['', 'share/']) {
    const file = join(out, folder, 'index.html')
    await writeFile(file, withJoinedStyles(fillPage(await readFile(file, 'utf8'), folder, site)))
  }
}

/** An app is told apart by its `id`, which is read from the root of the host: it can only be said where the place is known. */
async function fillManifest(out, site) {
  if (!site) return
  const file = join(out, 'manifest.webmanifest')
  const manifest = JSON.parse(await readFile(file, 'utf8'))
  await writeFile(file, JSON.stringify({ id: new URL(site).pathname, ...manifest }, null, 2))
}

async function copyFonts(out) {
  for (const font of FONTS) await cp(join(figtree, 'files', font), join(out, 'fonts', font))
  await cp(join(figtree, 'LICENSE'), join(out, 'fonts/OFL.txt'))
}

/** A page is asked for by its folder: `share/index.html` as `share/`, the first one as `./`. */
const addressOf = (file) => (file === 'index.html' ? './' : file.replace(/(^|\/)index\.html$/, '$1'))

const digest = (algorithm, ...parts) => parts.reduce((hash, part) => hash.update(part), createHash(algorithm))

/**
 * Writes sw.js for what is in a folder: its files with their digests, and a version made of all of them. Pages have no
 * digest, because a server may name its trackers in them.
 */
export async function writeServiceWorker(folder) {
  const files = {}
  for (const file of (await filesOf(folder)).filter((name) => !NOT_KEPT.test(name))) {
    files[addressOf(file)] = digest('sha256', await readFile(join(folder, file))).digest('base64')
  }
  const version = digest('sha256', JSON.stringify(files)).digest('hex').slice(0, 16)
  for (const address of Object.keys(files)) if (/^\.\/$|\/$/.test(address)) files[address] = ''
  await build({
    ...BUNDLING,
    entryPoints: [join(here, 'src/sw.js')],
    outfile: join(folder, 'sw.js'),
    format: 'iife', // a module service worker is not everywhere yet
    define: { VERSION: JSON.stringify(version), FILES: JSON.stringify(files) },
  })
  return version
}

/** @param {{site?: string, out?: string, entry?: string}} options site: the whole address of the folder, ending in '/' */
export function buildApp({ site, out = join(here, 'dist'), entry = join(here, 'src/app/main.ts') } = {}) {
  return buildInto(out, async (fresh) => {
    await cp(join(here, 'static'), fresh, { recursive: true })
    await cp(sdk, join(fresh, 'samara'), { recursive: true, filter: isServed })
    await copyFonts(fresh)
    await fillPages(fresh, site)
    await fillManifest(fresh, site)
    await build({ ...BUNDLING, entryPoints: { app: entry }, outdir: fresh })
    await writeServiceWorker(fresh)
  })
}

/** What is looked at and never shipped: one bundle with the app's styles and fonts beside it. */
async function buildAside(name) {
  const out = join(root, 'build', name)
  await buildInto(out, async (fresh) => {
    await cp(join(here, 'static'), fresh, { recursive: true, filter: (path) => !path.endsWith('.html') })
    await copyFonts(fresh)
    await cp(join(here, `src/${name}`), fresh, { recursive: true, filter: (path) => !/\.(ts|mjs)$/.test(path) })
    await build({ ...BUNDLING, entryPoints: { [name]: join(here, `src/${name}/${name}.ts`) }, outdir: fresh })
  })
  return out
}

/** src/gallery/gallery.ts → build/gallery/gallery.js, with styles.css, icons and fonts. Resolves with the folder. */
export const buildGallery = () => buildAside('gallery')

/** src/stage/stage.ts → build/stage/stage.js, and what else lies in src/stage. Resolves with the folder. */
export const buildStage = () => buildAside('stage')

function siteOf(args) {
  const given = args.find((one) => one.startsWith('--site='))?.slice('--site='.length) ?? args[args.indexOf('--site') + 1 || args.length]
  if (given === undefined) return undefined
  if (!/^https?:\/\/[^?#]+\/$/.test(given)) throw new Error('--site wants a whole address that ends in /')
  return given
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const args = process.argv.slice(2)
  if (args.includes('gallery')) await buildGallery()
  else if (args.includes('stage')) await buildStage()
  else await Promise.all([buildApp({ site: siteOf(args) }), buildStage()])
}
