// The numbers of the boundary come from the engine's headers: the files made from them are current.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { generated } from '../../js/generate.mjs'
import { load } from './load.mjs'

for (const [path, text] of Object.entries(generated())) {
  test(`js/${path} is what js/generate.mjs makes of the headers`, () => {
    assert.equal(readFileSync(new URL(`../../js/${path}`, import.meta.url), 'utf8'), text)
  })
}

test('every error code has its place', async () => {
  const { CODES } = await load('codes', 'shared/codes.ts')
  assert.deepEqual(CODES.slice(0, 4), ['ok', 'aborted', 'bad-link', 'newer-link'])
  assert.equal(new Set(CODES).size, CODES.length)
})
