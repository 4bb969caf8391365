// Several memos under one link. Which they are is the key of their share, so that the same choice has the same link and
// its bytes are found again after a reload; the memos themselves are not copied. Knows no screens.
import type { Item } from 'samara-sdk'
import type { Memo } from '../view/model.js'
import { words } from '../words/words.js'
import { typeOf } from './measure.js'
import { fileNameFor, titleOf } from './names.js'
import { lengthOf, partsOf, timeOf } from './sender_says.js'

const PREFIX = 'several '

export const keyOfSeveral = (ids: readonly string[]): string => PREFIX + ids.join(' ')

/** The memos of a share by its key; undefined for the share of one memo. */
export const idsOf = (key: string | undefined): string[] | undefined =>
  (key?.startsWith(PREFIX) ? key.slice(PREFIX.length).split(' ') : undefined)

/** One sound of a memo that may have several. */
interface Sound { item: Item; file: number; title: string; seconds: number | undefined }

function soundsOf(item: Item): Sound[] {
  const parts = partsOf(item)
  if (!parts) return [{ item, file: 0, title: titleOf(item.name), seconds: lengthOf(item) }]
  return parts.map(({ title, durationSeconds }, file) => ({ item, file, title, seconds: durationSeconds }))
}

/** Two memos may have one title, two files not one name. */
function unlike(name: string, names: Set<string>): string {
  let other = name
  for (let number = 2; names.has(other); number += 1) other = name.replace(/(\.[^.]*)?$/, ` (${number})$1`)
  names.add(other)
  return other
}

/** The files of the memos, in their order: the same memos give the same bytes. */
export async function filesOfSeveral(items: readonly Item[]): Promise<File[]> {
  const names = new Set<string>()
  const files: File[] = []
  for (const { item, file, title } of items.flatMap(soundsOf)) {
    const type = item.files.length > 1 ? item.files[file]?.type ?? '' : typeOf(item)
    files.push(new File([await item.blob(file)], unlike(fileNameFor(title, type, item.files[file]?.name), names), { type }))
  }
  return files
}

/** What the other side is told of each. */
export const notesOfSeveral = (items: readonly Item[]): { title: string; seconds?: number }[] =>
  items.flatMap(soundsOf).map(({ title, seconds }) => ({ title, ...(seconds !== undefined && { seconds }) }))

/** Several memos as the share sheet shows them. */
export function memoOfSeveral(items: readonly Item[]): Memo {
  const parts = items.flatMap(soundsOf).map(({ title, seconds }) => ({ title, playable: false, ...(seconds !== undefined && { durationSeconds: seconds }) }))
  const lengths = parts.map(({ durationSeconds }) => durationSeconds ?? 0)
  return {
    id: keyOfSeveral(items.map(({ id }) => id)), title: words().library.parts(parts.length), type: '', origin: 'saved', playable: false, parts,
    bytes: items.reduce((sum, { size }) => sum + size, 0),
    at: new Date(Math.max(...items.map((item) => timeOf(item).getTime()))),
    durationSeconds: lengths.reduce((sum, seconds) => sum + seconds, 0),
  }
}
