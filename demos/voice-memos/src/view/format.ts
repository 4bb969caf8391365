// How durations, sizes, dates and shares of a whole are written, in the language of the words. Knows no state, no page.
import { words } from '../words/words.js'

const pad = (value: number): string => String(value).padStart(2, '0')

/** 75.4 → "1:15"; 3675 → "1:01:15". */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds))
  const hours = Math.floor(whole / 3600)
  const minutes = Math.floor(whole / 60) % 60
  return hours > 0 ? `${hours}:${pad(minutes)}:${pad(whole % 60)}` : `${minutes}:${pad(whole % 60)}`
}

/** The same for ears: "1 minute, 15 seconds". */
export function spokenDuration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds))
  const { locale } = words()
  const part = (value: number, unit: 'hour' | 'minute' | 'second'): string =>
    new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'long' }).format(value)
  const hours = Math.floor(whole / 3600)
  const minutes = Math.floor(whole / 60) % 60
  const parts = [...(hours > 0 ? [part(hours, 'hour')] : []), ...(minutes > 0 ? [part(minutes, 'minute')] : [])]
  if (whole % 60 > 0 || parts.length === 0) parts.push(part(whole % 60, 'second'))
  return new Intl.ListFormat(locale, { type: 'unit' }).format(parts)
}

/** The same, to the minute once it is more than a few: nobody counts the seconds of an estimate. */
export const aboutDuration = (seconds: number): string =>
  spokenDuration(seconds < 100 ? Math.max(1, seconds) : Math.ceil(seconds / 60) * 60)

/** Names one after another, as the language does it. */
export const listed = (names: readonly string[]): string => new Intl.ListFormat(words().locale, { type: 'unit' }).format(names)

const UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const

/** 1536 → "1.5 kB". */
export function size(bytes: number): string {
  let value = bytes
  let unit = 0
  while (value >= 1000 && unit < UNITS.length - 1) {
    value /= 1000
    unit += 1
  }
  const maximumFractionDigits = unit === 0 || value >= 100 ? 0 : 1
  return new Intl.NumberFormat(words().locale, { style: 'unit', unit: UNITS[unit], unitDisplay: unit === 0 ? 'long' : 'short', maximumFractionDigits }).format(value)
}

/** Never 100 % before it is whole. */
export const percent = (fraction: number): string =>
  new Intl.NumberFormat(words().locale, { style: 'percent', maximumFractionDigits: 0 }).format(fraction < 1 ? Math.floor(fraction * 100) / 100 : 1)

/** Formats are dear to make, and 200 rows want the same ones. */
const kept = new Map<string, Intl.DateTimeFormat>()
function dateFormat(name: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${words().locale} ${name}`
  const format = kept.get(key) ?? new Intl.DateTimeFormat(words().locale, options)
  kept.set(key, format)
  return format
}

export const time = (date: Date): string => dateFormat('time', { timeStyle: 'short' }).format(date)
export const dateAndTime = (date: Date): string => dateFormat('both', { dateStyle: 'long', timeStyle: 'short' }).format(date)

/** What tells one day from another, in local time. */
export const dayKey = (date: Date): string => `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`

/** A heading for a day: today, yesterday, else its date, with the year once it is another one. */
export function day(date: Date, now: Date = new Date()): string {
  if (dayKey(date) === dayKey(now)) return words().library.today
  const yesterday = new Date(now.getFullYear(), now.getMonth(), now.getDate() - 1)
  if (dayKey(date) === dayKey(yesterday)) return words().library.yesterday
  return date.getFullYear() === now.getFullYear()
    ? dateFormat('day', { weekday: 'long', day: 'numeric', month: 'long' }).format(date)
    : dateFormat('year', { day: 'numeric', month: 'long', year: 'numeric' }).format(date)
}
