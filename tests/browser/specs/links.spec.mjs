// What receive() takes, what it refuses, and how it says so.
import assert from 'node:assert/strict'
import { digestOf, KiB, referenceTorrent } from '../lib/data.mjs'
import { samaraPage } from '../lib/pages.mjs'
import { describe, test } from '../lib/runner.mjs'

describe('links')

const HASH = '0123456789abcdef0123456789abcdef01234567'

/** Each form of one share's link, as code that makes it in the receiver's page from what the sender gave. */
const FORMS = {
  'the share URL as text': ({ url }) => url,
  'the share URL as a URL object': ({ url }) => new URL(url),
  'the share URL as a messenger leaves it': ({ url }) => `<${url.replace('#', '#\u200b')}>.`,
  'the compact URL': ({ compactUrl }) => compactUrl,
  'the magnet': ({ magnet }) => magnet,
  'the infohash in hex, with the trackers of open()': ({ infoHash }) => infoHash,
  'the infohash in upper case': ({ infoHash }) => infoHash.toUpperCase(),
  '#<infohash> behind a page': ({ infoHash }) => `https://example.org/#${infoHash}`,
  'the seed text\'s /share?seeds=': ({ magnet }) => `https://example.org/share?seeds=${encodeURIComponent(magnet)}`,
  'the .torrent as a Blob': ({ torrent }) => new Blob([torrent]),
  'the .torrent as bytes': ({ torrent }) => torrent,
}

test('every form of a share\'s link opens it', async (t) => {
  const files = [{ name: 'link.bin', seed: 401, size: 50 * KiB }]
  const [sender, receiver] = await Promise.all([samaraPage(t), samaraPage(t)])
  const given = await sender.evaluate(async (what) => {
    const share = await sm.share(what)
    const bytes = new Uint8Array(await (await (await sm.findShare(share.id)).torrentFile()).arrayBuffer())
    return { ...share, torrent: Array.from(bytes) }
  }, { files })
  for (const [form, make] of Object.entries(FORMS)) {
    const item = await receiver.evaluate(async ({ from, code }) => {
      const link = (0, eval)(code)({ ...from, torrent: Uint8Array.from(from.torrent) })
      const settled = await kit.settle(sm.samara.receive(link).done, 10_000)
      if (!settled.value) return settled
      const plain = await sm.plainItem(settled.value)
      await sm.samara.remove(plain.id)
      return plain
    }, { from: given, code: make.toString() })
    assert.equal(item.files?.[0]?.sha256, digestOf(files[0]), `${form}: ${JSON.stringify(item)}`)
  }
}, { timeout_ms: 90_000 })

test('the same link twice is one piece of work and one item, and works without a network afterwards', async (t) => {
  const files = [{ name: 'twice.bin', seed: 402, size: 200 * KiB }]
  const [sender, receiver] = await Promise.all([samaraPage(t), samaraPage(t)])
  const { url } = await sender.evaluate((what) => sm.share(what), { files })
  const first = await receiver.evaluate(async (link) => {
    const one = sm.samara.receive(link)
    const two = sm.samara.receive(link)
    const [a, b] = await Promise.all([one.done, two.done])
    return [a.id, b.id, (await sm.samara.items()).length]
  }, url)
  assert.equal(first[0], first[1])
  assert.equal(first[2], 1)
  await sender.kill()
  const again = await receiver.evaluate(async (link) => [(await sm.samara.receive(link).done).id, (await sm.samara.items()).length], url)
  assert.deepEqual(again, [first[0], 1])
})

const BAD = {
  'nothing': '', 'a word': 'hello', 'a magnet with a short hash': 'magnet:?xt=urn:btih:zz', 'a magnet without a hash': 'magnet:?dn=x',
  'a page without a link': 'https://example.org/page', 'a hash that is too short': HASH.slice(1), 'a broken escape': 'magnet:?xt=%zz',
  'a .torrent that is none': { bytes: [0x64, 0x33, 0x3a] },
}

test('a bad link ends in failed with bad-link and a why, throws nothing and leaves no unhandled rejection', async (t) => {
  const page = await samaraPage(t)
  for (const [what, link] of Object.entries(BAD)) {
    const seen = await page.evaluate(refusal, link)
    assert.equal(seen.state, 'failed', `${what}: ${JSON.stringify(seen)}`)
    const codes = link.bytes ? ['bad-link', 'metadata-invalid'] : ['bad-link']
    assert.ok(codes.includes(seen.done.error?.code), `${what}: ${JSON.stringify(seen)}`)
    assert.equal(seen.error.code, seen.done.error.code)
    if (seen.error.code === 'bad-link') assert.match(String(seen.error.params.why), /^[a-z][a-z0-9-]+$/, what)
  }
  assert.deepEqual(await page.evaluate(() => kit.unhandled), [])
})

/** Receives a link that is refused; `done` and `metadata` are looked at late, so that they could go unhandled. */
async function refusal(link) {
  const transfer = sm.samara.receive(link.bytes ? Uint8Array.from(link.bytes) : link)
  await kit.until(() => ['failed', 'done', 'cancelled'].includes(transfer.snapshot.state), 5_000)
  await kit.sleep(50)
  const done = await kit.settle(transfer.done, 1_000)
  const metadata = await kit.settle(transfer.metadata, 1_000)
  return { ...sm.progress(transfer), done, metadata }
}

const SEALED_FORMS = {
  'as a messenger leaves it': ({ url }) => `<${url.replace('#', '#\u200b')}>.`,
  'behind &amp;': ({ url }) => url.replace('&k=', '&amp;k='),
  'with its fragment percent-encoded': ({ url }) => url.replace(/#.*/, (hash) => `#${encodeURIComponent(hash.slice(1))}`),
  'with an upper-case scheme': ({ url }) => url.replace('http:', 'HTTP:'),
  'compact, broken over two lines': ({ compactUrl }) => `${compactUrl.slice(0, -20)}\n ${compactUrl.slice(-20)}`,
  'of another app': ({ url }) => `https://example.org/share/${new URL(url).hash}`,
}

test('every form of a sealed share\'s link opens it', async (t) => {
  const files = [{ name: 'sealed link.bin', seed: 411, size: 20 * KiB }]
  const [sender, receiver] = await Promise.all([samaraPage(t), samaraPage(t)])
  const given = await sender.evaluate((what) => sm.seal(what), { files })
  for (const [form, make] of Object.entries(SEALED_FORMS)) {
    const item = await receiver.evaluate(async (link) => {
      const settled = await kit.settle(sm.samara.receive(link).done, 10_000)
      if (!settled.value) return settled
      const plain = await sm.plainItem(settled.value)
      await sm.samara.remove(plain.id)
      return plain
    }, make(given))
    assert.equal(item.files?.[0]?.sha256, digestOf(files[0]), `${form}: ${JSON.stringify(item)}`)
  }
}, { timeout_ms: 60_000 })

test('links of forms that are not for here yet say which, and nobody is contacted', async (t) => {
  const tracker = await t.ownTracker()
  const page = await samaraPage(t, { open: { trackers: [tracker.url] } })
  const secret = 'A'.repeat(43)
  const sealed = `https://example.org/#seeds=${encodeURIComponent(`magnet:?xt=urn:btih:${HASH}`)}&k=`
  const cases = [
    [`https://example.org/#z9.${'A'.repeat(40)}`, 'newer-link'], [`https://example.org/#w1.${'A'.repeat(71)}`, 'newer-link'],
    [`${sealed}${secret.slice(5)}`, 'bad-link', 'truncated'],
    [`https://example.org/?seeds=magnet%3A%3Fxt%3Durn%3Abtih%3A${HASH}&k=${secret}`, 'bad-link', 'secret-in-query'],
  ]
  for (const [link, code, why] of cases) {
    const seen = await page.evaluate(refusal, link)
    assert.equal(seen.state, 'failed', JSON.stringify(seen))
    assert.equal(seen.done.error?.code, code, `${link}: ${JSON.stringify(seen)}`)
    if (why) assert.equal(seen.done.error.params.why, why)
  }
  assert.deepEqual(tracker.announces, [])
})

test('inspect() tells what a link is without a network or a store', async (t) => {
  const page = await samaraPage(t, { open: false })
  const { infoHash } = await referenceTorrent([{ name: 'x.bin', seed: 1, size: 10 }])
  const magnet = `magnet:?xt=urn:btih:${infoHash}&dn=My+memo&xl=10&tr=wss%3A%2F%2Ftracker.example.org`
  const [good, bad] = await page.evaluate(async (link) => {
    const plain = (info) => ({ ...info, problem: info.problem && kit.plainError(info.problem) })
    return [(await sm.sdk.inspect(`https://example.org/#seeds=${encodeURIComponent(link)}`)).map(plain), (await sm.sdk.inspect('hello')).map(plain)]
  }, magnet)
  assert.equal(good.length, 1)
  assert.deepEqual([good[0].kind, good[0].infoHash, good[0].name, good[0].size, good[0].passwordNeeded], ['plain', infoHash, 'My memo', 10, false])
  assert.deepEqual(good[0].trackers, ['wss://tracker.example.org'])
  assert.equal(bad[0].problem.code, 'bad-link')
})
