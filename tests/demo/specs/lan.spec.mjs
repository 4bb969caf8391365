// `./run demo --lan` as a phone meets it: a browser in a second network namespace, the printed address, the printed
// authority. Nothing is told to ignore certificates.
import { strict as assert } from 'node:assert'
import { spawn } from 'node:child_process'
import { createHash, X509Certificate } from 'node:crypto'
import { readFile, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { describe, ROOT, test } from '../../browser/lib/runner.mjs'
import { watchConsole } from '../../browser/lib/console.mjs'
import { createNetwork, launchDevice, whyNoNamespaces } from '../lib/netns.mjs'

const STEP_TIMEOUT_MS = 30_000
const SERVER_TIMEOUT_MS = 15_000
const STORY_TIMEOUT_MS = 120_000

describe('lan')

/** A case that needs a second network. Where none can be made it fails in CI, and says elsewhere that it did not run. */
function testOnNetwork(name, body) {
  test(name, async (t) => {
    const why = whyNoNamespaces()
    if (why) {
      assert.notEqual(process.env.CI, 'true', `network namespaces cannot be made here: ${why}`)
      return console.log(`SKIPPED, NOT TESTED: ${name}: network namespaces cannot be made here: ${why}`)
    }
    const network = await createNetwork()
    t.defer(() => network.close())
    await body(t, network)
  }, { timeout_ms: STORY_TIMEOUT_MS })
}

/** Runs serve.mjs with arguments until it has said everything or ended. */
function startServer(args) {
  const child = spawn(process.execPath, [join(ROOT, 'demos/serve.mjs'), ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = new Promise((resolve) => child.once('close', resolve))
  let output = ''
  const spoken = new Promise((resolve) => {
    const hear = (chunk) => {
      output += chunk
      if (output.includes('Ctrl+C stops.')) resolve()
    }
    child.stdout.setEncoding('utf8').on('data', hear)
    child.stderr.setEncoding('utf8').on('data', hear)
  })
  const timer = setTimeout(() => child.kill(), SERVER_TIMEOUT_MS)
  const stop = async () => {
    clearTimeout(timer)
    child.kill('SIGTERM')
    await ended
  }
  const said = Promise.race([spoken, ended]).then(() => {
    clearTimeout(timer)
    return output
  })
  return { said, ended, stop }
}

const lineOf = (output, pattern) => pattern.exec(output)?.[1] ?? assert.fail(`${pattern} is not in what was printed:\n${output}`)

/** `--lan` on one end of the cable, and what it printed. Its authority is removed with it. */
async function startLan(t, address) {
  const server = startServer(['--lan', '--address', address, '--port', '0'])
  t.defer(() => server.stop())
  const output = await server.said
  const authority = join(ROOT, lineOf(output, /^authority: (\S+)/m))
  assert.equal(basename(dirname(authority)), address)
  t.defer(() => rm(dirname(authority), { recursive: true, force: true }))
  return {
    url: lineOf(output, /^Voice memos: +(\S+)$/m), help: lineOf(output, /^help page: +(\S+)$/m),
    fingerprint: lineOf(output, /SHA-256 ([\dA-F:]{95})$/m), authority,
  }
}

/** A page of a device, kept for the report of a failed case; `contacted` lists the hosts that it asked. */
async function openPage(t, device) {
  const page = await device.newPage()
  page.setDefaultTimeout(STEP_TIMEOUT_MS)
  const contacted = new Set()
  const note = (address) => { if (/^(http|ws)s?:/.test(address)) contacted.add(new URL(address).hostname) }
  page.on('request', (request) => note(request.url()))
  page.on('websocket', (socket) => note(socket.url()))
  await page.addInitScript(() => {
    const asked = (globalThis.iceServersAsked = [])
    const Plain = globalThis.RTCPeerConnection
    globalThis.RTCPeerConnection = class extends Plain {
      constructor(configuration) {
        super(configuration)
        asked.push(...(configuration?.iceServers ?? []))
      }
    }
  })
  t.pages.push({ browser: 'chromium', log: watchConsole(page), evaluate: (f) => page.evaluate(f), screenshot: (path) => page.screenshot({ path }) })
  return { page, contacted }
}

async function openDevice(t, options) {
  const device = await launchDevice(options)
  t.defer(() => device.close())
  return openPage(t, device)
}

/** The one memo of a page: its size and the SHA-256 of its bytes. */
const readMemo = (page) => page.evaluate(async () => {
  const [memo] = await globalThis.samaraDemo.samara.items()
  const bytes = await (await memo.blob()).arrayBuffer()
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
  return { size: bytes.byteLength, sha256: Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('') }
})

async function shareSample(page, url) {
  await page.goto(url)
  await page.waitForSelector('body[data-ready=yes]')
  await page.click('#sample')
  await page.waitForSelector('.memo')
  await page.click('.share-button')
  await page.waitForFunction(() => document.querySelector('#share-link')?.value)
  return page.inputValue('#share-link')
}

async function receive(page, link) {
  await page.goto(link)
  await page.waitForSelector('#receive-accept, body[data-playable]')
  if (await page.isVisible('#receive-accept')) await page.click('#receive-accept')
  await page.waitForSelector('body[data-playable=yes]')
}

testOnNetwork('the help page hands out the authority whose fingerprint was printed', async (t, network) => {
  const lan = await startLan(t, network.hostAddress)
  const page = await (await fetch(lan.help)).text()
  assert.ok(page.includes(lan.fingerprint), 'the page shows the fingerprint')
  assert.ok(page.includes(`href="${lan.url}"`), 'the page leads to the app')
  const answer = await fetch(new URL(/id="authority" href="([^"]+)"/.exec(page)[1], lan.help))
  assert.equal(answer.headers.get('content-type'), 'application/x-x509-ca-cert')
  const bytes = Buffer.from(await answer.arrayBuffer())
  assert.equal(createHash('sha256').update(bytes).digest('hex').toUpperCase(), lan.fingerprint.replaceAll(':', ''))
  assert.equal(new X509Certificate(await readFile(lan.authority)).fingerprint256, lan.fingerprint)
  const other = await fetch(new URL('/voice-memos/share/?a=1', lan.help), { redirect: 'manual' })
  assert.equal(other.status, 307)
  assert.equal(other.headers.get('location'), `${lan.url}share/?a=1`)
})

testOnNetwork('a browser that was not told of the authority refuses the app', async (t, network) => {
  const lan = await startLan(t, network.hostAddress)
  const { page } = await openDevice(t, { namespace: network.name })
  await page.goto(lan.help)
  assert.equal(await page.textContent('#fingerprint'), lan.fingerprint)
  await assert.rejects(page.goto(lan.url), /ERR_CERT_AUTHORITY_INVALID/)
})

testOnNetwork('a browser in another network, told of the printed authority, receives and plays a memo', async (t, network) => {
  const lan = await startLan(t, network.hostAddress)
  const sender = await openDevice(t, { authorities: [lan.authority], permissions: ['microphone'] }) // as one that records has it
  const link = await shareSample(sender.page, lan.url)
  assert.ok(link.startsWith(`${lan.url}share/#`), `the link leads to this computer's address: ${link}`)
  assert.ok(decodeURIComponent(decodeURIComponent(link)).includes(`wss://${new URL(lan.url).host}/announce`), 'and names its tracker')
  const receiver = await openDevice(t, { namespace: network.name, authorities: [lan.authority] })
  await receive(receiver.page, link)
  assert.deepEqual(await readMemo(receiver.page), await readMemo(sender.page))
  await sender.page.waitForSelector('#share-sheet[data-state=delivered]')
  assert.equal(await receiver.page.evaluate(() => isSecureContext && 'serviceWorker' in navigator), true)
  for (const { page, contacted } of [sender, receiver]) {
    assert.deepEqual([...contacted], [network.hostAddress], 'nothing but the server was asked')
    assert.deepEqual(await page.evaluate(() => globalThis.iceServersAsked), [], 'no STUN or TURN server was named')
  }
})

test('an address of another computer is refused with a sentence', async () => {
  const server = startServer(['--lan', '--address', '203.0.113.7'])
  assert.match(await server.said, /^demo: 203\.0\.113\.7 is not an address of this computer; there is: /)
  assert.equal(await server.ended, 2)
})
