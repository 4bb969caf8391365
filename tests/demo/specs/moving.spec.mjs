// Moving without a network: all memos in one file, and back on another device.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from '../../browser/lib/runner.mjs'
import { addSample, appOf, digestOfNewest, openApp, press, stateOf, until } from '../lib/app.mjs'

describe('moving')

async function exported(page) {
  await press(page, '#settings')
  const [download] = await Promise.all([page.raw.waitForEvent('download'), press(page, '#export-all')])
  assert.match(download.suggestedFilename(), /^voice-memos-\d{4}-\d\d-\d\d\.samara$/)
  return download.path()
}

test('all memos go into one file, and are the same on another device', async (t) => {
  const app = await appOf(t)
  const first = await openApp(t, app)
  await addSample(first)
  const path = await exported(first)
  const second = await openApp(t, app, { path: '#settings' })
  await second.raw.setInputFiles('#import-file', path)
  await until(second, () => window.samaraDemo.state.note === 'imported')
  assert.equal(await digestOfNewest(second), await digestOfNewest(first))
  const [memo] = (await stateOf(second)).memos
  assert.equal(memo.title, (await stateOf(first)).memos[0].title)
  await second.raw.setInputFiles('#import-file', path)
  await until(second, () => window.samaraDemo.state.note === 'imported')
  assert.equal((await stateOf(second)).memos.length, 1, 'what is here stays as it is')
})

test('a file that is no export says so and changes nothing', async (t) => {
  const app = await appOf(t)
  const page = await openApp(t, app, { path: '#settings' })
  await page.raw.setInputFiles('#import-file', { name: 'other.samara', mimeType: '', buffer: readFileSync(new URL(import.meta.url)) })
  await until(page, () => window.samaraDemo.state.note === 'went-wrong')
  assert.equal((await stateOf(page)).memos.length, 0)
})
