// The waveform: peaks measured from decoded sound, and bars drawn from them. Never from anything made up: without
// peaks all bars are equal.

export const BARS = 48
const MAX_DECODED_BYTES = 12 * 1024 * 1024 // decoded sound is about twenty times as large, in memory

export interface Sound { peaks: number[]; durationSeconds: number }

/** Decodes a recording; undefined where the browser cannot, or where it would take too much memory. */
export async function decodeSound(blob: Blob): Promise<Sound | undefined> {
  if (blob.size > MAX_DECODED_BYTES || typeof OfflineAudioContext === 'undefined') return undefined
  try {
    const context = new OfflineAudioContext(1, 1, 16000)
    const buffer = await context.decodeAudioData(await blob.arrayBuffer())
    return { peaks: peaksOf(buffer.getChannelData(0)), durationSeconds: buffer.duration }
  } catch {
    return undefined
  }
}

/** The loudest sample of each of BARS equal parts, as whole numbers 0…100 of the loudest of all. */
function peaksOf(samples: Float32Array): number[] {
  const peaks: number[] = []
  for (let bar = 0; bar < BARS; bar += 1) {
    const end = Math.floor(((bar + 1) * samples.length) / BARS)
    let peak = 0
    for (let i = Math.floor((bar * samples.length) / BARS); i < end; i += 1) peak = Math.max(peak, Math.abs(samples[i] ?? 0))
    peaks.push(peak)
  }
  const loudest = Math.max(...peaks, 0.01)
  return peaks.map((peak) => Math.round((peak / loudest) * 100))
}

/** Peaks as they were kept beside a memo; anything else is ignored. */
export function readPeaks(kept: unknown): number[] | undefined {
  if (!Array.isArray(kept) || kept.length !== BARS) return undefined
  return kept.map((peak) => (typeof peak === 'number' && peak >= 0 && peak <= 100 ? peak : 0))
}

const SVG = 'http://www.w3.org/2000/svg'
const STEP = 5
const WIDTH = 3
const HEIGHT = 48
const FLAT = 56 // the height of all bars where nothing was measured

/** BARS bars; each is `on` (played, or verified) or not. */
export class Wave {
  readonly element: SVGSVGElement = document.createElementNS(SVG, 'svg')
  readonly #bars: SVGRectElement[] = []

  constructor(peaks?: number[]) {
    this.element.setAttribute('class', 'wave')
    this.element.setAttribute('viewBox', `0 0 ${BARS * STEP - STEP + WIDTH} ${HEIGHT}`)
    this.element.setAttribute('preserveAspectRatio', 'none')
    this.element.setAttribute('aria-hidden', 'true')
    for (let bar = 0; bar < BARS; bar += 1) {
      const rect = document.createElementNS(SVG, 'rect')
      rect.setAttribute('x', String(bar * STEP))
      rect.setAttribute('width', String(WIDTH))
      rect.setAttribute('rx', '1.5')
      this.#bars.push(rect)
    }
    this.element.append(...this.#bars)
    this.setPeaks(peaks)
  }

  setPeaks(peaks: number[] | undefined): void {
    this.#bars.forEach((rect, bar) => {
      const height = Math.max(WIDTH, ((peaks?.[bar] ?? FLAT) / 100) * HEIGHT)
      rect.setAttribute('height', String(height))
      rect.setAttribute('y', String((HEIGHT - height) / 2))
    })
  }

  /** Fills the bars up to a fraction of the whole. */
  fillTo(fraction: number): void {
    this.#bars.forEach((rect, bar) => rect.classList.toggle('on', (bar + 0.5) / BARS <= fraction))
  }

  /** Fills each bar as far as its bytes are within the ranges [start, end), which are apart. */
  fillRanges(ranges: readonly (readonly [start: number, end: number])[], total: number): void {
    this.#bars.forEach((rect, bar) => {
      const start = (bar * total) / BARS
      const end = ((bar + 1) * total) / BARS
      const there = ranges.reduce((sum, range) => sum + Math.max(0, Math.min(end, range[1]) - Math.max(start, range[0])), 0)
      rect.classList.toggle('on', there > 0)
      rect.setAttribute('fill-opacity', total > 0 ? (there / (end - start)).toFixed(2) : '1')
    })
  }
}
