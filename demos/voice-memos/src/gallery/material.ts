// What the contact sheet's states are made of: memos, waveforms and an app around them. EVERYTHING HERE IS MADE UP for
// the sheet, with fixed dates and seeded numbers, so that two renderings are alike. Nothing of this folder is shipped.
import type { Progress } from 'samara-sdk'
import type { App, Memo, ShareSheet } from '../view/model.js'

/** The sheet's clock stands still here. */
export const NOW = new Date('2026-05-16T14:20:00Z')
const HOUR_MS = 3_600_000
const BARS = 48
const WEBM = 'audio/webm;codecs=opus'
const MP4 = 'audio/mp4;codecs=mp4a.40.2'

/** A generator of numbers 0…1, the same ones for the same seed. */
export function numbersFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
}

/** Something like speech: words with pauses between them, each bar 0…100. */
export function peaksFrom(seed: number, bars = BARS): number[] {
  const next = numbersFrom(seed)
  let word = 0.6
  let left = 0
  const peaks = Array.from({ length: bars }, () => {
    if (left <= 0) {
      left = 2 + Math.floor(next() * 6)
      word = next() < 0.2 ? 0.08 : 0.35 + next() * 0.65
    }
    left -= 1
    return word * (0.55 + next() * 0.45)
  })
  const loudest = Math.max(...peaks)
  return peaks.map((peak) => Math.round((peak / loudest) * 100))
}

/** The loudest of each tenth of a second of a recording, 0…1. */
export const levelsFrom = (seed: number, seconds: number): number[] => peaksFrom(seed, Math.round(seconds * 10)).map((peak) => peak / 100)

/** Texts as people and strangers give them: long, short, from right to left, and one that tries to be code. */
export const TITLES = {
  kitchen: 'Plum cake, as grandmother told it',
  refrain: 'Refrain, second try',
  dunes: 'Wind in the dunes',
  long: 'Everything that was said about the second oven, including the part which nobody believed, and then the song about the bees once more from the beginning',
  unbroken: 'Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichen_2026_final_final.webm',
  arabic: 'ملاحظة صوتية من الشاطئ',
  code: '<img src=x onerror="alert(1)"> & <b>friends</b>',
  short: 'a',
  several: 'Sunday at the table',
} as const

const KINDS: { title: string; seconds: number; type: string; origin: Memo['origin'] }[] = [
  { title: TITLES.kitchen, seconds: 64.2, type: WEBM, origin: 'saved' },
  { title: TITLES.refrain, seconds: 21.4, type: WEBM, origin: 'saved' },
  { title: TITLES.arabic, seconds: 8.1, type: MP4, origin: 'received' },
  { title: TITLES.dunes, seconds: 754, type: WEBM, origin: 'saved' },
  { title: TITLES.long, seconds: 3725, type: WEBM, origin: 'received' },
  { title: TITLES.code, seconds: 33, type: WEBM, origin: 'received' },
  { title: TITLES.unbroken, seconds: 2, type: WEBM, origin: 'saved' },
  { title: TITLES.short, seconds: 0.6, type: WEBM, origin: 'saved' },
]

/** When the sender's end of a memo is, before and after the sheet's clock. */
export const TOMORROW = new Date(NOW.getTime() + 24 * HOUR_MS)
export const YESTERDAY = new Date(NOW.getTime() - 24 * HOUR_MS)

/** The memo of that number, 0 the newest; titles come round again. */
export function memo(number: number, change: Partial<Memo> = {}): Memo {
  const kind = KINDS[number % KINDS.length]!
  const round = Math.floor(number / KINDS.length)
  return {
    id: `memo-${number}`,
    title: round === 0 ? kind.title : `${kind.title} ${round + 1}`,
    type: kind.type,
    bytes: Math.round(kind.seconds * 6000 + 900),
    at: new Date(NOW.getTime() - (number * number * 3 + number * 7 + 0.4) * HOUR_MS),
    durationSeconds: kind.seconds,
    peaks: peaksFrom(number + 7),
    origin: kind.origin,
    playable: true,
    ...change,
  }
}

/** Several sounds under one link. */
export const severalSounds = (change: Partial<Memo> = {}): Memo => memo(2, {
  title: TITLES.several, durationSeconds: 93.7, peaks: undefined,
  parts: [{ title: TITLES.kitchen, playable: true, durationSeconds: 64.2 }, { title: TITLES.refrain, playable: true, durationSeconds: 21.4 },
    { title: TITLES.unbroken, playable: false }, { title: TITLES.arabic, playable: true, durationSeconds: 8.1 }],
  ...change,
})

export const memos = (count: number): Memo[] => Array.from({ length: count }, (_, number) => memo(number))

export const THE_MEMO = memo(0)

/** An app with nothing going on; states say only what is different. */
export function appWith(change: Partial<App> = {}): App {
  return {
    screen: 'library', wide: false, ready: true, memos: [], incoming: [], bundles: [], recorder: { step: 'off' }, receive: { step: 'paste' },
    online: true, storage: 'kept', persisted: true, usedBytes: 0, update: 'none', canRelay: false, canScan: false,
    settings: { seeding: 'always', hideAddress: false, language: 'auto' }, version: '1.2.3',
    ...change,
  }
}

/** A library that has been used for a while. */
export const filledApp = (change: Partial<App> = {}): App => appWith({ memos: memos(8), usedBytes: 31_400_000, ...change })

const SEED = 'https://memos.example/voice-memos/share/#seeds=magnet%3A%3Fxt%3Durn%3Abtih%3A0c8bd1b2f1b6a9b0f3f9b7d0a4a1c2d3e4f5a6b7%26xl%3D409600'
const KEY = 'mB2kTq7xV0sYh4nGfRzJ1wLcEoUa9dPi5tXv8KbQyNM'
export const LINK = `${SEED}&k=${KEY}`
export const LOCAL_LINK = LINK.replace('https://memos.example', 'http://localhost:8484')
export const CODE = `https://memos.example/voice-memos/share/#s1.AAyL0bLxtqmw8_m30KShwtPk9aa3${KEY}`

/** A share sheet whose link is ready and that nobody has opened. */
export function sheet(change: Partial<ShareSheet> = {}): ShareSheet {
  return {
    memo: THE_MEMO, step: 'ready', link: LINK, code: CODE, state: 'waiting', peers: 0, delivered: 0, fraction: 0, sentBytes: 0, bytesPerSecond: 0,
    parts: { link: `${SEED}&k=-`, key: KEY }, guards: { password: false, end: 'none' }, options: false, renewed: false, copied: 'no', canSend: true, thisComputerOnly: false, awake: true,
    ...change,
  }
}

const PIECE_BYTES = 16_384

/** Verified ranges as a swarm leaves them: out of order, whole pieces, joined where they touch. */
export function rangesOf(total: number, share: number, seed: number): { have: Progress['have']; verified: number } {
  const next = numbersFrom(seed)
  const have: [number, number][] = []
  for (let start = 0; start < total; start += PIECE_BYTES) {
    if (next() >= share) continue
    const end = Math.min(start + PIECE_BYTES, total)
    const last = have.at(-1)
    if (last?.[1] === start) last[1] = end
    else have.push([start, end])
  }
  return { have, verified: have.reduce((sum, [start, end]) => sum + end - start, 0) }
}
