// A link and its key are taken apart and put together by the text alone, whatever messengers and fields do to it.
import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { readFileSync } from 'node:fs'
import { describe, test } from '../../browser/lib/runner.mjs'

const demos = createRequire(new URL('../../../demos/package.json', import.meta.url))
const source = new URL('../../../demos/voice-memos/src/app/link_parts.ts', import.meta.url)
const KEY = 'mB2kTq7xV0sYh4nGfRzJ1wLcEoUa9dPi5tXv8KbQyNM'
const OTHER_KEY = 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'
const SEED = 'https://memos.example/a/share/#seeds=magnet%3A%3Fxt%3Durn%3Abtih%3A0c8bd1b2f1b6a9b0f3f9b7d0a4a1c2d3e4f5a6b7'

async function linkParts() {
  const { code } = await demos('esbuild').transform(readFileSync(source, 'utf8'), { loader: 'ts', format: 'esm' })
  return import(`data:text/javascript,${encodeURIComponent(code)}`)
}

describe('link parts')

test('a link is taken apart at its key, and is whole again with it', async () => {
  const { splitLink, joinLink } = await linkParts()
  for (const link of [`${SEED}&k=${KEY}`, `${SEED}&k=${KEY}&p=1`]) {
    const parts = splitLink(link)
    assert.equal(parts.key, KEY)
    assert.equal(parts.link, link.replace(KEY, '-'))
    assert.ok(!parts.link.includes(KEY.slice(0, 8)), 'nothing of the key is left')
    assert.equal(joinLink(parts.link, parts.key), link)
  }
})

test('a link without a key has no parts', async () => {
  const { splitLink, hasPlaceForKey } = await linkParts()
  for (const link of [SEED, `${SEED}&k=-`, `${SEED}&k=${KEY.slice(1)}`, '', '&k=']) assert.equal(splitLink(link), undefined, link)
  assert.equal(hasPlaceForKey(SEED), false)
  assert.equal(hasPlaceForKey('https://memos.example/a/share/#s1.AAAA'), false)
})

test('a cut key makes way for the whole one, also in a link that was escaped once more', async () => {
  const { joinLink } = await linkParts()
  assert.equal(joinLink(`${SEED}&k=${KEY.slice(0, 20)}`, KEY), `${SEED}&k=${KEY}`)
  const escaped = `https://memos.example/a/share/#${encodeURIComponent('seeds=magnet:?xt=urn:btih:0c8b&k=-&p=1')}`
  assert.equal(joinLink(escaped, KEY), `https://memos.example/a/share/#seeds=magnet:?xt=urn:btih:0c8b&k=${KEY}&p=1`)
  assert.equal(joinLink('%E0%A4%A', KEY), '%E0%A4%A', 'what cannot be decoded stays as it is')
})

test('link and key that were pasted together are put together, in either order, with or without a space', async () => {
  const { joinPasted } = await linkParts()
  const link = `${SEED}&k=-&p=1`
  const whole = `${SEED}&k=${KEY}&p=1`
  for (const pasted of [`${link} ${KEY}`, `${link}\n${KEY}\n`, `${KEY} ${link}`, `${KEY}${link}`, `Link: ${link} Key: ${KEY}`]) {
    assert.equal(joinPasted(pasted), whole, pasted)
  }
  assert.equal(joinPasted(`${SEED}&k=-${KEY}`), `${SEED}&k=${KEY}`)
})

test('a whole link is left alone, and so is what is not a link', async () => {
  const { joinPasted } = await linkParts()
  for (const pasted of [`${SEED}&k=${OTHER_KEY} ${KEY}`, `${SEED}&k=${KEY}`, KEY, 'not a link', SEED]) assert.equal(joinPasted(pasted), pasted)
})

test('a text of any length is looked at in time', async () => {
  const { joinPasted, splitLink } = await linkParts()
  const started = performance.now()
  for (const text of ['&k='.repeat(100_000), 'A'.repeat(500_000), ' '.repeat(500_000), `${KEY} `.repeat(10_000)]) {
    joinPasted(text)
    splitLink(text)
  }
  assert.ok(performance.now() - started < 1000)
})
