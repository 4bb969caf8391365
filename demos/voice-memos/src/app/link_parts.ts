// A link and its key apart: taken from each other for those who send them in two ways, and put together again. Looks at
// the text alone; what a link means is the package's to say. Its walks are loops: what is pasted comes from anyone.

const KEY_CHARACTERS = 43 // base64url of 32 bytes
const NO_KEY = '-'
const PARAMETER = '&k='
const LINK_STARTS = ['http', 'magnet:', '#', 'web+']

export interface LinkParts { link: string; key: string }

function isKeyCharacter(character: string): boolean {
  return (character >= 'A' && character <= 'Z') || (character >= 'a' && character <= 'z') || (character >= '0' && character <= '9') || character === '-' || character === '_'
}

function isKey(text: string): boolean {
  if (text.length !== KEY_CHARACTERS) return false
  for (const character of text) if (!isKeyCharacter(character)) return false
  return true
}

/** Where the value of the key stands in a link. */
function placeOfKey(link: string): { start: number; end: number } | undefined {
  const at = link.lastIndexOf(PARAMETER)
  if (at < 0) return undefined
  const start = at + PARAMETER.length
  const next = link.indexOf('&', start)
  return { start, end: next < 0 ? link.length : next }
}

/** As it came, or decoded once where a messenger has escaped the whole. */
function readable(link: string): string {
  if (link.includes(PARAMETER)) return link
  try {
    return decodeURIComponent(link)
  } catch {
    return link
  }
}

/** The link without its key, and the key. Undefined for one that has none, or no whole one. */
export function splitLink(url: string): LinkParts | undefined {
  const place = placeOfKey(url)
  const key = place && url.slice(place.start, place.end)
  return place && key !== undefined && isKey(key) ? { link: url.slice(0, place.start) + NO_KEY + url.slice(place.end), key } : undefined
}

/** Whether a key can be put into this link. */
export const hasPlaceForKey = (link: string): boolean => placeOfKey(readable(link)) !== undefined

/** The link with this key, whatever stood in its place. */
export function joinLink(link: string, key: string): string {
  const text = readable(link).trim()
  const place = placeOfKey(text)
  return place ? text.slice(0, place.start) + key + text.slice(place.end) : text
}

/** The first whole key among the words of a text. */
export const keyIn = (text: string): string | undefined => text.split(/\s+/).find(isKey)

export const looksLikeLink = (text: string): boolean => LINK_STARTS.some((start) => text.trim().toLowerCase().startsWith(start)) || text.includes('seeds=')

/** Link and key without a space between them: fields of one line take line breaks away. */
function unglued(text: string): string {
  const trimmed = text.trim()
  if (isKey(trimmed.slice(0, KEY_CHARACTERS)) && looksLikeLink(trimmed.slice(KEY_CHARACTERS))) return `${trimmed.slice(KEY_CHARACTERS)} ${trimmed.slice(0, KEY_CHARACTERS)}`
  const place = placeOfKey(trimmed)
  const value = place ? trimmed.slice(place.start) : ''
  return place && value.startsWith(NO_KEY) && isKey(value.slice(NO_KEY.length)) ? `${trimmed.slice(0, place.start)}${NO_KEY} ${value.slice(NO_KEY.length)}` : trimmed
}

/** What was pasted, as one link: a link without its key and a key beside it are put together. */
export function joinPasted(pasted: string): string {
  const text = unglued(pasted)
  const key = keyIn(text)
  if (key === undefined) return text
  const others = text.split(/\s+/).filter((word) => word !== key)
  const link = others.find((word) => hasPlaceForKey(word)) ?? others.join('')
  return hasPlaceForKey(link) && !splitLink(readable(link)) ? joinLink(link, key) : text
}
