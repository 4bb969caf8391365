// Measures each memo once and keeps what was found beside it: waveform, length, exact type, and whether this browser
// plays it. Knows nothing of screens.
import type { Describe, Item } from 'samara-sdk'
import { readPeaks } from '../view/wave.js'
import { titleOf } from './names.js'
import { partsOf } from './sender_says.js'
import { canPlay, decodeSound, formatOf, HEADER_BYTES } from './sound.js'

const PROBE_MS = 4000 // phones load nothing before a tap: then the type alone decides

/** What is kept in an item's `meta`. */
export interface Measured { peaks?: number[]; type?: string; playable?: boolean; measured?: true }

export function measuredOf(item: Item): Measured {
  const { peaks, type, playable, measured } = item.meta
  const found = readPeaks(peaks)
  return {
    ...(found && { peaks: found }),
    ...(typeof type === 'string' && { type }),
    ...(typeof playable === 'boolean' && { playable }),
    ...(measured === true && { measured }),
  }
}

/** The exact type of a memo, with codecs where they are known. */
export const typeOf = (item: Item): string => measuredOf(item).type ?? item.type

/** Whether Play is offered: what was tried counts, else what the browser says of the type. */
export const isPlayable = (item: Item): boolean => partsOf(item)?.some(({ playable }) => playable) ?? measuredOf(item).playable ?? canPlay(typeOf(item))

/** Loads a sound for a moment: true when it can play, false when it cannot, undefined when nobody knows yet. */
function tryPlaying(url: string): Promise<boolean | undefined> {
  const audio = new Audio()
  return new Promise<boolean | undefined>((resolve) => {
    const timer = setTimeout(() => resolve(undefined), PROBE_MS)
    const end = (plays: boolean): void => {
      clearTimeout(timer)
      resolve(plays)
    }
    audio.addEventListener('canplay', () => end(true), { once: true })
    audio.addEventListener('error', () => end(false), { once: true })
    audio.preload = 'auto'
    audio.src = url
  }).finally(() => audio.removeAttribute('src'))
}

async function exactTypeOf(item: Item): Promise<string> {
  if (item.type.includes('codecs') && item.origin === 'saved') return item.type // a sender's word is not taken for it
  const header = await new Response(item.stream(0, { end: HEADER_BYTES })).arrayBuffer()
  return formatOf(new Uint8Array(header))?.type ?? item.type
}

/** Of what has just arrived, before Play is offered: the type by its bytes, and one try. */
export async function measureType(item: Item): Promise<Item> {
  if (measuredOf(item).playable !== undefined) return item
  const type = await exactTypeOf(item)
  const playable = canPlay(type) ? await tryPlaying(await item.src()) : false
  return keep(item, { type, ...(playable !== undefined && { playable }) })
}

const running = new Map<string, Promise<Item>>()

/** The whole of it, waveform and length included. At most once at a time for each memo. */
export function measure(item: Item): Promise<Item> {
  if (measuredOf(item).measured || measuredOf(item).peaks) return Promise.resolve(item)
  const known = running.get(item.id)
  if (known) return known
  const work = measureNow(item).finally(() => running.delete(item.id))
  running.set(item.id, work)
  return work
}

async function measureNow(item: Item): Promise<Item> {
  const typed = await measureType(item)
  if (measuredOf(typed).playable === false || item.files.length > 1) return keep(typed, { measured: true })
  const sound = await decodeSound(await typed.blob())
  if (!sound) return keep(typed, { measured: true })
  return keep(typed, { measured: true, peaks: sound.peaks }, { durationSeconds: sound.durationSeconds })
}

function keep(item: Item, found: Measured, more: Partial<Describe> = {}): Promise<Item> {
  const name = titleOf(item.name)
  return item.update({ ...more, ...(name !== item.name && { name }), meta: { ...item.meta, ...found } })
}
