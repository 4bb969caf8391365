// The one-tap sample: a short tune, rendered here and now, so that a first look needs no microphone and no download.
// Knows nothing of memos.

const RATE_HZ = 22_050
const SECONDS = 6
const BEAT_SECONDS = 0.3
const WAV_HEADER_BYTES = 44

/** Semitones above A3 with their beat: a falling seed, then a landing. */
const TUNE: readonly (readonly [beat: number, semitone: number])[] = [
  [0, 19], [1, 16], [2, 12], [3, 14], [4, 12], [5, 7], [6, 9], [7, 7], [8, 4], [9, 7], [10, 0], [12, 4], [13, 7], [14, 12],
]
const BASS: readonly (readonly [beat: number, semitone: number])[] = [[0, -12], [4, -15], [8, -17], [10, -12], [14, -12]]

function pluck(context: OfflineAudioContext, to: AudioNode, at: number, semitone: number, loudness: number, ring: number): void {
  const hz = 220 * 2 ** (semitone / 12)
  for (const [overtone, share] of [[1, 1], [2, 0.28], [3, 0.1]] as const) {
    const gain = new GainNode(context, { gain: 0 })
    gain.gain.setValueAtTime(0, at)
    gain.gain.linearRampToValueAtTime(loudness * share, at + 0.012)
    gain.gain.exponentialRampToValueAtTime(0.0004, at + ring / overtone)
    const tone = new OscillatorNode(context, { type: 'sine', frequency: hz * overtone })
    tone.connect(gain).connect(to)
    tone.start(at)
    tone.stop(at + ring)
  }
}

/** 16 bit, mono: what every browser plays. */
function encodeWav(samples: Float32Array): Blob {
  const view = new DataView(new ArrayBuffer(WAV_HEADER_BYTES + samples.length * 2))
  const text = (at: number, letters: string): void => { for (let i = 0; i < letters.length; i += 1) view.setUint8(at + i, letters.charCodeAt(i)) }
  text(0, 'RIFF')
  view.setUint32(4, 36 + samples.length * 2, true)
  text(8, 'WAVEfmt ')
  view.setUint32(16, 16, true)
  view.setUint16(20, 1, true) // PCM
  view.setUint16(22, 1, true) // one channel
  view.setUint32(24, RATE_HZ, true)
  view.setUint32(28, RATE_HZ * 2, true)
  view.setUint16(32, 2, true)
  view.setUint16(34, 16, true)
  text(36, 'data')
  view.setUint32(40, samples.length * 2, true)
  samples.forEach((sample, index) => view.setInt16(WAV_HEADER_BYTES + index * 2, Math.round(Math.max(-1, Math.min(1, sample)) * 0x7fff), true))
  return new Blob([view.buffer], { type: 'audio/wav' })
}

/** Renders the tune; about a quarter of a megabyte. */
export async function renderSample(): Promise<Blob> {
  const context = new OfflineAudioContext(1, RATE_HZ * SECONDS, RATE_HZ)
  const echo = new DelayNode(context, { delayTime: BEAT_SECONDS * 0.75 })
  const echoed = new GainNode(context, { gain: 0.22 })
  const mix = new GainNode(context, { gain: 0.7 })
  mix.connect(context.destination)
  mix.connect(echo).connect(echoed).connect(context.destination)
  for (const [beat, semitone] of TUNE) pluck(context, mix, 0.05 + beat * BEAT_SECONDS, semitone, 0.4, 1.4)
  for (const [beat, semitone] of BASS) pluck(context, mix, 0.05 + beat * BEAT_SECONDS, semitone, 0.3, 1.7)
  const buffer = await context.startRendering()
  return encodeWav(buffer.getChannelData(0))
}
