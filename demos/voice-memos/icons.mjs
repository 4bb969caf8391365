// Draws the app's mark, its icons and the card for chats, and writes them into static/. Run by hand when the mark
// changes, its outputs are in the repository: node demos/voice-memos/icons.mjs. With `screens` it takes the manifest's two
// pictures of the built app instead. Needs the packages of tests/ and Chromium.
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { crc32, deflateSync } from 'node:zlib'
import { launchChromium } from '../../tests/browser/lib/chromium.mjs'
import { startSite } from '../site.mjs'

const here = dirname(fileURLToPath(import.meta.url))
const MAPLE = '#b3401a'
const CREAM = '#fff2e2'
const PAPER = '#fbf7f0'
const INK = '#241b14'
const SOFT = '#6b5d51'
const MAX_COLOURS = 256

// The mark on a field of 64: a winged seed of the maple; in its wing, a waveform. The bars lie on whole pixels at 16.
const WING = 'M17 41C20 22 33 8 50 7.5C58.5 7.3 60.5 16 57.5 25C53 38 40 48.5 22 51.5Z'
const BARS = [[30, 30, 42], [38, 19, 43], [46, 21, 33], [53.6, 14.4, 23.6]] // x, top, bottom
const BAR_WIDTH = 3.8
const SAFE_SCALE = 0.72 // a maskable icon may be cut to the circle of 40 %; the mark reaches 34 of 32 from the middle

const barsIn = (colour) => BARS.map(([x, top, bottom]) =>
  `<rect x="${+(x - BAR_WIDTH / 2).toFixed(2)}" y="${top}" width="${BAR_WIDTH}" height="${+(bottom - top).toFixed(2)}" rx="${BAR_WIDTH / 2}" fill="${colour}"/>`).join('\n  ')

const mark = (colour, bars) => `<path d="${WING}" fill="${colour}"/>
  <ellipse cx="17" cy="47.5" rx="9.8" ry="7.6" transform="rotate(-42 17 47.5)" fill="${colour}"/>
  ${barsIn(bars)}`

const svg = (body, size = 64) => `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size} ${size}">\n  ${body}\n</svg>\n`

const scaled = (body, scale) => `<g transform="translate(${32 - 32 * scale} ${32 - 32 * scale}) scale(${scale})">${body}</g>`
const rounded = `<rect width="64" height="64" rx="15" fill="${MAPLE}"/>`
const square = `<rect width="64" height="64" fill="${MAPLE}"/>`

const DRAWINGS = {
  icon: svg(`${rounded}\n  ${mark(CREAM, MAPLE)}`),
  maskable: svg(square + scaled(mark(CREAM, MAPLE), SAFE_SCALE)),
  touch: svg(square + scaled(mark(CREAM, MAPLE), 0.9)),
  // One colour on nothing: the system tints it. The bars are holes.
  monochrome: svg(`<mask id="m"><rect width="64" height="64" fill="#fff"/>${barsIn('#000')}</mask><g mask="url(#m)">${scaled(mark('#000', '#000'), 1)}</g>`),
  record: svg(`<circle cx="32" cy="32" r="32" fill="${CREAM}"/><circle cx="32" cy="32" r="15" fill="${MAPLE}"/>`),
  paste: svg(`<circle cx="32" cy="32" r="32" fill="${CREAM}"/><g fill="none" stroke="${MAPLE}" stroke-width="4.5" stroke-linecap="round">
    <path d="M28 36a8 8 0 0 0 12 1l6-6a8 8 0 0 0-11.5-11.5l-3 3"/><path d="M36 28a8 8 0 0 0-12-1l-6 6a8 8 0 0 0 11.5 11.5l3-3"/></g>`),
}

const PICTURES = [
  ['icons/icon-192.png', 'icon', 192], ['icons/icon-512.png', 'icon', 512],
  ['icons/maskable-192.png', 'maskable', 192], ['icons/maskable-512.png', 'maskable', 512],
  ['icons/monochrome-512.png', 'monochrome', 512], ['icons/apple-touch-icon.png', 'touch', 180],
  ['icons/shortcut-record-96.png', 'record', 96], ['icons/shortcut-paste-96.png', 'paste', 96],
]

const SCREENS = [['screen-narrow', 412, 892], ['screen-wide', 1280, 800]]

/** The waveform of the card: heights made of three waves, so that it looks spoken and is the same every time. */
function cardWave(count) {
  const heightOf = (i) => {
    const phrase = Math.max(0.12, Math.abs(Math.sin(i * 0.29 + 0.4)) * Math.abs(Math.sin(i * 0.083 + 0.5)))
    return Math.min(1, phrase * (0.6 + 0.4 * Math.abs(Math.sin(i * 1.7))))
  }
  const heard = Math.round(count * 0.62)
  return Array.from({ length: count }, (_, i) => {
    const height = Math.max(10, heightOf(i) * 132)
    const look = i < heard ? `fill="${MAPLE}"` : 'fill="#d9c8b6"'
    return `<rect x="${i * 17}" y="${(132 - height) / 2}" width="9" height="${height}" rx="4.5" ${look}/>`
  }).join('')
}

async function cardPage() {
  const font = await readFile(join(here, '../node_modules/@fontsource-variable/figtree/files/figtree-latin-wght-normal.woff2'), 'base64')
  return `<!doctype html><style>
@font-face { font-family: Figtree; src: url(data:font/woff2;base64,${font}); font-weight: 300 900; }
body { margin: 0; width: 1200px; height: 630px; box-sizing: border-box; padding: 84px 88px 76px; background: ${PAPER};
  color: ${INK}; font: 500 34px/1.4 Figtree; display: flex; flex-direction: column; justify-content: space-between; }
header { display: flex; align-items: center; gap: 22px; font-size: 36px; font-weight: 650; }
header svg { width: 76px; height: 76px; }
h1 { margin: 0 0 14px; font-size: 92px; line-height: 1.05; font-weight: 750; letter-spacing: -0.025em; }
p { margin: 0; color: ${SOFT}; }
</style><header>${DRAWINGS.icon}<span>Samara</span></header>
<svg width="1024" height="132" viewBox="0 0 1020 132">${cardWave(60)}</svg>
<div><h1>A voice memo for you</h1><p>Tap to listen. It comes straight from the sender’s device.</p></div>`
}

/** RGBA of a picture, decoded by the browser that drew it. */
const pixelsOf = (page, png) => page.evaluate(async (address) => {
  const image = await createImageBitmap(await (await fetch(address)).blob())
  const canvas = new OffscreenCanvas(image.width, image.height)
  const context = canvas.getContext('2d')
  context.drawImage(image, 0, 0)
  return Array.from(new Uint32Array(context.getImageData(0, 0, image.width, image.height).data.buffer))
}, `data:image/png;base64,${png.toString('base64')}`)

/** The colours that are used most, and for every other one the nearest of them. */
function paletteOf(pixels) {
  const counts = new Map()
  for (const pixel of pixels) counts.set(pixel, (counts.get(pixel) ?? 0) + 1)
  const colours = [...counts.keys()].sort((a, b) => counts.get(b) - counts.get(a))
  const palette = colours.slice(0, MAX_COLOURS)
  const part = (colour, shift) => (colour >>> shift) & 255
  const distance = (a, b) => [0, 8, 16, 24].reduce((sum, shift) => sum + (part(a, shift) - part(b, shift)) ** 2, 0)
  const indexOf = new Map(palette.map((colour, index) => [colour, index]))
  for (const colour of colours.slice(MAX_COLOURS)) {
    indexOf.set(colour, palette.reduce((best, other, index) => distance(colour, other) < distance(colour, palette[best]) ? index : best, 0))
  }
  return { palette, indexOf }
}

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const size = Buffer.alloc(4)
  size.writeUInt32BE(data.length)
  const check = Buffer.alloc(4)
  check.writeUInt32BE(crc32(body))
  return Buffer.concat([size, body, check])
}

/** A PNG of 256 colours: flat drawings become a quarter as large as browsers write them. */
function encode(pixels, width, height) {
  const { palette, indexOf } = paletteOf(pixels)
  const rows = Buffer.alloc((width + 1) * height)
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) rows[y * (width + 1) + 1 + x] = indexOf.get(pixels[y * width + x])
  }
  const head = Buffer.alloc(13)
  head.writeUInt32BE(width, 0)
  head.writeUInt32BE(height, 4)
  head.set([8, 3, 0, 0, 0], 8)
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', head),
    chunk('PLTE', Buffer.from(palette.flatMap((colour) => [colour & 255, (colour >>> 8) & 255, (colour >>> 16) & 255]))),
    chunk('tRNS', Buffer.from(palette.map((colour) => colour >>> 24))),
    chunk('IDAT', deflateSync(rows, { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

async function draw(page, html, width, height) {
  await page.setViewportSize({ width, height })
  await page.setContent(html)
  await page.evaluate(() => document.fonts.ready.then(() => undefined))
  return encode(await pixelsOf(page, await page.screenshot({ omitBackground: true })), width, height)
}

async function drawIcons(browser) {
  await mkdir(join(here, 'static/icons'), { recursive: true })
  const comment = '<!-- The app\'s mark: a samara, the winged seed of the maple, with a waveform in its wing. Made by icons.mjs. -->\n'
  await writeFile(join(here, 'static/icon.svg'), comment + DRAWINGS.icon)
  const { raw: page } = await (await browser.newContext()).newPage()
  for (const [file, drawing, size] of PICTURES) {
    const html = `<style>body{margin:0}svg{display:block;width:${size}px;height:${size}px}</style>${DRAWINGS[drawing]}`
    await writeFile(join(here, 'static', file), await draw(page, html, size, size))
  }
  await writeFile(join(here, 'static/og.png'), await draw(page, await cardPage(), 1200, 630))
}

/** The app with its sample, as an installer shows it. */
async function takeScreens(browser) {
  const site = await startSite({ port: 0 })
  for (const [name, width, height] of SCREENS) {
    const { raw: page } = await (await browser.newContext()).newPage()
    await page.setViewportSize({ width, height })
    await page.goto(site.url)
    await page.click('#sample')
    await page.waitForSelector('.share-button')
    await page.mouse.move(0, 0)
    await page.evaluate(() => Promise.all(document.getAnimations().map((animation) => animation.finished.catch(() => undefined))).then(() => undefined))
    const png = await page.screenshot()
    const blank = await (await browser.newContext()).newPage() // the app's own policy forbids reading a data: address
    await writeFile(join(here, `static/icons/${name}.png`), encode(await pixelsOf(blank.raw, png), width, height))
  }
  await site.close()
}

const browser = await launchChromium()
await (process.argv.includes('screens') ? takeScreens(browser) : drawIcons(browser))
await browser.close()
