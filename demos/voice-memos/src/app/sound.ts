// What can be measured of a recording: its waveform and length out of decoded samples, and its codec out of its first
// bytes. Knows nothing of the page and keeps nothing.
import { peaksOf } from '../view/wave.js'

const MAX_DECODED_BYTES = 12 * 1024 * 1024 // decoded sound is about twenty times as large, in memory
const DECODED_HZ = 16_000 // enough for a waveform

export interface Sound { peaks: number[]; durationSeconds: number }

/** Decodes a recording; undefined where the browser cannot, or where it would take too much memory. */
export async function decodeSound(blob: Blob): Promise<Sound | undefined> {
  if (blob.size === 0 || blob.size > MAX_DECODED_BYTES || typeof OfflineAudioContext === 'undefined') return undefined
  try {
    const context = new OfflineAudioContext(1, 1, DECODED_HZ)
    const buffer = await context.decodeAudioData(await blob.arrayBuffer())
    return { peaks: peaksOf(buffer.getChannelData(0)), durationSeconds: buffer.duration }
  } catch {
    return undefined
  }
}

export interface Format {
  type: string // with codecs
  streams: boolean // can be played from its beginning while the rest is missing
}

/** Enough for the headers of what browsers record. */
export const HEADER_BYTES = 16 * 1024

/** The names that containers write for their codecs, and what media types call them. */
const MP4_CODECS: readonly (readonly [box: string, codec: string])[] = [['mp4a', 'mp4a.40.2'], ['Opus', 'opus'], ['fLaC', 'flac']]
const WEBM_CODECS: readonly (readonly [id: string, codec: string])[] = [['A_OPUS', 'opus'], ['A_VORBIS', 'vorbis']]
const OGG_CODECS: readonly (readonly [id: string, codec: string])[] = [['OpusHead', 'opus'], ['vorbis', 'vorbis'], ['fLaC', 'flac'], ['FLAC', 'flac']]

const find = (text: string, codecs: readonly (readonly [string, string])[]): string | undefined => codecs.find(([name]) => text.includes(name))?.[1]
const named = (container: string, codec: string | undefined): string => (codec ? `${container};codecs=${codec}` : container)

/** What the first bytes of a file say it is: a file name is a promise of a stranger. Undefined for what is not known. */
export function formatOf(header: Uint8Array): Format | undefined {
  const text = Array.from(header.subarray(0, HEADER_BYTES), (byte) => String.fromCharCode(byte)).join('')
  if (text.startsWith('\x1a\x45\xdf\xa3')) return { type: named('audio/webm', find(text, WEBM_CODECS)), streams: true }
  if (text.slice(4, 8) === 'ftyp') return { type: named('audio/mp4', find(text, MP4_CODECS)), streams: text.includes('mvex') }
  if (text.startsWith('OggS')) return { type: named('audio/ogg', find(text, OGG_CODECS)), streams: false }
  if (text.startsWith('RIFF') && text.slice(8, 12) === 'WAVE') return { type: 'audio/wav', streams: false }
  if (text.startsWith('fLaC')) return { type: 'audio/flac', streams: false }
  const [first = 0, second = 0] = header
  if (text.startsWith('ID3') || (first === 0xff && (second & 0xe6) === 0xe2)) return { type: 'audio/mpeg', streams: true }
  if (first === 0xff && (second & 0xf6) === 0xf0) return { type: 'audio/aac', streams: true }
  return undefined
}

const probe = document.createElement('audio')

/** What the browser says of an exact type. */
export const canPlay = (type: string): boolean => type !== '' && probe.canPlayType(type) !== ''
