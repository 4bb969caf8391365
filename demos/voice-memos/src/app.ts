// The first page: opens the package, then puts recorder, library and share sheet together.
import type { Samara } from 'samara-sdk'
import { byId, say, show } from './dom.js'
import { fileNameFor, formatDuration } from './format.js'
import { Library } from './library.js'
import { RecordingError, startRecording, type Recording } from './record.js'
import { keepAppOffline, openSamara } from './samara.js'
import { ShareSheet } from './share.js'
import { decodeSound, BARS } from './wave.js'
import { errorText, WORDS } from './words.js'

const recordButton = byId<HTMLButtonElement>('record')
const meter = byId<HTMLCanvasElement>('meter')

/** "Memo 3", the first number that is free. */
async function nextName(samara: Samara): Promise<string> {
  const taken = new Set((await samara.items()).map((item) => item.name))
  let number = taken.size + 1
  while (taken.has(WORDS.newMemo(number))) number += 1
  return WORDS.newMemo(number)
}

/** Saves what was recorded as a memo, with what can be measured of it. */
async function saveRecording(samara: Samara, blob: Blob): Promise<void> {
  if (blob.size === 0) throw new RecordingError(WORDS.microphone.empty)
  const createdAt = new Date()
  const name = await nextName(samara)
  const sound = await decodeSound(blob)
  await samara.save(new File([blob], fileNameFor(name, blob.type), { type: blob.type }), {
    name, createdAt,
    ...(sound ? { durationSeconds: sound.durationSeconds, meta: { peaks: sound.peaks } } : {}),
  })
}

/** Draws the level as it was measured, the newest at the end, ten bars a second. */
function drawMeter(recording: Recording, signal: AbortSignal): void {
  const levels: number[] = []
  const context = meter.getContext('2d')
  const draw = (): void => {
    levels.push(recording.level())
    if (levels.length > BARS) levels.shift()
    byId('record-time').textContent = formatDuration(recording.seconds())
    if (!context) return
    const { width, height } = meter
    context.clearRect(0, 0, width, height)
    context.fillStyle = getComputedStyle(meter).color
    levels.forEach((level, index) => {
      const bar = Math.max(4, Math.min(1, level * 1.5) * height)
      context.beginPath()
      context.roundRect((BARS - levels.length + index) * (width / BARS) + 2, (height - bar) / 2, width / BARS - 4, bar, 3)
      context.fill()
    })
  }
  const timer = setInterval(draw, 100)
  signal.addEventListener('abort', () => clearInterval(timer), { once: true })
}

const pressed = (button: HTMLElement, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => button.addEventListener('click', () => resolve(), { signal, once: true }))

/** One recording, from the tap to the memo in the list. */
async function record(samara: Samara): Promise<void> {
  const recording = await startRecording()
  const over = new AbortController()
  document.body.dataset['recording'] = 'on'
  show(byId('recorder'), true)
  drawMeter(recording, over.signal)
  byId('record-stop').focus()
  const choice = await Promise.race([
    pressed(byId('record-stop'), over.signal).then(() => 'stop' as const),
    pressed(byId('record-discard'), over.signal).then(() => 'discard' as const),
  ])
  over.abort()
  try {
    if (choice === 'discard') return recording.discard()
    say(byId('record-time'), WORDS.saving)
    await saveRecording(samara, await recording.stop())
  } finally {
    show(byId('recorder'), false)
    delete document.body.dataset['recording']
    recordButton.focus()
  }
}

async function onRecord(samara: Samara): Promise<void> {
  recordButton.disabled = true
  say(byId('notice'), '')
  try {
    await record(samara)
  } catch (error) {
    say(byId('notice'), error instanceof RecordingError ? error.message : errorText(error))
  } finally {
    recordButton.disabled = false
  }
}

async function start(): Promise<void> {
  keepAppOffline()
  try {
    const samara = await openSamara()
    const sheet = new ShareSheet(samara)
    const library = new Library(samara, (memo) => void sheet.open(memo))
    recordButton.addEventListener('click', () => void onRecord(samara).then(() => library.draw()))
    await library.draw()
    recordButton.disabled = false
  } catch (error) {
    document.body.dataset['library'] = 'failed'
    say(byId('notice'), errorText(error))
    show(byId('retry'), true)
  }
  document.body.dataset['ready'] = 'yes'
}

byId('retry').addEventListener('click', () => location.reload())
void start()
