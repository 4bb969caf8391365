// The voice of the story: a spoken sentence as a WAV file, for the browser's fake microphone.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

const SENTENCE = 'This is a voice memo. It was recorded in one browser, and it travels straight to another one.'

function run(program, args) {
  const { status, error, stderr } = spawnSync(program, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${program} failed: ${error?.message ?? stderr}`)
}

/** @returns {string} the file: 48 kHz, mono, 16 bit, a second of silence at its end */
export function makeVoice(folder) {
  const raw = join(folder, 'voice-raw.wav')
  const file = join(folder, 'voice.wav')
  run('espeak-ng', ['-w', raw, SENTENCE])
  run('sox', ['-V1', raw, '-r', '48000', '-c', '1', '-b', '16', file, 'gain', '-3', 'pad', '0', '1'])
  return file
}
