// Reads a link out of a QR code with the camera, where the browser can: the camera is asked for at the tap and turned
// off as soon as a code was read, the sheet closed or the page hidden. No picture is kept.
import type { Scanner, ScanTrouble } from '../view/model.js'

const LOOK_MS = 150
const VIDEO = '#scanner-video'

interface Detector { detect(source: HTMLVideoElement): Promise<{ rawValue: string }[]> }
interface DetectorClass { new (options: { formats: string[] }): Detector; getSupportedFormats(): Promise<string[]> }
const detectorClass = (): DetectorClass | undefined => (globalThis as { BarcodeDetector?: DetectorClass }).BarcodeDetector

/** Whether this browser reads QR codes; without it there is no button. */
export async function canScan(): Promise<boolean> {
  if (!isSecureContext || !navigator.mediaDevices) return false
  const formats = await detectorClass()?.getSupportedFormats().catch(() => undefined)
  return formats?.includes('qr_code') ?? false
}

function whyOf(error: unknown): ScanTrouble {
  const name = (error as Error | undefined)?.name
  if (name === 'NotAllowedError' || name === 'SecurityError') return 'denied'
  return name === 'NotFoundError' || name === 'OverconstrainedError' ? 'missing' : 'busy'
}

/** One look with the camera, from the tap to the end of its stream. */
class Look {
  readonly over = new AbortController()
  #stream: MediaStream | undefined
  #timer: ReturnType<typeof setInterval> | undefined

  /** Opens the camera; false when the look was over before that. */
  async start(): Promise<boolean> {
    this.#stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } })
    if (this.over.signal.aborted) this.end()
    return !this.over.signal.aborted
  }

  /** Looks until there is a code. The sheet with the video has been drawn. */
  watch(onCode: (text: string) => void): void {
    const video = document.querySelector<HTMLVideoElement>(VIDEO)
    const Detecting = detectorClass()
    if (!video || !Detecting || !this.#stream) return
    video.srcObject = this.#stream
    void video.play().catch(() => undefined) // closed meanwhile
    const detector = new Detecting({ formats: ['qr_code'] })
    let isLooking = false
    this.#timer = setInterval(() => {
      if (isLooking || video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) return
      isLooking = true
      detector.detect(video).then(([code]) => {
        if (code && code.rawValue !== '' && !this.over.signal.aborted) onCode(code.rawValue)
      }).catch(() => undefined).finally(() => { isLooking = false })
    }, LOOK_MS)
  }

  end(): void {
    this.over.abort()
    clearInterval(this.#timer)
    for (const track of this.#stream?.getTracks() ?? []) track.stop()
    this.#stream = undefined
  }
}

export class ScannerControl {
  #look: Look | undefined

  /** `show` draws before it returns, so that the video is there. */
  constructor(private readonly show: (scanner: Scanner | undefined) => void, private readonly onLink: (text: string) => void) {
    document.addEventListener('visibilitychange', () => { if (document.visibilityState === 'hidden' && this.#look) this.close() })
  }

  async start(): Promise<void> {
    this.#look?.end()
    const look = new Look()
    this.#look = look
    this.show({ step: 'asking' })
    try {
      if (!await look.start()) return
      this.show({ step: 'looking' })
      look.watch((text) => {
        this.close()
        this.onLink(text)
      })
    } catch (error) {
      if (look === this.#look) this.show({ step: 'failed', why: whyOf(error) })
    }
  }

  close(): void {
    this.#look?.end()
    this.#look = undefined
    this.show(undefined)
  }
}
