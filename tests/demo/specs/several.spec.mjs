// Several recordings under one link are one memo: each has its own title and plays by itself, also after a reload.
import assert from 'node:assert/strict'
import { describe, test } from '../../browser/lib/runner.mjs'
import { appOf, openApp, press, receive, shows, stateOf, until } from '../lib/app.mjs'

describe('several')

/** Tones of so many seconds each, shared by the package as another app would, with or without words about them. */
const shareTones = (page, options) => page.evaluate(async ({ seconds, ...more }) => {
  const wav = (length, hz) => {
    const rate = 8000
    const view = new DataView(new ArrayBuffer(44 + length * rate))
    const text = (at, letters) => [...letters].forEach((letter, index) => view.setUint8(at + index, letter.charCodeAt(0)))
    text(0, 'RIFF')
    view.setUint32(4, 36 + length * rate, true)
    text(8, 'WAVEfmt ')
    view.setUint32(16, 16, true)
    view.setUint16(20, 1, true)
    view.setUint16(22, 1, true)
    view.setUint32(24, rate, true)
    view.setUint32(28, rate, true)
    view.setUint16(32, 1, true)
    view.setUint16(34, 8, true)
    text(36, 'data')
    view.setUint32(40, length * rate, true)
    for (let i = 0; i < length * rate; i += 1) view.setUint8(44 + i, 128 + Math.round(60 * Math.sin((i * hz * 2 * Math.PI) / rate)))
    return view.buffer
  }
  const files = seconds.map((length, index) => new File([wav(length, 220 * (index + 1))], `tone ${index + 1}.wav`, { type: 'audio/wav' }))
  files.splice(1, 0, new File(['not a sound'], 'notes.pdf', { type: 'application/pdf' }))
  return (await window.samaraDemo.samara.share(files, { keep: 'copy', ...more })).url
}, options)

const currentLength = (page) => page.evaluate(() => Math.round(document.querySelector('audio').duration))

for (const encrypt of [true, false]) {
  test(`${encrypt ? 'sealed' : 'open'}: each of them plays by itself, and what is not sound is named`, async (t) => {
    const app = await appOf(t)
    const from = await openApp(t, app)
    const link = await shareTones(from, { seconds: [1, 2], name: 'Sunday', encrypt })
    const page = await receive(t, app, link)
    await shows(page, 'playable', 'yes')
    const { receive: { memo } } = await stateOf(page)
    assert.equal(memo.title, 'Sunday')
    assert.deepEqual(memo.parts.map(({ title, playable }) => [title, playable]), [['tone 1', true], ['notes.pdf', false], ['tone 2', true]])
    for (const [part, seconds] of [[2, 2], [0, 1]]) {
      await press(page, `[data-part="${part}"]`)
      await until(page, (wanted) => window.samaraDemo.state.player?.part === wanted && window.samaraDemo.state.player.state === 'playing', part)
      assert.equal(await currentLength(page), seconds)
    }
    assert.ok(await page.evaluate(() => document.querySelector('[data-part="1"]').disabled))
    await page.reload()
    await until(page, () => document.querySelectorAll('.part').length === 3)
    await press(page, '.play-button')
    await until(page, () => window.samaraDemo.state.player?.part === 0 && window.samaraDemo.state.player.state === 'playing')
  })
}

test('what a sender says of its recordings is read with care', async (t) => {
  const app = await appOf(t)
  const from = await openApp(t, app)
  const parts = [{ title: '<b>First</b>', seconds: 61 }, 'no note', { title: 5, seconds: -1 }]
  const link = await shareTones(from, { seconds: [1, 1], name: 'Odd '.repeat(1000), createdAt: new Date(8e14), durationSeconds: 1e9, meta: { parts, peaks: 'loud' } })
  const page = await receive(t, app, link)
  await shows(page, 'playable', 'yes')
  const { receive: { memo } } = await stateOf(page)
  assert.deepEqual(memo.parts.map(({ title, durationSeconds }) => [title, durationSeconds]), [['<b>First</b>', 61], ['notes.pdf', undefined], ['tone 2', undefined]])
  assert.ok(Math.abs(new Date(memo.at) - Date.now()) < 60_000, 'a date that cannot be is not taken')
  assert.deepEqual([memo.peaks, memo.durationSeconds], [undefined, undefined])
  assert.equal(memo.title.length, 200)
  assert.match(await page.text('.parts'), /<b>First<\/b>/)
})

/** Two memos of the library, chosen and shared by hand. */
async function sharedTogether(t, app, context) {
  const page = await openApp(t, app, { context })
  for (const title of ['One', 'Two']) {
    await page.evaluate(async (name) => {
      const { samara } = window.samaraDemo
      const [sample] = await samara.items()
      const bytes = sample ? await sample.blob() : undefined
      if (bytes) await samara.save(new File([bytes.slice(0, 44 + 44_100)], `${name}.wav`, { type: 'audio/wav' }), { name, createdAt: new Date(Date.now() - 60_000), meta: { measured: true, type: 'audio/wav' } })
    }, title)
    if (title === 'One') await press(page, '#sample')
    await until(page, (count) => window.samaraDemo.state.memos.length === count, title === 'One' ? 1 : 2)
  }
  await choose(page)
  return { page, link: await until(page, () => document.querySelector('#share-link')?.value) }
}

async function choose(page) {
  await press(page, '#select')
  await until(page, () => document.querySelector('#select-share')?.disabled)
  for (let row = 0; row < 2; row += 1) await page.evaluate((index) => document.querySelectorAll('.choosing .memo-open')[index].click(), row)
  await until(page, () => window.samaraDemo.state.selection.length === 2 && document.querySelectorAll('[aria-checked=true]').length === 2)
  await press(page, '#select-share')
}

test('memos that are chosen arrive under one link, each with its title, and are served again after a reload', async (t) => {
  const app = await appOf(t)
  const { page: from, link } = await sharedTogether(t, app, await t.context())
  assert.equal((await stateOf(from)).selection, undefined)
  const page = await receive(t, app, link)
  await shows(page, 'playable', 'yes')
  const { receive: { memo } } = await stateOf(page)
  assert.deepEqual(memo.parts.map(({ title, playable }) => [title, playable]), [['Two', true], ['A seed in the wind', true]])
  assert.equal(memo.parts[1].durationSeconds, 6)
  await from.reload()
  await until(from, () => document.querySelector('.bundle'))
  const later = await receive(t, app, link)
  await shows(later, 'playable', 'yes')
  await choose(from)
  assert.equal(await until(from, () => document.querySelector('#share-link')?.value), link, 'the same choice has the same link')
}, { timeout_ms: 60_000 })

test('a link for several is listed and can be stopped, and ends with the deletion of one of them', async (t) => {
  const app = await appOf(t)
  const { page } = await sharedTogether(t, app)
  const sharesOn = () => page.evaluate(async () => (await window.samaraDemo.samara.shares()).filter(({ snapshot }) => ['waiting', 'serving'].includes(snapshot.state)).length)
  await press(page, '#share-close')
  await press(page, '.bundle .memo-open')
  await press(page, '#share-stop')
  await until(page, () => document.querySelector('#share-sheet')?.dataset.state === 'stopped')
  assert.equal(await sharesOn(), 0)
  await press(page, '#share-again')
  await until(page, () => document.querySelector('#share-link')?.value)
  await press(page, '#share-close')
  assert.equal(await sharesOn(), 1)
  await press(page, '.memo:not(.bundle) .memo-open')
  await press(page, '.remove-button')
  await until(page, () => !document.querySelector('.bundle'))
  assert.equal(await sharesOn(), 0, 'paused at once')
  await press(page, '#undo')
  await until(page, () => document.querySelector('.bundle'))
  await press(page, '.memo:not(.bundle) .memo-open')
  await press(page, '.remove-button')
  await until(page, async () => (await window.samaraDemo.samara.items()).length === 1)
  assert.equal(await page.evaluate(async () => (await window.samaraDemo.samara.shares()).filter(({ snapshot }) => snapshot.state !== 'stopped').length), 0)
}, { timeout_ms: 60_000 })
