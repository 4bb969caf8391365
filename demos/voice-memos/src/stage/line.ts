// The line between the phones: one bar for each tenth of a second, as tall as what arrived in it. Bytes of the sender's
// phone move to the right, those of the other phone to the left. Nothing moves that was not measured.
import { html, nothing, svg, type TemplateResult } from 'lit-html'
import type { LineFacts } from './facts.js'

export const BARS = 48
const STEP = 6
const EDGE = 2 // room for half a bar at both ends
const HEIGHT = 72
const MIDDLE = HEIGHT / 2
const REST = 0.05 // half the length of a bar in which nothing arrived: its round ends make a dot of it
const TALLEST = MIDDLE - 2
const TALLEST_BYTES = 256 * 1024
const SMALLEST_BYTES = 64

/** Half a bar's length: each doubling of the bytes adds the same. */
function reach(bytes: number): number {
  if (bytes <= 0) return REST
  return TALLEST * Math.min(1, Math.log2(1 + bytes / SMALLEST_BYTES) / Math.log2(1 + TALLEST_BYTES / SMALLEST_BYTES))
}

function bar(place: number, forth: number, back: number): TemplateResult {
  const half = reach(Math.max(forth, back))
  const x = EDGE + place * STEP
  return svg`<line class=${forth + back > 0 ? 'on' : ''} x1=${x} x2=${x} y1=${(MIDDLE - half).toFixed(2)} y2=${(MIDDLE + half).toFixed(2)}></line>`
}

/** A line on which nothing moves. */
export const STILL: LineFacts = { forth: Array<number>(BARS).fill(0), back: Array<number>(BARS).fill(0) }

/** For those who want no motion: the whole line shows the last tenth of a second. */
export const calm = ({ forth, back }: LineFacts): LineFacts =>
  ({ forth: Array<number>(BARS).fill(forth[0] ?? 0), back: Array<number>(BARS).fill(back[0] ?? 0) })

/** Without a label it is an ornament. */
export function line({ forth, back }: LineFacts, isConnected: boolean, label?: string): TemplateResult {
  const places = Array.from({ length: BARS }, (_, place) => bar(place, forth[place] ?? 0, back[BARS - 1 - place] ?? 0))
  return html`<svg class="wire" data-connected=${isConnected ? 'yes' : 'no'} role=${label ? 'img' : nothing}
    aria-label=${label ?? nothing} aria-hidden=${label ? nothing : 'true'}
    viewBox="0 0 ${(BARS - 1) * STEP + 2 * EDGE} ${HEIGHT}" preserveAspectRatio="none">${places}</svg>`
}

/** Puts the newest measure at the front. */
export const pushed = (samples: readonly number[], bytes: number): readonly number[] => [bytes, ...samples].slice(0, BARS)
