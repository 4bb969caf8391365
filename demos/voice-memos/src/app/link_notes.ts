// What this browser notes of the link of a memo, beside the package's store: the title it carries and the end that was
// chosen. Never the link, its key or a password.
import type { End } from '../view/model.js'
import { readLocal, writeLocal } from './local.js'

export interface LinkNote { title: string; end: End; ends?: Date }

const HOUR_MS = 3_600_000
const LASTS_MS: Record<End, number | undefined> = { none: undefined, hour: HOUR_MS, day: 24 * HOUR_MS, week: 7 * 24 * HOUR_MS }

/** When a link ends that is made now. */
export function endFrom(end: End, now = Date.now()): Date | undefined {
  const lasts = LASTS_MS[end]
  return lasts === undefined ? undefined : new Date(now + lasts)
}

const nameOf = (id: string): string => `shared ${id}`
const isEnd = (value: unknown): value is End => typeof value === 'string' && Object.hasOwn(LASTS_MS, value)

export function readNote(id: string): LinkNote | undefined {
  try {
    const { title, end, ends } = JSON.parse(readLocal(nameOf(id)) ?? '{}') as Partial<Record<'title' | 'end' | 'ends', unknown>>
    if (typeof title !== 'string' || !isEnd(end)) return undefined
    return { title, end, ...(typeof ends === 'number' && { ends: new Date(ends) }) }
  } catch {
    return undefined // of another version of the app
  }
}

export const keepNote = (id: string, { title, end, ends }: LinkNote): void =>
  writeLocal(nameOf(id), JSON.stringify({ title, end, ends: ends?.getTime() }))

export const forgetNote = (id: string): void => writeLocal(nameOf(id), undefined)
