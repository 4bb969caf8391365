// How times, sizes, dates and file names are written. Knows nothing of the page.

const pad = (value: number): string => String(value).padStart(2, '0')

/** 75.4 → "1:15"; 3675 → "1:01:15". */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds))
  const hours = Math.floor(whole / 3600)
  const minutes = Math.floor(whole / 60) % 60
  return hours > 0 ? `${hours}:${pad(minutes)}:${pad(whole % 60)}` : `${minutes}:${pad(whole % 60)}`
}

const UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const

/** 1536 → "1.5 kB", in the reader's language. */
export function formatSize(bytes: number): string {
  let value = bytes
  let unit = 0
  while (value >= 1000 && unit < UNITS.length - 1) {
    value /= 1000
    unit += 1
  }
  const maximumFractionDigits = unit === 0 || value >= 100 ? 0 : 1
  return new Intl.NumberFormat(undefined, { style: 'unit', unit: UNITS[unit], unitDisplay: unit === 0 ? 'long' : 'short', maximumFractionDigits }).format(value)
}

export const formatPercent = (fraction: number): string =>
  new Intl.NumberFormat(undefined, { style: 'percent', maximumFractionDigits: 0 }).format(fraction)

const isToday = (date: Date): boolean => date.toDateString() === new Date().toDateString()

/** Today by its time, other days by their date. */
export const formatDate = (date: Date): string =>
  new Intl.DateTimeFormat(undefined, isToday(date) ? { timeStyle: 'short' } : { dateStyle: 'medium' }).format(date)

/** Container types that browsers record, and the ending a file of that type has. */
const ENDINGS: [type: string, ending: string][] = [['audio/mp4', '.m4a'], ['audio/webm', '.webm'], ['audio/ogg', '.ogg'], ['audio/wav', '.wav'], ['audio/mpeg', '.mp3']]

/** A memo travels as a file: its title, and the ending that tells the other side what it is. */
export function fileNameFor(title: string, type: string, oldName = ''): string {
  const container = type.split(';')[0]?.trim().replace(/^video/, 'audio') ?? ''
  const ending = /\.[a-z0-9]{1,5}$/i.exec(oldName)?.[0] ?? ENDINGS.find(([known]) => known === container)?.[1] ?? ''
  const plain = title.replace(/[\\/\p{Cc}]/gu, ' ').trim() || 'memo'
  return plain.toLowerCase().endsWith(ending.toLowerCase()) ? plain : plain + ending
}

/** "Walk.webm" → "Walk". */
export const titleOf = (name: string): string => name.replace(/\.(m4a|mp4|webm|weba|ogg|oga|opus|wav|mp3)$/i, '') || name
