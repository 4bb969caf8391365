// What DevTools' network conditions do here: node tests/pages/shaping.mjs. Latency and throughput of each way that the app
// has into the network, from the page and from a worker, without and with 150 ms and 10 Mbit/s. link_to_sound.mjs rests on it.
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { launchShaped, NETWORK } from './shaped_chromium.mjs'

const { WebSocketServer } = createRequire(import.meta.resolve('bittorrent-tracker/server'))('ws')
const SIZE = 1_000_000

/** Bytes over HTTP, an echo and bytes over a WebSocket; a page of our own origin. */
async function startServer() {
  const bytes = Buffer.alloc(SIZE, 7)
  const server = createServer((request, response) => {
    const headers = { 'Cache-Control': 'no-store' }
    if (request.url.startsWith('/bytes')) response.writeHead(200, { ...headers, 'Content-Type': 'application/octet-stream' }).end(bytes)
    else if (request.url.startsWith('/small')) response.writeHead(200, headers).end('x')
    else response.writeHead(200, { ...headers, 'Content-Type': 'text/html' }).end('<!doctype html><title>shaping</title>')
  })
  new WebSocketServer({ server }).on('connection', (socket) => socket.on('message', (text) => socket.send(String(text) === 'bytes' ? bytes : String(text))))
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { url: `http://localhost:${server.address().port}/`, close: () => { server.closeAllConnections(); server.close() } }
}

/** Milliseconds for each way. Runs in the page and, as text, in a worker. */
async function measureWays(origin) {
  const timed = async (work) => {
    const start = performance.now()
    await work()
    return Math.round(performance.now() - start)
  }
  const socket = new WebSocket(origin.replace('http', 'ws'))
  socket.binaryType = 'arraybuffer'
  const answer = () => new Promise((resolve) => { socket.onmessage = resolve })
  const ways = {}
  ways['socket open'] = await timed(() => new Promise((resolve) => { socket.onopen = resolve }))
  ways['socket echo'] = await timed(() => { socket.send('echo'); return answer() })
  ways['socket 1 MB in'] = await timed(() => { socket.send('bytes'); return answer() })
  socket.close()
  await fetch(`${origin}small?warm`)
  ways['http small'] = await timed(() => fetch(`${origin}small`).then((response) => response.text()))
  ways['http 1 MB in'] = await timed(() => fetch(`${origin}bytes`).then((response) => response.arrayBuffer()))
  return ways
}

async function inWorker(page, origin) {
  const source = `onmessage = async ({ data }) => postMessage(await (${measureWays})(data))`
  return page.evaluate(([code, url]) => new Promise((resolve) => {
    const worker = new Worker(URL.createObjectURL(new Blob([code])))
    worker.onmessage = ({ data }) => resolve(data)
    worker.postMessage(url)
  }), [source, origin])
}

/** A data channel from a page without conditions to the one that is measured, descriptions carried by hand. */
async function channelWays(near, far) {
  const gathered = `const whole = (connection) => new Promise((resolve) => { connection.iceGatheringState === 'complete' ? resolve() : connection.onicegatheringstatechange = () => connection.iceGatheringState === 'complete' && resolve() })`
  const offer = await far.evaluate(`(async () => { ${gathered}
    window.connection = new RTCPeerConnection(); window.channel = connection.createDataChannel('x')
    channel.onmessage = async ({ data }) => { if (data === 'echo') return channel.send('echo')
      for (let sent = 0; sent < ${SIZE}; sent += 50000) channel.send(new Uint8Array(50000)) }
    await connection.setLocalDescription(); await whole(connection); return connection.localDescription.sdp })()`)
  const answer = await near.evaluate(`(async () => { ${gathered}
    window.connection = new RTCPeerConnection(); window.channel = new Promise((resolve) => { connection.ondatachannel = ({ channel }) => { channel.binaryType = 'arraybuffer'; channel.onopen = () => resolve(channel); if (channel.readyState === 'open') resolve(channel) } })
    await connection.setRemoteDescription({ type: 'offer', sdp: ${JSON.stringify(offer)} }); await connection.setLocalDescription(); await whole(connection); return connection.localDescription.sdp })()`)
  const start = performance.now()
  await far.evaluate((sdp) => window.connection.setRemoteDescription({ type: 'answer', sdp }), answer)
  await near.evaluate(() => window.channel.then(() => undefined))
  const opened = Math.round(performance.now() - start)
  return { 'channel open': opened, ...await near.evaluate(async (size) => {
    const channel = await window.channel
    let start = performance.now()
    const echoed = new Promise((resolve) => { channel.onmessage = resolve })
    channel.send('echo')
    await echoed
    const echo = Math.round(performance.now() - start)
    start = performance.now()
    let got = 0
    const whole = new Promise((resolve) => { channel.onmessage = ({ data }) => { got += data.byteLength; if (got >= size) resolve() } })
    channel.send('bytes')
    await whole
    return { 'channel echo': echo, 'channel 1 MB in': Math.round(performance.now() - start) }
  }, SIZE) }
}

const server = await startServer()
const far = await launchShaped({})
const rows = {}
try {
  await far.page.goto(server.url)
  for (const [name, shape] of [['free', {}], ['shaped', { network: NETWORK }]]) {
    const near = await launchShaped(shape)
    await near.page.goto(server.url)
    const ways = { ...await near.page.evaluate(measureWays, server.url), ...await channelWays(near.page, far.page) }
    for (const [way, ms] of Object.entries(await inWorker(near.page, server.url))) ways[`worker: ${way}`] = ms
    for (const [way, ms] of Object.entries(ways)) rows[way] = { ...rows[way], [name]: ms }
    await near.close()
  }
} finally {
  await far.close()
  server.close()
}
console.log(`${'ms'.padEnd(26)} ${'free'.padStart(8)} ${'shaped'.padStart(8)}    (${NETWORK.latency} ms, ${(NETWORK.downloadThroughput * 8) / 1e6} Mbit/s)`)
for (const [way, { free, shaped }] of Object.entries(rows)) console.log(`${way.padEnd(26)} ${String(free).padStart(8)} ${String(shaped).padStart(8)}`)
