// `./run demo --contact-sheet`: every screen in every state at three widths, light and dark, on one page to look at:
// build/demo/contact-sheet.html, its pictures beside it, and one picture of all states per width and theme. The states
// are the made-up ones of voice-memos/src/gallery; nothing is measured here.
//   --only PATTERN   the states whose names match    --width N   one width    --theme light|dark   one theme
//   --lang de|pseudo another language
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openStudio } from './contact_sheet/studio.mjs'
import { overviewPage, sheetPage } from './contact_sheet/pages.mjs'
import { buildGallery } from './voice-memos/build.mjs'

const WIDTHS = [390, 768, 1280]
const THEMES = ['light', 'dark']
const OVERVIEW_TILE_PX = { 390: 150, 768: 220, 1280: 300 }
const OVERVIEW_COLUMNS = { 390: 20, 768: 14, 1280: 10 }

const out = join(dirname(fileURLToPath(import.meta.url)), '../build/demo')
const pictures = join(out, 'contact-sheet')

function optionsOf(args) {
  const value = (name) => (args.includes(name) ? args[args.indexOf(name) + 1] : undefined)
  const wanted = value('--only')
  return {
    only: wanted ? new RegExp(wanted) : /./,
    widths: value('--width') ? [Number(value('--width'))] : WIDTHS,
    themes: value('--theme') ? [value('--theme')] : THEMES,
    lang: value('--lang') ?? 'en',
  }
}

/** Shoots one width in one theme; what each state's picture is called and how high it is. */
async function shootAll(studio, { width, theme, lang, only }) {
  const set = await studio.open({ width, theme, lang })
  const shots = []
  for (const group of set.groups) {
    for (const name of group.names.filter((one) => only.test(one))) {
      const file = `${name}-${width}-${theme}.webp`
      const { bytes, height } = await set.shoot(name)
      await writeFile(join(pictures, file), bytes)
      shots.push({ group: group.title, name, width, theme, file, height })
    }
  }
  await set.close()
  return shots
}

/** Two sets at a time: drawing and compressing take turns on two processors. */
async function shootSets(studio, sets) {
  const shots = []
  const waiting = [...sets]
  const work = async () => {
    for (let set = waiting.shift(); set; set = waiting.shift()) {
      shots.push(...await shootAll(studio, set))
      console.log(`  ${set.width} px, ${set.theme}`)
    }
  }
  await Promise.all([work(), work()])
  return shots
}

const started = performance.now()
const options = optionsOf(process.argv.slice(2))
console.log('Contact sheet: every state of the app')
const gallery = await buildGallery()
await rm(pictures, { recursive: true, force: true })
await mkdir(pictures, { recursive: true })
const studio = await openStudio(gallery)
try {
  const sets = options.widths.flatMap((width) => options.themes.map((theme) => ({ width, theme, lang: options.lang, only: options.only })))
  const shots = await shootSets(studio, sets.toSorted((a, b) => b.width - a.width))
  await writeFile(join(out, 'contact-sheet.html'), sheetPage(shots))
  for (const { width, theme } of sets) {
    const html = overviewPage(shots.filter((shot) => shot.width === width && shot.theme === theme), { tile: OVERVIEW_TILE_PX[width] ?? 260, columns: OVERVIEW_COLUMNS[width] ?? 8, theme })
    await studio.picture(pictures, html, join(out, `contact-sheet-${width}-${theme}.png`))
  }
  const names = new Set(shots.map((shot) => shot.name))
  const troubles = studio.troubles()
  for (const trouble of troubles) console.log(`✗ ${trouble}`)
  console.log(`${names.size} states, ${shots.length} pictures in ${((performance.now() - started) / 1000).toFixed(0)} s: build/demo/contact-sheet.html`)
  process.exitCode = troubles.length > 0 ? 1 : 0
} finally {
  await studio.close()
}
