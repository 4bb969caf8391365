// Recording from the microphone: start, the live level as it was measured, stop. Knows nothing of where memos go.
import { WORDS } from './words.js'

/**
 * What we record, the first that the browser can: MP4 with AAC plays everywhere, WebM with Opus wherever WebRTC is,
 * Ogg with Opus where Firefox has neither.
 */
const TYPES = ['audio/mp4;codecs=mp4a.40.2', 'audio/webm;codecs=opus', 'audio/ogg;codecs=opus']

export const recordingType = (): string | undefined => TYPES.find((type) => MediaRecorder.isTypeSupported(type))

/** Why a recording could not start, in words for people. */
export class RecordingError extends Error {}

export interface Recording {
  /** The loudest sample since the last call, 0…1. */
  level(): number
  seconds(): number
  stop(): Promise<Blob>
  discard(): void
}

function explain(error: unknown): RecordingError {
  const name = (error as Error | undefined)?.name
  const { denied, missing, other } = WORDS.microphone
  if (name === 'NotAllowedError' || name === 'SecurityError') return new RecordingError(denied)
  return new RecordingError(name === 'NotFoundError' ? missing : other)
}

async function openMicrophone(): Promise<MediaStream> {
  if (!isSecureContext) throw new RecordingError(WORDS.microphone.insecure)
  if (typeof MediaRecorder === 'undefined' || !navigator.mediaDevices) throw new RecordingError(WORDS.microphone.unsupported)
  try {
    return await navigator.mediaDevices.getUserMedia({ audio: true })
  } catch (error) {
    throw explain(error)
  }
}

function measureLevel(stream: MediaStream): { read: () => number; close: () => void } {
  const context = new AudioContext()
  const analyser = new AnalyserNode(context, { fftSize: 2048 })
  context.createMediaStreamSource(stream).connect(analyser)
  const samples = new Float32Array(analyser.fftSize)
  const read = (): number => {
    analyser.getFloatTimeDomainData(samples)
    return samples.reduce((loudest, sample) => Math.max(loudest, Math.abs(sample)), 0)
  }
  return { read, close: () => void context.close() }
}

/** Starts to record; throws a RecordingError that can be shown. */
export async function startRecording(): Promise<Recording> {
  const stream = await openMicrophone()
  const type = recordingType()
  const recorder = new MediaRecorder(stream, type ? { mimeType: type } : {})
  const chunks: Blob[] = []
  recorder.addEventListener('dataavailable', (event) => chunks.push(event.data))
  const stopped = new Promise<void>((resolve) => recorder.addEventListener('stop', () => resolve(), { once: true }))
  const meter = measureLevel(stream)
  const startedAt = performance.now()
  recorder.start(1000) // a crash of the recorder loses a second at most

  const end = async (): Promise<void> => {
    if (recorder.state !== 'inactive') recorder.stop()
    await stopped
    stream.getTracks().forEach((track) => track.stop())
    meter.close()
  }
  return {
    level: meter.read,
    seconds: () => (performance.now() - startedAt) / 1000,
    discard: () => void end(),
    stop: async () => {
      await end()
      return new Blob(chunks, { type: recorder.mimeType })
    },
  }
}
