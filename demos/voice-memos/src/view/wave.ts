// The waveform: peaks measured from decoded sound, and drawings of them. Where nothing was measured yet the bars have
// the outline of the seed's wing, a fixed shape that nobody takes for sound. Knows no memo, no player and no transfer.
import { html, nothing, svg } from 'lit-html'
import type { SVGTemplateResult, TemplateResult } from 'lit-html'

export const BARS = 48
const PITCH = 10
const THICK = 5
const WIDTH = BARS * PITCH - THICK
export const WAVE_HEIGHT = 128
const MIDDLE = WAVE_HEIGHT / 2
const LEAST = THICK // a silent part is a dot

type Ranges = readonly (readonly [start: number, end: number])[]

/** The loudest sample of each of BARS equal parts, as whole numbers 0…100 of the loudest of all. */
export function peaksOf(samples: Float32Array): number[] {
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

interface Bar { top: number; height: number }

/** The wing of a maple seed: a straight leading edge above, a belly below, broad towards its end. */
const WING: readonly Bar[] = Array.from({ length: BARS }, (_, bar) => {
  const along = (bar + 0.5) / BARS
  const tip = Math.sqrt(Math.max(0, 1 - Math.max(0, (along - 0.8) / 0.215) ** 2))
  const top = MIDDLE - 5 - 57 * Math.sin((Math.PI / 2) * Math.min(1, along / 0.78)) ** 0.85 * tip
  const bottom = MIDDLE + 5 + 55 * Math.sin(Math.PI * along ** 1.45) ** 1.25
  return { top, height: Math.max(LEAST, bottom - top) }
})

/** Quiet parts are lifted a little: ears hear a tenth of the pressure as more than a tenth. */
const barOf = (peak: number): Bar => {
  const height = Math.max(LEAST, (peak / 100) ** 0.8 * WAVE_HEIGHT)
  return { top: MIDDLE - height / 2, height }
}

/** How much of each bar's stretch of the file has been verified, 0…1. */
export function sharesOf(have: Ranges, total: number): number[] {
  return Array.from({ length: BARS }, (_, bar) => {
    const start = (bar * total) / BARS
    const end = ((bar + 1) * total) / BARS
    const there = have.reduce((sum, range) => sum + Math.max(0, Math.min(end, range[1]) - Math.max(start, range[0])), 0)
    return total > 0 ? Math.min(1, there / (end - start)) : 0
  })
}

export interface WaveLook {
  peaks?: readonly number[] | undefined // of the whole sound; without them the bars keep the wing's shape
  shares?: readonly number[] | undefined // of each bar; absent: whole
  played?: number | undefined // 0…1; absent: it stands at its beginning
  id?: string
}

const rounded = (value: number): string => value.toFixed(1)

const outlineOf = (bars: readonly Bar[]): SVGTemplateResult => svg`<g class="outlines">${bars.map((bar, index) => svg`<rect x=${index * PITCH + 0.5} width=${THICK - 1}
  y=${rounded(bar.top + 0.5)} height=${rounded(bar.height - 1)} rx="2"></rect>`)}</g>`
const wingOutline = outlineOf(WING)

function barView(index: number, look: WaveLook): SVGTemplateResult {
  const share = look.shares?.[index] ?? (look.shares ? 0 : 1)
  const peak = look.peaks?.[index]
  const full = peak === undefined ? WING[index] ?? barOf(0) : barOf(peak)
  const height = full.height * share
  const isPlayed = look.played !== undefined && (index + 0.5) / BARS <= look.played
  const kind = `${share > 0 ? 'on' : ''}${isPlayed ? ' played' : ''}`
  return svg`<rect class=${kind} x=${index * PITCH} width=${THICK} y=${rounded(full.top + (full.height - height) / 2)} height=${rounded(height)} rx="2.5"></rect>`
}

/** The large wave of BARS bars. The same element stays when it becomes whole, so that it can settle. */
export function bigWave(look: WaveLook): TemplateResult {
  const head = look.played === undefined ? nothing
    : svg`<rect class="head" x=${rounded(Math.min(1, look.played) * (WIDTH - 2))} y="0" width="2" height=${WAVE_HEIGHT} rx="1"></rect>`
  const kind = `wave${look.shares ? ' filling' : ''}${look.played === undefined ? '' : ' under-way'}`
  return html`<svg class=${kind} id=${look.id ?? nothing} viewBox="0 0 ${WIDTH} ${WAVE_HEIGHT}" aria-hidden="true">
    ${look.peaks && look.shares ? outlineOf(look.peaks.map(barOf)) : wingOutline}<g class="bars">${Array.from({ length: BARS }, (_, index) => barView(index, look))}</g>${head}</svg>`
}

const ROW_BARS = 24
const ROW_PITCH = 3
const ROW_HEIGHT = 28
const rowPaths = new WeakMap<readonly number[], string>()

const stroke = (index: number, height: number): string => `M${index * ROW_PITCH + 1.5} ${((ROW_HEIGHT - height) / 2).toFixed(1)}v${height.toFixed(1)}`

/** One path, for lists: 200 rows draw at once. */
function rowPath(peaks: readonly number[]): string {
  const known = rowPaths.get(peaks)
  if (known !== undefined) return known
  const path = Array.from({ length: ROW_BARS }, (_, bar) => {
    const peak = Math.max(peaks[bar * 2] ?? 0, peaks[bar * 2 + 1] ?? 0)
    return stroke(bar, Math.max(0.01, (peak / 100) ** 0.8 * (ROW_HEIGHT - 4)))
  }).join('')
  rowPaths.set(peaks, path)
  return path
}

const DOTS = Array.from({ length: ROW_BARS }, (_, bar) => stroke(bar, 0.01)).join('')

/** The small wave of a row. Dots where nothing was measured. */
export const rowWave = (peaks: readonly number[] | undefined): TemplateResult =>
  html`<svg class="row-wave" viewBox="0 0 ${ROW_BARS * ROW_PITCH} ${ROW_HEIGHT}" aria-hidden="true"><path d=${peaks ? rowPath(peaks) : DOTS}></path></svg>`

/** The small wave of a memo that is on its way: dots that grow to the wing where parts have been verified. */
export function rowFilling(have: Ranges, total: number): TemplateResult {
  const shares = sharesOf(have, total)
  const path = Array.from({ length: ROW_BARS }, (_, bar) => {
    const share = ((shares[bar * 2] ?? 0) + (shares[bar * 2 + 1] ?? 0)) / 2
    const full = ((WING[bar * 2]?.height ?? 0) / WAVE_HEIGHT) * ROW_HEIGHT
    return share > 0 ? stroke(bar, full * share) : ''
  }).join('')
  return html`<svg class="row-wave filling" viewBox="0 0 ${ROW_BARS * ROW_PITCH} ${ROW_HEIGHT}" aria-hidden="true"><path class="dots" d=${DOTS}></path><path d=${path}></path></svg>`
}

const LIVE_BARS = 60
const LIVE_PITCH = 8
const LIVE_DOTS = Array.from({ length: LIVE_BARS }, (_, bar) => `M${bar * LIVE_PITCH + 4} ${MIDDLE}v0.01`).join('')

/** The sound of the last seconds as it was measured, growing from the left, then moving on. */
export function liveWave(levels: readonly number[]): TemplateResult {
  const shown = levels.slice(-LIVE_BARS)
  const path = shown.map((level, bar) => {
    const height = Math.max(0.01, Math.sqrt(Math.min(1, Math.max(0, level))) * (WAVE_HEIGHT - 8))
    return `M${bar * LIVE_PITCH + 4} ${rounded(MIDDLE - height / 2)}v${rounded(height)}`
  }).join('')
  return html`<svg class="live-wave" viewBox="0 0 ${LIVE_BARS * LIVE_PITCH} ${WAVE_HEIGHT}" aria-hidden="true"><path class="dots" d=${LIVE_DOTS}></path><path d=${path}></path></svg>`
}
