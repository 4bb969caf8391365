// The demo's own server: what it sends, whom it answers, what it refuses, its switch, and the certificates of --lan.
// Plain sockets and Node's own clients: no browser.
import { strict as assert } from 'node:assert'
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { describe, ROOT, test } from '../../browser/lib/runner.mjs'
import { startSite } from '../../../demos/site.mjs'
import { certificatesFor } from '../../../demos/site/authority.mjs'
import { chooseAddress, hostCheck, localName } from '../../../demos/site/hosts.mjs'
import { headerPolicy } from '../../../demos/voice-memos/policy.mjs'

const DIST = join(ROOT, 'demos/voice-memos/dist')
const INFO_HASH = 'a'.repeat(20)

describe('site')

async function open(t, options = { port: 0 }) {
  const site = await startSite(options)
  t.defer(() => site.close())
  return site
}

function temporaryFolder(t) {
  const folder = mkdtempSync(join(tmpdir(), 'samara-site-'))
  t.defer(async () => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** One request with exactly this path and these headers: fetch would tidy both. */
function ask(site, path, { method = 'GET', headers = {}, body, plain, ca } = {}) {
  const { protocol, host, hostname, port } = new URL(site.url)
  const request = protocol === 'https:' && !plain ? httpsRequest : httpRequest
  return new Promise((resolve, reject) => {
    const asking = request({ host: hostname === 'localhost' ? '127.0.0.1' : hostname, port, path, method, ca, servername: '', agent: false, headers: { Host: host, ...headers } }, (response) => {
      const chunks = []
      response.on('data', (chunk) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, bytes: Buffer.concat(chunks) }))
    })
    asking.on('error', reject)
    asking.end(body)
  })
}

/** A WebSocket by hand: resolves with undefined when it is refused. */
async function openSocket(site, headers = {}) {
  const { port } = new URL(site.url)
  const socket = connect(Number(port), '127.0.0.1')
  const lines = { Host: `localhost:${port}`, Upgrade: 'websocket', Connection: 'Upgrade', 'Sec-WebSocket-Version': 13, 'Sec-WebSocket-Key': randomBytes(16).toString('base64'), ...headers }
  socket.write(`GET /announce HTTP/1.1\r\n${Object.entries(lines).map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`)
  socket.on('error', () => {})
  const closed = once(socket, 'close')
  const answer = await Promise.race([once(socket, 'data'), closed])
  if (!String(answer[0]).startsWith('HTTP/1.1 101')) return undefined
  const send = (message) => {
    const bytes = Buffer.from(typeof message === 'string' ? message : JSON.stringify(message))
    const head = Buffer.alloc(14) // FIN and text; masked, length in 8 bytes; a mask of zeros changes nothing
    head.set([0x81, 0x80 | 127])
    head.writeBigUInt64BE(BigInt(bytes.length), 2)
    socket.write(Buffer.concat([head, bytes]))
  }
  return { send, closed, frame: async () => String((await Promise.race([once(socket, 'data'), closed.then(() => [''])]))[0]), end: () => socket.destroy() }
}

const announce = (more = {}) => ({ action: 'announce', info_hash: INFO_HASH, peer_id: `-SM0000-${randomBytes(6).toString('hex')}`, left: 0, event: 'started', ...more })

/** The events of /stage/events, one after another. */
async function listen(t, site) {
  const aborting = new AbortController()
  t.defer(async () => aborting.abort())
  const response = await fetch(new URL('/stage/events', site.url), { signal: aborting.signal })
  assert.equal(response.headers.get('content-type'), 'text/event-stream')
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  return async function next(kind) {
    for (;;) {
      const end = text.indexOf('\n\n')
      if (end < 0) {
        text += (await reader.read()).value
        continue
      }
      const data = /^data: (.*)$/m.exec(text.slice(0, end))?.[1]
      text = text.slice(end + 2)
      if (data && JSON.parse(data).kind === kind) return JSON.parse(data)
    }
  }
}

function turn(site, on, headers = {}) {
  const { origin } = new URL(site.url)
  return ask(site, '/stage/server', { method: 'POST', body: JSON.stringify({ on }), headers: { Origin: origin, 'Content-Type': 'application/json', ...headers } })
}

// ---- what it sends

test('every file comes with the policy, its type, and is not sniffed', async (t) => {
  const site = await open(t)
  const types = { js: /^text\/javascript/, css: /^text\/css/, wasm: /^application\/wasm$/, svg: /^image\/svg\+xml$/, png: /^image\/png$/, woff2: /^font\/woff2$/, webmanifest: /^application\/manifest\+json$/, wav: /^audio\/wav$/, html: /^text\/html; charset=utf-8$/ }
  const files = readdirSync(DIST, { recursive: true, withFileTypes: true }).filter((one) => one.isFile())
  assert.ok(files.length > 5)
  for (const one of files) {
    const file = join(one.parentPath ?? one.path, one.name).slice(DIST.length + 1)
    const { status, headers } = await ask(site, `/voice-memos/${file}`)
    assert.equal(status, 200, file)
    const type = types[file.split('.').at(-1)]
    if (type) assert.match(headers['content-type'], type, file)
    assert.equal(headers['content-security-policy'], headerPolicy(), file)
    assert.equal(headers['x-content-type-options'], 'nosniff')
    assert.equal(headers['referrer-policy'], 'no-referrer')
  }
})

test('a page names the tracker of the host it was asked under, and nothing else is changed', async (t) => {
  const site = await open(t)
  for (const [path, file] of [['/voice-memos/', 'index.html'], ['/voice-memos/share/', 'share/index.html']]) {
    const { bytes } = await ask(site, path)
    const named = `content="${site.tracker}"`
    assert.ok(bytes.includes(named), path)
    assert.equal(bytes.toString().replace(named, 'content=""'), readFileSync(join(DIST, file), 'utf8'))
  }
})

test('what is compressed is the same file, and a browser that has it gets 304', async (t) => {
  const site = await open(t)
  const plain = await ask(site, '/voice-memos/app.js')
  assert.equal(plain.headers['content-encoding'], undefined)
  const unpack = { br: brotliDecompressSync, gzip: gunzipSync }
  for (const [accepted, encoding] of [['gzip, deflate, br', 'br'], ['gzip', 'gzip'], ['gzip, br;q=0', 'gzip']]) {
    const packed = await ask(site, '/voice-memos/app.js', { headers: { 'Accept-Encoding': accepted } })
    assert.equal(packed.headers['content-encoding'], encoding)
    assert.ok(packed.bytes.length < plain.bytes.length / 2)
    assert.deepEqual(unpack[encoding](packed.bytes), plain.bytes)
    assert.equal(packed.headers.vary, 'Accept-Encoding')
    const again = await ask(site, '/voice-memos/app.js', { headers: { 'Accept-Encoding': accepted, 'If-None-Match': packed.headers.etag } })
    assert.equal(again.status, 304)
    assert.equal(again.bytes.length, 0)
  }
  for (const path of ['/voice-memos/', '/voice-memos/sw.js', '/voice-memos/app.js']) assert.equal((await ask(site, path)).headers['cache-control'], 'no-cache')
})

test('HEAD tells what GET would, without the body; other methods are refused', async (t) => {
  const site = await open(t)
  const [head, get] = [await ask(site, '/voice-memos/app.js', { method: 'HEAD' }), await ask(site, '/voice-memos/app.js')]
  assert.equal(head.bytes.length, 0)
  assert.equal(head.headers['content-length'], String(get.bytes.length))
  assert.equal((await ask(site, '/voice-memos/', { method: 'POST', body: 'x' })).status, 405)
})

// ---- whom it answers

test('a request under a name that is not ours is refused, by http and by WebSocket', async (t) => {
  const site = await open(t)
  for (const host of ['example.com', 'localhost.example.com', '127.0.0.1.example.com', 'localhost@example.com']) {
    assert.notEqual((await ask(site, '/voice-memos/', { headers: { Host: host } })).status, 200, host)
    assert.equal(await openSocket(site, { Host: host }), undefined, host)
  }
  assert.equal((await ask(site, '/voice-memos/', { headers: { Host: '127.0.0.1:1' } })).status, 200)
})

test('the tracker refuses pages of other sites', async (t) => {
  const site = await open(t)
  assert.equal(await openSocket(site, { Origin: 'https://example.com' }), undefined)
  assert.equal(await openSocket(site, { Origin: 'null' }), undefined)
  const socket = await openSocket(site, { Origin: new URL(site.url).origin })
  assert.ok(socket)
  socket.end()
})

test('no path leads out of the folder', async (t) => {
  const site = await open(t)
  const tricks = ['../package.json', '..%2fbuild.mjs', '%2e%2e/build.mjs', '%2e%2e%2f%2e%2e%2fpackage.json', 'share/../../build.mjs', '..\\build.mjs', '%5c..%5cbuild.mjs',
    'index.html%00.png', '%', '%ff', '/etc/passwd', '//etc/passwd', '.', 'share/index.html/']
  for (const trick of tricks) {
    const { status, bytes } = await ask(site, `/voice-memos/${trick}`)
    assert.ok([301, 404].includes(status) || trick === '.', `${trick}: ${status}`)
    assert.ok(!/esbuild|root:/.test(bytes.toString()), trick)
  }
  for (const path of ['/package.json', '/voice-memosx/', '/demos/serve.mjs', `http://localhost/voice-memos/`]) assert.equal((await ask(site, path)).status, 404, path)
  const redirect = await ask(site, '/voice-memos/share?a=1')
  assert.equal(redirect.headers.location, '/voice-memos/share/?a=1')
})

test('a busy port is reported and the next one is taken', async (t) => {
  const first = await open(t)
  const second = await open(t, { port: first.port })
  assert.deepEqual(second.busy.slice(0, 1), [first.port])
  assert.equal(second.port, first.port + second.busy.length)
  assert.equal((await ask(second, '/voice-memos/')).status, 200)
})

// ---- the tracker, and what it saw

test('what would stop the tracker or list every torrent ends the connection instead', async (t) => {
  const site = await open(t)
  const bad = [announce({ offers: [null] }), announce({ offers: [{ offer_id: 'x' }] }), announce({ offers: {} }), announce({ answer: 1 }), announce({ event: {} }),
    { action: 'scrape' }, { action: 'scrape', info_hash: {} }, { action: 'scrape', info_hash: [null] }, null, 'no json', '"text"', { action: 'announce', info_hash: 'x'.repeat(200_000) }]
  for (const message of bad) {
    const socket = await openSocket(site)
    socket.send(message)
    const answer = await socket.frame()
    assert.ok(!answer.includes('files') && !answer.includes('interval'), JSON.stringify(message))
    socket.end()
  }
  const good = await openSocket(site)
  good.send(announce())
  assert.match(await good.frame(), /"complete":1/)
  good.end()
})

test('the stage hears what the tracker saw, with the addresses that were in it', async (t) => {
  const site = await open(t)
  const next = await listen(t, site)
  assert.equal((await next('server')).on, true)
  const socket = await openSocket(site)
  const opened = await next('open')
  assert.equal(opened.address, '127.0.0.1')
  const sdp = 'v=0\r\na=candidate:1 1 udp 2113937151 10.211.0.9 36055 typ host generation 0\r\n'
  const asked = announce({ left: 5, offers: [{ offer_id: 'o'.repeat(20), offer: { type: 'offer', sdp } }] })
  socket.send(asked)
  const { at, ...seen } = await next('announce')
  assert.ok(Math.abs(at - Date.now()) < 10_000)
  const hex = (text) => Buffer.from(text).toString('hex')
  assert.deepEqual(seen, { kind: 'announce', connection: opened.connection, infoHash: hex(INFO_HASH), peerId: hex(asked.peer_id), event: 'started', left: 5, offers: 1, addresses: ['10.211.0.9'], complete: 0, incomplete: 1 })
  socket.end()
  assert.equal((await next('close')).connection, opened.connection)
  const count = await next('count')
  assert.deepEqual([count.infoHash, count.complete, count.incomplete], [hex(INFO_HASH), 0, 0])
})

// ---- the switch

test('turned off, app and tracker answer nobody and lose their connections, and the stage still answers; turned on, all is back', async (t) => {
  const site = await open(t)
  const next = await listen(t, site)
  const socket = await openSocket(site)
  assert.equal((await turn(site, false)).status, 204)
  await socket.closed
  await assert.rejects(ask(site, '/voice-memos/'), /ECONNRESET|socket hang up/)
  await assert.rejects(ask(site, '/'), /ECONNRESET|socket hang up/)
  assert.equal(await openSocket(site), undefined)
  assert.equal((await ask(site, '/stage')).status, 302)
  for (const on of [true, false]) assert.equal((await next('server')).on, on)
  assert.equal((await turn(site, true)).status, 204)
  assert.equal((await next('server')).on, true)
  assert.equal((await ask(site, '/voice-memos/')).status, 200)
  const again = await openSocket(site)
  assert.ok(again)
  again.end()
})

test('only a page of ours can throw the switch', async (t) => {
  const site = await open(t)
  assert.equal((await turn(site, false, { Origin: 'https://example.com' })).status, 403)
  assert.equal((await turn(site, false, { Origin: 'http://127.0.0.1:1' })).status, 403)
  assert.equal((await turn(site, false, { Origin: '' })).status, 403)
  assert.equal((await turn(site, false, { 'Content-Type': 'text/plain' })).status, 415)
  assert.equal((await turn(site, 'no')).status, 400)
  assert.equal((await turn(site, { a: 'x'.repeat(1000) })).status, 400)
  assert.equal((await ask(site, '/stage/server')).status, 405)
  assert.equal((await ask(site, '/voice-memos/')).status, 200)
})

// ---- --lan

test('with --lan one port speaks http and https, names no server beside it, and has no stage and no switch', async (t) => {
  const folder = temporaryFolder(t)
  const site = await open(t, { port: 0, lan: { address: '127.0.0.1', folder } })
  const ca = readFileSync(site.lan.certificates.file)
  const page = await ask(site, '/voice-memos/', { ca })
  assert.equal(page.status, 200)
  assert.ok(page.bytes.includes(`<meta name="samara-trackers" content="wss://127.0.0.1:${site.port}/announce">`))
  assert.equal(page.bytes.toString().match(/<meta name="samara-ice" content="none">/g)?.length, 1)
  const { origin } = new URL(site.url)
  const off = await ask(site, '/stage/server', { ca, method: 'POST', body: '{"on":false}', headers: { Origin: origin, 'Content-Type': 'application/json' } })
  assert.equal(off.status, 405)
  for (const path of ['/stage', '/stage/', '/stage/events']) assert.equal((await ask(site, path, { ca })).status, 404)
  assert.equal((await ask(site, '/', { plain: true })).status, 200)
  assert.equal((await ask(site, '/voice-memos/', { plain: true })).headers.location, site.url)
  assert.equal((await ask(site, '/', { plain: true, headers: { Host: 'example.com' } })).status, 403)
  assert.equal((await ask(site, '/voice-memos/', { ca, headers: { Host: 'example.com' } })).status, 403)
  await assert.rejects(ask(site, '/voice-memos/'), /self-signed|unable to verify|issuer/i)
})

test('an authority is kept while it holds, its keys are for this user only, another name gets a new one', async (t) => {
  const parent = temporaryFolder(t)
  const make = (name) => certificatesFor({ parent, address: '10.211.0.1', name })
  const first = await make('here.local')
  assert.equal(first.isNew, true)
  for (const key of ['authority.key', 'server.key']) assert.equal(statSync(join(dirname(first.file), key)).mode & 0o777, 0o600)
  assert.equal(statSync(parent).mode & 0o777, 0o700)
  const again = await make('here.local')
  assert.deepEqual([again.isNew, again.fingerprint], [false, first.fingerprint])
  rmSync(join(dirname(first.file), 'server.crt'))
  assert.deepEqual([(await make('here.local')).fingerprint], [first.fingerprint], 'a lost leaf does not change the authority')
  assert.equal((await make('there.local')).isNew, true)
  const left = readdirSync(parent)
  assert.deepEqual(left, ['10.211.0.1'], 'nothing half made is left')
})

test('the authority can speak for its own address and name only', async (t) => {
  const parent = temporaryFolder(t)
  for (const name of ['here.local', undefined]) {
    const { file } = await certificatesFor({ parent, address: '10.211.0.1', name })
    const folder = dirname(file)
    const openssl = (...args) => execFileSync('openssl', args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
    const verify = (san) => {
      writeFileSync(join(folder, 'other.cnf'), `[x]\nsubjectAltName = ${san}\n`)
      openssl('x509', '-req', '-in', 'server.csr', '-CA', 'authority.crt', '-CAkey', 'authority.key', '-set_serial', '1', '-days', '30', '-extfile', 'other.cnf', '-extensions', 'x', '-out', 'other.crt')
      try {
        return openssl('verify', '-CAfile', 'authority.crt', 'other.crt')
      } catch (error) {
        return error.stderr
      }
    }
    assert.match(verify('IP:10.211.0.1'), /OK/)
    for (const other of ['IP:10.211.0.2', 'IP:192.168.0.1', 'IP:::1', 'DNS:example.com', 'DNS:there.local', 'DNS:localhost']) assert.match(verify(other), /permitted subtree violation/, other)
  }
})

test('the address is the private one of the default route; others are listed; without one there is a sentence', async () => {
  const own = [{ name: 'docker0', address: '172.17.0.1' }, { name: 'wlan0', address: '192.168.1.5' }, { name: 'wan0', address: '1.2.3.4' }]
  const choose = (wanted, routed, list = own) => chooseAddress(wanted, { own: list, routed })
  assert.deepEqual(await choose(undefined, '192.168.1.5'), { address: '192.168.1.5', others: [own[0], own[2]] })
  assert.equal((await choose(undefined, '1.2.3.4')).address, '172.17.0.1')
  assert.equal((await choose('1.2.3.4', '192.168.1.5')).address, '1.2.3.4')
  await assert.rejects(choose('10.9.9.9', ''), /not an address of this computer; there is: 172\.17\.0\.1 \(docker0\)/)
  await assert.rejects(choose(undefined, '1.2.3.4', [own[2]]), /no address of this computer is private: 1\.2\.3\.4 \(wan0\)/)
  await assert.rejects(choose(undefined, '', []), /in no network/)
  const lab = [{ name: 'eth0', address: '192.0.2.2' }]
  assert.equal((await choose(undefined, '192.0.2.2', lab)).address, '192.0.2.2', 'nobody on the internet reaches documentation addresses')
  assert.equal((await choose(undefined, '192.0.2.2', [...lab, own[0]])).address, '172.17.0.1', 'a private one is more likely where the phone is')
})

test('names are compared whole', async () => {
  const isOurs = hostCheck(['192.168.1.5', 'here.local', '[::1]'])
  for (const host of ['192.168.1.5', '192.168.1.5:8484', 'HERE.local:1', '[::1]:80']) assert.equal(isOurs(host), true, host)
  for (const host of [undefined, '', 'here.local.', 'xhere.local', 'here.local:80:80', 'a@here.local', '192.168.1.50']) assert.equal(isOurs(host), false, host)
  assert.deepEqual([localName('Laptop.example.org'), localName('localhost'), localName('bad name'), localName('')], ['laptop.local', undefined, undefined, undefined])
})
