// Makes a short animation out of screenshots: one palette for all, and of each picture only what differs from the one
// before. Knows nothing of browsers.
import gifenc from 'gifenc' // a CommonJS bundle
import { PNG } from 'pngjs'

const { GIFEncoder, quantize, applyPalette } = gifenc
const COLOURS = 255 // one more is for what stays as it was
const PALETTE_SAMPLE = 7 // every n-th pixel is enough to choose colours

/** Colours that do for all pictures. */
function paletteOf(pictures) {
  const samples = pictures.map(({ data }) => {
    const pixels = new Uint32Array(data.buffer, data.byteOffset, data.byteLength / 4)
    return pixels.filter((_, index) => index % PALETTE_SAMPLE === 0)
  })
  const all = new Uint32Array(samples.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const one of samples) {
    all.set(one, at)
    at += one.length
  }
  return quantize(new Uint8Array(all.buffer), COLOURS)
}

/** The picture with everything that is as before left out. */
function difference(indices, before, transparent) {
  if (!before) return indices
  return indices.map((colour, place) => (colour === before[place] ? transparent : colour))
}

/**
 * @param {{png: Buffer, ms: number}[]} frames all of one size; ms: how long each is shown
 * @returns {Uint8Array} a GIF that repeats
 */
export function makeFilm(frames) {
  const pictures = frames.map(({ png }) => PNG.sync.read(png))
  const { width, height } = pictures[0]
  const palette = paletteOf(pictures)
  const transparent = palette.length
  const film = GIFEncoder()
  let before
  pictures.forEach(({ data }, place) => {
    const indices = applyPalette(new Uint8Array(data), palette)
    film.writeFrame(difference(indices, before, transparent), width, height, {
      delay: frames[place].ms, transparent: place > 0, transparentIndex: transparent, dispose: 1,
      ...(place === 0 && { palette: [...palette, [0, 0, 0]] }),
    })
    before = indices
  })
  film.finish()
  return film.bytes()
}
