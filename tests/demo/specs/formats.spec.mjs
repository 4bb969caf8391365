// What one browser records, the others play: recordings of Chromium and of Firefox with fake microphones, each opened
// and played in both.
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from '../../browser/lib/runner.mjs'
import { appOf, digestOfNewest, openApp, press, pressShare, receive, shows, stateOf, until } from '../lib/app.mjs'

describe('formats')

const BROWSERS = ['chromium', 'firefox']
const FAKE_MICROPHONE = {
  chromium: async () => ({ flags: ['--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream'] }),
  firefox: async (t) => {
    const profile = await mkdtemp(join(tmpdir(), 'samara-profile-'))
    t.defer(() => rm(profile, { recursive: true, force: true }))
    const preferences = { 'media.navigator.streams.fake': true, 'media.navigator.permission.disabled': true }
    await writeFile(join(profile, 'prefs.js'), Object.entries(preferences).map(([name, value]) => `user_pref("${name}", ${value});\n`).join(''))
    return { profile }
  },
}

/** Records two seconds, as a person does. */
async function recordMemo(page) {
  await press(page, '#record')
  await until(page, () => window.samaraDemo.state.recorder.levels?.length >= 20)
  const { recorder } = await stateOf(page)
  await press(page, '#record-stop')
  await until(page, () => window.samaraDemo.state.memos.length === 1 && window.samaraDemo.state.recorder.step === 'off')
  return recorder
}

for (const name of BROWSERS) {
  test(`what ${name} records is played in every browser`, async (t) => {
    const app = await appOf(t)
    const browser = await t.browsers.launch(name, await FAKE_MICROPHONE[name](t))
    t.defer(() => browser.close())
    const from = await openApp(t, app, { context: await browser.newContext() })
    const { levels } = await recordMemo(from)
    assert.ok(levels.every((level) => level >= 0 && level <= 1))
    // Firefox starts no AudioContext on a machine without a sound card: the live level can be heard in Chromium only.
    if (name === 'chromium') assert.ok(Math.max(...levels) > 0.01, 'levels as they were measured')
    const { memos: [memo] } = await stateOf(from)
    assert.match(memo.type, /^audio\/(webm|mp4|ogg);\s?codecs=/, 'the exact type')
    assert.ok(memo.durationSeconds > 1.5 && memo.peaks.length === 48 && Math.max(...memo.peaks) === 100, 'measured from decoded samples')
    const link = await pressShare(from)
    const digest = await digestOfNewest(from)
    for (const other of BROWSERS) {
      const page = await receive(t, app, link, { browser: other })
      await shows(page, 'playable', 'yes')
      assert.equal(await digestOfNewest(page), digest)
      const received = (await stateOf(page)).receive.memo
      assert.equal(received.type.replaceAll(' ', ''), memo.type.replaceAll(' ', ''), 'the exact type, read from its bytes')
      await press(page, '.play-button')
      await until(page, () => document.querySelector('audio').currentTime > 0.3)
      console.log(`     ${memo.type} of ${name}, ${memo.bytes} bytes, plays in ${other}`)
    }
  }, { timeout_ms: 90_000 })
}

test('Play is offered by what canPlayType says, not by the name of a file', async (t) => {
  const app = await appOf(t)
  const browser = await t.browsers.launch('chromium', await FAKE_MICROPHONE.chromium())
  t.defer(() => browser.close())
  const from = await openApp(t, app, { context: await browser.newContext() })
  await recordMemo(from)
  const link = await pressShare(from)
  const init = () => { HTMLMediaElement.prototype.canPlayType = () => '' }
  const page = await receive(t, app, link, { init })
  await shows(page, 'playable', 'no')
  assert.equal(await page.evaluate(() => document.querySelectorAll('.play-button').length), 0)
})
