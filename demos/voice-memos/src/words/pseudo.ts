// A made-up language that is written from right to left and is two fifths longer than English: what breaks in it would
// break in Arabic or in a long-winded language. Made from English when it is asked for; only the contact sheet uses it.
import { en } from './en.js'
import type { Words } from './shape.js'

const ACCENTS: Record<string, string> = { a: 'å', b: 'ƀ', c: 'ç', d: 'đ', e: 'é', g: 'ĝ', h: 'ĥ', i: 'î', k: 'ķ', l: 'ļ', n: 'ñ', o: 'ö', r: 'ŕ', s: 'š', t: 'ţ', u: 'û', w: 'ŵ', y: 'ý', z: 'ž' }
const RIGHT_TO_LEFT = '\u202e'
const END = '\u202c'
const LONGER_BY = 0.4

function pseudoText(text: string): string {
  if (text === '') return text
  const accented = [...text].map((letter) => ACCENTS[letter] ?? letter).join('')
  const more = ' lorem ipsum dolor sit amet consectetur'.repeat(1 + Math.floor((text.length * LONGER_BY) / 39)).slice(0, Math.max(1, Math.round(text.length * LONGER_BY)))
  return RIGHT_TO_LEFT + accented + more + END
}

function pseudoOf<T>(value: T): T {
  if (typeof value === 'string') return pseudoText(value) as T
  if (typeof value === 'function') return ((...given: unknown[]) => pseudoOf((value as unknown as (...given: unknown[]) => unknown)(...given))) as T
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, pseudoOf(part)])) as T
}

export const pseudo: Words = { ...pseudoOf(en), locale: 'en-XB', dir: 'rtl' }
