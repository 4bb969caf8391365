// The keyboard alone does everything, in the built app: record, play, seek, rename, delete and take it back, share, copy,
// settings, receive a link and hear it. The focus never gets lost, and who wants less motion gets none.
import assert from 'node:assert/strict'
import { describe, test } from '../../browser/lib/runner.mjs'
import { appOf, openApp, sender, shows, stateOf, until } from '../lib/app.mjs'
import { openGallery } from '../lib/gallery.mjs'
import { assertFocusIn, assertFocusKept, tabAndPress, tabTo } from '../lib/keyboard.mjs'

const MICROPHONE = ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream']
const LEVELS = 8 // of a tenth of a second each
const MOST_SETTLING_MS = 400

async function withMicrophone(t) {
  const browser = await t.browsers.launch('chromium', { flags: MICROPHONE })
  t.defer(() => browser.close())
  return openApp(t, await appOf(t), { context: await browser.newContext() })
}

async function oneMemo(t) {
  const page = await openApp(t, await appOf(t))
  await tabAndPress(page, '#sample')
  await until(page, () => document.querySelector('.share-button'))
  return page
}

describe('keyboard')

test('a memo is recorded, or thrown away', async (t) => {
  const page = await withMicrophone(t)
  await tabAndPress(page, '#record')
  await until(page, (least) => window.samaraDemo.state.recorder.levels?.length >= least, LEVELS)
  await assertFocusIn(page, '#recorder')
  await page.raw.keyboard.press('Escape')
  assert.equal((await stateOf(page)).recorder.step, 'recording', 'Esc throws no recording away')
  await assertFocusIn(page, '#recorder')
  await tabAndPress(page, '#record-stop')
  await until(page, () => document.querySelector('.memo') && !document.querySelector('#recorder'))
  await assertFocusKept(page, 'after the recording was kept')
  await tabAndPress(page, '#record')
  await until(page, () => window.samaraDemo.state.recorder.step === 'recording')
  await tabAndPress(page, '#record-discard')
  await until(page, () => !document.querySelector('#recorder'))
  await assertFocusKept(page, 'after the recording was thrown away')
  assert.equal((await stateOf(page)).memos.length, 1)
})

test('a memo is played and wound', async (t) => {
  const page = await oneMemo(t)
  await assertFocusKept(page, 'after the sample was added')
  await tabAndPress(page, '.memo .play-button')
  await until(page, () => window.samaraDemo.state.player?.state === 'playing' && window.samaraDemo.state.player.at > 0)
  await page.raw.keyboard.press('Space')
  await until(page, () => window.samaraDemo.state.player?.state === 'paused')
  const before = (await stateOf(page)).player.at
  await tabTo(page, 'input.seek')
  for (let presses = 0; presses < 20; presses += 1) await page.raw.keyboard.press('ArrowRight')
  await until(page, (at) => window.samaraDemo.state.player.at > at, before)
  await page.raw.keyboard.press('Home')
  await until(page, () => window.samaraDemo.state.player.at < 0.1)
})

test('a memo is renamed, deleted and taken back', async (t) => {
  const page = await oneMemo(t)
  await tabAndPress(page, '.rename-button')
  await assertFocusIn(page, '#rename-sheet')
  await page.raw.keyboard.press('Escape')
  await until(page, () => !document.querySelector('#rename-sheet'))
  await assertFocusKept(page, 'after renaming was left')
  await tabAndPress(page, '.rename-button')
  await assertFocusIn(page, '#rename-sheet input')
  await page.raw.keyboard.press('Control+A')
  await page.raw.keyboard.type('By hand')
  await page.raw.keyboard.press('Enter')
  await until(page, () => window.samaraDemo.state.memos[0].title === 'By hand')
  await assertFocusKept(page, 'after renaming')
  await tabAndPress(page, '.remove-button')
  await until(page, () => document.querySelector('#undo'))
  await assertFocusKept(page, 'after deleting')
  await tabAndPress(page, '#undo')
  await until(page, () => window.samaraDemo.state.memos[0]?.title === 'By hand' && !document.querySelector('#undo'))
  await assertFocusKept(page, 'after taking it back')
})

test('a memo is shared, its link copied, the share stopped', async (t) => {
  const page = await oneMemo(t)
  await page.raw.context().grantPermissions(['clipboard-read', 'clipboard-write'])
  await tabAndPress(page, '.share-button')
  const link = await until(page, () => document.querySelector('#share-link')?.value)
  await assertFocusIn(page, '#share-sheet')
  await tabAndPress(page, '#share-copy')
  await until(page, () => window.samaraDemo.state.share?.copied === 'yes')
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), link)
  await page.raw.keyboard.press('Escape')
  await until(page, () => !document.querySelector('#share-sheet'))
  await until(page, () => document.activeElement?.matches('.share-button')) // where it came from
  await page.raw.keyboard.press('Enter')
  await until(page, () => document.querySelector('#share-link')?.value)
  await tabAndPress(page, '#share-stop', 'Space')
  await until(page, () => document.querySelector('#share-sheet')?.dataset.state === 'stopped')
  await assertFocusIn(page, '#share-sheet')
  await tabAndPress(page, '#share-close')
  await until(page, () => !document.querySelector('#share-sheet'))
  await assertFocusKept(page, 'after the sheet was closed')
})

test('a password and an end are set, and the password is given, wrong and right', async (t) => {
  const app = await appOf(t)
  const from = await openApp(t, app)
  await tabAndPress(from, '#sample')
  await tabAndPress(from, '.share-button')
  const before = await until(from, () => document.querySelector('#share-link')?.value)
  await tabAndPress(from, '#share-options')
  await tabTo(from, '#share-password')
  await from.raw.keyboard.type('by hand')
  await tabTo(from, 'input[name=end]')
  await from.raw.keyboard.press('ArrowRight')
  await tabAndPress(from, '#share-renew-make')
  const link = await until(from, (old) => {
    const value = document.querySelector('#share-link')?.value
    return value !== old && value
  }, before)
  await assertFocusIn(from, '#share-sheet')
  assert.deepEqual((({ password, end }) => ({ password, end }))((await stateOf(from)).share.guards), { password: true, end: 'hour' })
  const page = await openApp(t, app)
  await tabAndPress(page, '#open-link')
  await tabTo(page, '#paste-link')
  await page.raw.keyboard.insertText(link)
  await page.raw.keyboard.press('Enter')
  await tabAndPress(page, '#receive-accept')
  await until(page, () => document.activeElement?.matches('#receive-password')) // it is where one types
  await page.raw.keyboard.type('by fool')
  await page.raw.keyboard.press('Enter')
  await shows(page, 'state', 'wrong')
  await until(page, () => document.activeElement?.matches('#receive-password'))
  await page.raw.keyboard.press('Control+A')
  await page.raw.keyboard.type('by hand')
  await tabAndPress(page, '#password-open', 'Space')
  await shows(page, 'playable', 'yes')
  await assertFocusKept(page, 'after the memo was opened')
}, { timeout_ms: 60_000 })

test('a key is given to a link that came without it', async (t) => {
  const app = await appOf(t)
  const { link } = await sender(t, app)
  const [, key] = /&k=([\w-]{43})/.exec(link)
  const page = await openApp(t, app)
  await tabAndPress(page, '#open-link')
  await tabTo(page, '#paste-link')
  await page.raw.keyboard.insertText(link.replace(key, '-'))
  await page.raw.keyboard.press('Enter')
  await until(page, () => document.activeElement?.matches('#link-key'))
  await page.raw.keyboard.insertText(key)
  await page.raw.keyboard.press('Enter')
  await shows(page, 'step', 'consent')
  await assertFocusKept(page, 'after the key was given')
})

test('memos are chosen and shared in one link', async (t) => {
  const page = await oneMemo(t)
  await page.evaluate(async () => {
    const [sample] = await window.samaraDemo.samara.items()
    await window.samaraDemo.samara.save(await sample.blob(), { name: 'Another' })
  })
  await tabAndPress(page, '#select')
  await until(page, () => document.querySelector('.choosing'))
  await assertFocusKept(page, 'after Select')
  await tabAndPress(page, '.choosing:nth-child(1) .memo-open', 'Space')
  await tabAndPress(page, '.choosing:nth-child(2) .memo-open', 'Space')
  await tabAndPress(page, '#select-share')
  await until(page, () => document.querySelector('#share-link')?.value)
  await assertFocusIn(page, '#share-sheet')
  await page.raw.keyboard.press('Escape')
  await until(page, () => !document.querySelector('#share-sheet'))
  await assertFocusKept(page, 'after the sheet was closed')
  await tabAndPress(page, '#select')
  await tabAndPress(page, '#select-cancel')
  await until(page, () => !document.querySelector('.choosing'))
  await assertFocusKept(page, 'after Cancel')
})

test('settings are changed, and the language with them', async (t) => {
  const page = await oneMemo(t)
  await tabAndPress(page, '#settings')
  await shows(page, 'screen', 'settings')
  await assertFocusKept(page, 'on the way to the settings')
  await tabTo(page, 'input[name=seeding]')
  await page.raw.keyboard.press('ArrowDown')
  await until(page, () => window.samaraDemo.state.settings.seeding !== 'always')
  await tabTo(page, 'input[name=language]')
  for (let presses = 0; presses < 2; presses += 1) await page.raw.keyboard.press('ArrowDown')
  await until(page, () => document.documentElement.lang === 'de')
  await tabAndPress(page, '#open-library')
  await shows(page, 'screen', 'library')
  await assertFocusKept(page, 'on the way back')
})

test('a link is pasted, agreed to, received and heard', async (t) => {
  const app = await appOf(t)
  const { link } = await sender(t, app)
  const page = await openApp(t, app)
  await tabAndPress(page, '#open-link')
  await shows(page, 'step', 'paste')
  await tabTo(page, '#paste-link')
  await page.raw.keyboard.insertText(link)
  await page.raw.keyboard.press('Enter')
  await shows(page, 'step', 'consent')
  await assertFocusKept(page, 'after the link was pasted')
  await tabAndPress(page, '#receive-accept')
  await shows(page, 'playable', 'yes')
  await assertFocusKept(page, 'after it had arrived')
  await tabAndPress(page, '.play-button')
  await until(page, () => window.samaraDemo.state.player?.state === 'playing' && window.samaraDemo.state.player.at > 0)
  await tabAndPress(page, '#open-library')
  await shows(page, 'screen', 'library')
  await assertFocusKept(page, 'on the way to the library')
})

/** The animations that run in a state: their lengths in ms, endless ones as Infinity. Runs in the page. */
async function motionIn(names) {
  const found = []
  for (const name of names) {
    window.gallery.show(name)
    await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))
    for (const animation of document.getAnimations()) {
      const { endTime } = animation.effect.getComputedTiming()
      found.push({ name, what: animation.animationName ?? animation.transitionProperty ?? '', ms: endTime === Infinity ? -1 : Number(endTime) })
    }
  }
  return found
}

const MOVING_STATES = ['recording', 'moving-receiving', 'moving-finding', 'moving-done', 'arrived', 'arrived-playing', 'share-serving', 'share-delivered', 'memo-playing', 'memo-deleted', 'library-opening']

test('who wants less motion gets none, and a memo that has arrived settles once, within 400 ms', async (t) => {
  const page = await openGallery(t)
  const still = (await page.evaluate(motionIn, MOVING_STATES)).filter(({ ms }) => ms < 0 || ms > 1)
  assert.deepEqual(still, [], 'with prefers-reduced-motion')
  await page.raw.emulateMedia({ reducedMotion: 'no-preference' })
  const settling = (await page.evaluate(motionIn, ['arrived', 'moving-done'])).filter(({ ms }) => ms < 0 || ms > MOST_SETTLING_MS)
  assert.deepEqual(settling, [])
})
