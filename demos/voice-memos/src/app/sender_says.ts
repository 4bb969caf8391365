// What a sender says of a memo, as far as it can be: dates within reason, numbers that are numbers, waveforms of the
// right size. Everything in a received item's description or metadata is a stranger's word and is read here.
import type { Item, Metadata } from 'samara-sdk'
import type { About, Memo, Part } from '../view/model.js'
import { readPeaks } from '../view/wave.js'
import { titleOf } from './names.js'
import { canPlay } from './sound.js'

const CLOCKS_DIFFER_MS = 24 * 3_600_000 // a recording of tomorrow is of a clock that is wrong
const LONGEST_SECONDS = 7 * 24 * 3600

type Described = Pick<Item, 'createdAt' | 'durationSeconds' | 'meta' | 'files' | 'name'>

/** When it was recorded; undefined where that is not said, or cannot be. */
export function recordedAt({ createdAt }: Pick<Item, 'createdAt'>, by = new Date()): Date | undefined {
  const at = createdAt?.getTime() ?? Number.NaN
  return at > 0 && at <= by.getTime() + CLOCKS_DIFFER_MS ? createdAt : undefined
}

/** When it was recorded, as far as that is known. */
export const timeOf = (item: Item): Date => (item.origin === 'saved' ? item.createdAt : recordedAt(item)) ?? item.receivedAt ?? item.addedAt

const readSeconds = (seconds: unknown): number | undefined =>
  (typeof seconds === 'number' && seconds > 0 && seconds <= LONGEST_SECONDS ? seconds : undefined)

/** How long it is; what a sender says is taken where it can be. */
export const lengthOf = ({ origin, durationSeconds }: Pick<Item, 'origin' | 'durationSeconds'>): number | undefined =>
  (origin === 'saved' ? durationSeconds : readSeconds(durationSeconds))

/** The end that the sender has set, and whether it has come. */
export function endOf({ expiresAt }: Pick<Item, 'expiresAt'>, now = Date.now()): Memo['ends'] {
  if (!expiresAt || Number.isNaN(expiresAt.getTime())) return undefined
  return { at: expiresAt, over: expiresAt.getTime() <= now }
}

/** What is known of each sound, in `meta.parts`. */
interface PartNote { title?: unknown; seconds?: unknown }

const notesOf = (meta: Record<string, unknown>): PartNote[] =>
  (Array.isArray(meta['parts']) ? meta['parts'].map((note: unknown) => (note !== null && typeof note === 'object' ? note as PartNote : {})) : [])

const lastOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1)

/** Several sounds in one item; undefined for a single one. */
export function partsOf({ files, meta }: Pick<Described, 'files' | 'meta'>): Part[] | undefined {
  if (files.length < 2) return undefined
  const notes = notesOf(meta)
  return files.map((file, index) => {
    const { title, seconds } = notes[index] ?? {}
    const durationSeconds = readSeconds(seconds)
    return { title: typeof title === 'string' && title !== '' ? title : titleOf(lastOf(file.name)), playable: canPlay(file.type), ...(durationSeconds !== undefined && { durationSeconds }) }
  })
}

/** What is shown of a memo before it is here. */
export function aboutOf(metadata: Metadata | undefined): About {
  if (!metadata) return {}
  const at = recordedAt(metadata)
  const peaks = readPeaks(metadata.meta['peaks'])
  const durationSeconds = readSeconds(metadata.durationSeconds)
  const ends = endOf(metadata)?.at
  return {
    ...(at && { at }), ...(peaks && { peaks }), ...(ends && { ends }),
    ...(durationSeconds !== undefined && { durationSeconds }),
    ...(metadata.files.length > 1 && { parts: metadata.files.length }),
  }
}
