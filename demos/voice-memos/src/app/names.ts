// What a memo's file is called, and what its title is. Knows nothing of the page.

/** Container types that browsers record, and the ending a file of that type has. */
const ENDINGS: readonly (readonly [type: string, ending: string])[] = [
  ['audio/mp4', '.m4a'], ['audio/webm', '.webm'], ['audio/ogg', '.ogg'], ['audio/wav', '.wav'], ['audio/mpeg', '.mp3'], ['audio/flac', '.flac'],
]

/** "audio/webm;codecs=opus" → "audio/webm"; a recording without a picture is sound, whatever its container says. */
export const containerOf = (type: string): string => (type.split(';')[0] ?? '').trim().toLowerCase().replace(/^video/, 'audio')

/** A memo travels as a file: its title, and the ending that tells the other side what it is. */
export function fileNameFor(title: string, type: string, oldName = ''): string {
  const known = ENDINGS.find(([one]) => one === containerOf(type))?.[1]
  const ending = /\.[a-z0-9]{1,5}$/i.exec(oldName)?.[0] ?? known ?? ''
  const plain = title.replace(/[\\/\p{Cc}]/gu, ' ').trim() || 'memo'
  return plain.toLowerCase().endsWith(ending.toLowerCase()) ? plain : plain + ending
}

const LONGEST_TITLE = 200 // a stranger's may be of any length

/** "Walk.webm" → "Walk". */
export function titleOf(name: string): string {
  const title = name.replace(/\.(m4a|mp4|webm|weba|ogg|oga|opus|wav|mp3|flac|aac)$/i, '') || name
  return title.length <= LONGEST_TITLE ? title : `${Array.from(title.slice(0, 2 * LONGEST_TITLE)).slice(0, LONGEST_TITLE - 1).join('')}…`
}
