// The library: a sample with one tap, real waveforms, playing, renaming, and deleting that can be taken back for a
// while and then takes the share with it.
import assert from 'node:assert/strict'
import { describe, test } from '../../browser/lib/runner.mjs'
import { addSample, appOf, openApp, press, pressShare, receive, sender, sheetShows, shows, stateOf, until } from '../lib/app.mjs'

describe('library')

const memosShown = (page) => page.evaluate(() => window.samaraDemo.state.memos.length)
const itemsKept = (page) => page.evaluate(async () => (await window.samaraDemo.samara.items()).length)

test('one tap makes a memo out of nothing but this browser, with the waveform of its samples', async (t) => {
  const app = await appOf(t)
  const page = await openApp(t, app)
  assert.equal(await page.evaluate(() => document.body.dataset.library), 'empty')
  await addSample(page)
  const { memos: [memo], open } = await stateOf(page)
  assert.deepEqual([memo.type, memo.playable, memo.durationSeconds, memo.id], ['audio/wav', true, 6, open])
  assert.equal(memo.peaks.length, 48)
  assert.equal(Math.max(...memo.peaks), 100)
  assert.equal(memo.peaks.at(-1), 0, 'it ends in silence')
  assert.equal(await page.evaluate(() => document.body.dataset.library), 'filled')
})

test('it plays, stops, and goes where one points', async (t) => {
  const app = await appOf(t)
  const page = await openApp(t, app)
  await addSample(page)
  await press(page, '.play-button')
  await until(page, () => window.samaraDemo.state.player?.state === 'playing' && window.samaraDemo.state.player.at > 0.2)
  await press(page, '.play-button')
  await until(page, () => window.samaraDemo.state.player.state === 'paused')
  await page.evaluate(() => {
    const slider = document.querySelector('.seek')
    slider.value = 500
    slider.dispatchEvent(new Event('input', { bubbles: true }))
  })
  await until(page, () => Math.abs(window.samaraDemo.state.player.at - 3) < 0.1)
  assert.equal(await page.evaluate(() => document.querySelectorAll('audio').length), 1)
})

test('at its end a memo stands at its beginning again', async (t) => {
  const app = await appOf(t)
  const page = await openApp(t, app)
  await addSample(page)
  await press(page, '.play-button')
  await until(page, () => window.samaraDemo.state.player?.state === 'playing')
  await page.evaluate(() => { document.querySelector('audio').currentTime = 5.9 })
  await until(page, () => window.samaraDemo.state.player.state === 'paused')
  assert.equal((await stateOf(page)).player.at, 0)
})

test('a new title stays after a reload', async (t) => {
  const app = await appOf(t)
  const page = await openApp(t, app)
  await addSample(page)
  await press(page, '.rename-button')
  await until(page, () => document.querySelector('#rename-name') !== null)
  await page.evaluate(() => { document.querySelector('#rename-name').value = '<b>Walk</b>' })
  await press(page, '#rename-save')
  await until(page, () => window.samaraDemo.state.memos[0].title === '<b>Walk</b>')
  await page.reload()
  await until(page, () => document.querySelector('.memo-title')?.textContent === '<b>Walk</b>')
})

test('what a store that broke did not take is not lost: it is tried again after a deletion', async (t) => {
  const app = await appOf(t)
  const page = await openApp(t, app)
  await page.evaluate(() => {
    const { samara } = window.samaraDemo
    const save = samara.save
    samara.save = () => {
      samara.save = save
      return Promise.reject(new Error('broken once'))
    }
  })
  await press(page, '#sample')
  await until(page, () => window.samaraDemo.state.note === 'went-wrong')
  assert.equal(await itemsKept(page), 0)
  await addSample(page)
  await press(page, '.remove-button')
  await until(page, () => window.samaraDemo.state.memos.length === 0)
  await until(page, () => window.samaraDemo.state.memos.length === 1, undefined, 15_000)
  assert.equal(await itemsKept(page), 1, 'the one that had failed')
})

test('a deleted memo is gone at once, and Undo brings it back with its share', async (t) => {
  const app = await appOf(t)
  const { page } = await sender(t, app)
  await press(page, '#share-close')
  await press(page, '.remove-button')
  await until(page, () => document.querySelector('.memo') === null)
  await until(page, async () => (await window.samaraDemo.samara.shares())[0].snapshot.state === 'paused')
  assert.equal(await itemsKept(page), 1)
  await press(page, '#undo')
  await until(page, () => document.querySelector('.memo') !== null)
  await until(page, async () => (await window.samaraDemo.samara.shares())[0].snapshot.state === 'waiting')
})

test('after a while a deletion is for good, and nobody gets the memo any more', async (t) => {
  const app = await appOf(t)
  const { page, link } = await sender(t, app)
  await press(page, '#share-close')
  await press(page, '.remove-button')
  await until(page, () => document.querySelector('#undo') !== null)
  const receiver = await receive(t, app, link)
  await until(receiver, () => window.samaraDemo.state.receive.reason === 'no-one-has-it')
  await until(page, async () => (await window.samaraDemo.samara.items()).length === 0)
  assert.equal(await page.evaluate(async () => (await window.samaraDemo.samara.shares()).length), 0)
  assert.equal(await page.evaluate(() => document.querySelector('#undo')), null)
  assert.equal(await receiver.evaluate(() => window.samaraDemo.state.receive.verified), 0)
}, { timeout_ms: 60_000 })

test('a page that closes before a deletion is for good finishes it at its next start', async (t) => {
  const app = await appOf(t)
  const page = await openApp(t, app)
  await addSample(page)
  await press(page, '.remove-button')
  await until(page, () => document.querySelector('#undo') !== null)
  await page.reload()
  await until(page, () => document.body?.dataset.library === 'empty')
  await until(page, async () => (await window.samaraDemo.samara.items()).length === 0)
  assert.equal(await memosShown(page), 0)
})

test('a file that is sound is taken in, one that is not is refused', async (t) => {
  const app = await appOf(t)
  const page = await openApp(t, app)
  const choose = (files) => page.raw.setInputFiles('#add-file', files)
  await choose([{ name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('not a sound') }])
  await until(page, () => window.samaraDemo.state.note === 'not-audio')
  assert.equal(await itemsKept(page), 0)
  const wav = Buffer.alloc(44 + 8000)
  wav.write('RIFF', 0); wav.writeUInt32LE(36 + 8000, 4); wav.write('WAVEfmt ', 8); wav.writeUInt32LE(16, 16); wav.writeUInt16LE(1, 20); wav.writeUInt16LE(1, 22)
  wav.writeUInt32LE(8000, 24); wav.writeUInt32LE(8000, 28); wav.writeUInt16LE(1, 32); wav.writeUInt16LE(8, 34); wav.write('data', 36); wav.writeUInt32LE(8000, 40)
  await choose([{ name: 'Beep.wav', mimeType: 'audio/wav', buffer: wav }])
  await until(page, () => window.samaraDemo.state.memos[0]?.title === 'Beep')
})

test('saved as a file it has its title and its ending', async (t) => {
  const app = await appOf(t)
  const page = await openApp(t, app)
  await addSample(page)
  const [download] = await Promise.all([page.raw.waitForEvent('download'), press(page, '.save-button')])
  assert.match(download.suggestedFilename(), /\.wav$/)
})

test('screens are addresses: Back goes where one was, without a reload', async (t) => {
  const app = await appOf(t)
  const page = await openApp(t, app)
  await page.evaluate(() => { window.isSamePage = true })
  await press(page, '#settings')
  await shows(page, 'screen', 'settings')
  await page.evaluate(() => history.back())
  await shows(page, 'screen', 'library')
  await press(page, '#open-link')
  await shows(page, 'step', 'paste')
  await page.evaluate(() => history.back())
  await shows(page, 'screen', 'library')
  assert.equal(await page.evaluate(() => window.isSamePage), true)
})

test('a setting that the engine has to know is used at once, and what is shared stays shared', async (t) => {
  const app = await appOf(t)
  const { page, link } = await sender(t, app)
  await press(page, '#share-close')
  await press(page, '#settings')
  await press(page, 'input[name=seeding][value=unmetered]')
  await until(page, () => window.samaraDemo.state.settings.seeding === 'unmetered')
  await press(page, '#open-library')
  const receiver = await receive(t, app, link)
  await shows(receiver, 'playable', 'yes')
  await page.reload()
  await until(page, () => window.samaraDemo?.state?.settings.seeding === 'unmetered')
  await press(page, '.memo-open')
  assert.equal(await pressShare(page), link)
  await sheetShows(page, 'delivered')
})
