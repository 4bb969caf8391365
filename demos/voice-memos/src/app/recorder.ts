// Recording from the microphone: start, the live level as it was measured, stop. Knows nothing of where memos go.
import type { MicrophoneTrouble, Recorder } from '../view/model.js'
import { MAX_MEMO_BYTES } from './consent.js'

/**
 * What we record, the first that the browser can: MP4 with AAC plays on every phone and computer, WebM with Opus in
 * every browser of today, Ogg with Opus where a browser records neither. See docs/demo.md.
 */
const TYPES = ['audio/mp4;codecs=mp4a.40.2', 'audio/webm;codecs=opus', 'audio/ogg;codecs=opus']
const LEVEL_MS = 100
const MAX_LEVELS = 600 // a minute of bars: what is older is out of sight
const CHUNK_MS = 1000 // a crash of the recorder loses a second at most
const MAX_RECORDED_BYTES = MAX_MEMO_BYTES - 1024 * 1024 // then it stops by itself and is kept: the last chunk comes on top

export const recordingType = (): string | undefined => TYPES.find((type) => MediaRecorder.isTypeSupported(type))

/** Why there is no recording. */
class RecordingError extends Error {
  constructor(readonly why: MicrophoneTrouble) { super(why) }
}

function whyOf(error: unknown): MicrophoneTrouble {
  if (error instanceof RecordingError) return error.why
  const name = (error as Error | undefined)?.name
  if (name === 'NotAllowedError' || name === 'SecurityError') return 'denied'
  return name === 'NotFoundError' ? 'missing' : 'busy'
}

async function openMicrophone(): Promise<MediaStream> {
  if (!isSecureContext) throw new RecordingError('insecure')
  if (typeof MediaRecorder === 'undefined' || !navigator.mediaDevices) throw new RecordingError('unsupported')
  return navigator.mediaDevices.getUserMedia({ audio: true })
}

function measureLevel(stream: MediaStream): { read: () => number; close: () => void } {
  const context = new AudioContext()
  const analyser = new AnalyserNode(context, { fftSize: 8192 }) // 0.17 s at 48 kHz: no sample between two looks is missed
  context.createMediaStreamSource(stream).connect(analyser)
  void context.resume().catch(() => undefined) // some browsers start it asleep
  const samples = new Float32Array(analyser.fftSize)
  const read = (): number => {
    analyser.getFloatTimeDomainData(samples)
    return Math.min(1, samples.reduce((loudest, sample) => Math.max(loudest, Math.abs(sample)), 0)) // resampling overshoots
  }
  return { read, close: () => void context.close() }
}

/** One recording that runs. */
class Recording {
  readonly #chunks: Blob[] = []
  readonly #recorder: MediaRecorder
  readonly #meter: ReturnType<typeof measureLevel>
  readonly #startedAt = performance.now()
  readonly #stopped: Promise<void>
  readonly #timer: ReturnType<typeof setInterval>
  #levels: number[] = []
  #bytes = 0
  #onEnded: () => void = () => undefined

  constructor(private readonly stream: MediaStream, onLevel: (levels: readonly number[], seconds: number) => void) {
    const type = recordingType()
    this.#recorder = new MediaRecorder(stream, type ? { mimeType: type } : {})
    this.#recorder.addEventListener('dataavailable', ({ data }) => {
      this.#chunks.push(data)
      this.#bytes += data.size
      if (this.#bytes >= MAX_RECORDED_BYTES) this.#onEnded()
    })
    this.#stopped = new Promise((resolve) => this.#recorder.addEventListener('stop', () => resolve(), { once: true }))
    this.#meter = measureLevel(stream)
    this.#recorder.start(CHUNK_MS)
    this.#timer = setInterval(() => {
      this.#levels = [...this.#levels, this.#meter.read()].slice(-MAX_LEVELS)
      onLevel(this.#levels, (performance.now() - this.#startedAt) / 1000)
    }, LEVEL_MS)
  }

  /** Ends it; what was recorded, in the exact type that the browser says it is. */
  async stop(): Promise<Blob> {
    clearInterval(this.#timer)
    if (this.#recorder.state !== 'inactive') this.#recorder.stop()
    await this.#stopped
    for (const track of this.stream.getTracks()) track.stop()
    this.#meter.close()
    const first = this.#chunks.find((chunk) => chunk.size > 0)
    return new Blob(this.#chunks, { type: this.#recorder.mimeType || first?.type || '' })
  }

  /** The microphone is gone, or there is as much as one memo may hold. */
  onEnded(listener: () => void): void {
    this.#onEnded = listener
    for (const track of this.stream.getTracks()) track.addEventListener('ended', listener, { once: true })
  }
}

export class RecorderControl {
  #recording: Recording | undefined
  #isStarting = false

  constructor(private readonly show: (recorder: Recorder) => void, private readonly keep: (sound: Blob) => Promise<void>) {}

  async start(): Promise<void> {
    if (this.#isStarting || this.#recording) return
    this.#isStarting = true
    this.show({ step: 'asking' })
    try {
      const stream = await openMicrophone()
      const recording = new Recording(stream, (levels, seconds) => this.show({ step: 'recording', levels, seconds }))
      this.#recording = recording
      recording.onEnded(() => void this.stop().catch((error: unknown) => console.error(error))) // what there is is kept
      this.show({ step: 'recording', levels: [], seconds: 0 })
    } catch (error) {
      this.show({ step: 'failed', why: whyOf(error) })
    } finally {
      this.#isStarting = false
    }
  }

  async stop(): Promise<void> {
    const recording = this.#recording
    if (!recording) return
    this.#recording = undefined
    this.show({ step: 'saving' })
    const sound = await recording.stop()
    if (sound.size === 0) return this.show({ step: 'failed', why: 'empty' })
    try {
      await this.keep(sound)
    } finally {
      this.show({ step: 'off' })
    }
  }

  discard(): void {
    void this.#recording?.stop()
    this.#recording = undefined
    this.show({ step: 'off' })
  }
}
