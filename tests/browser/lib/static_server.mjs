// A static file server on loopback, as dumb as the cheapest host: correct types, no rewriting, optional extra headers.
// Knows nothing about Samara.
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { createServer } from 'node:http'
import { extname, join, normalize } from 'node:path'

const TYPES = {
  '.html': 'text/html; charset=utf-8', '.js': 'text/javascript; charset=utf-8', '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8', '.json': 'application/json', '.map': 'application/json', '.wasm': 'application/wasm',
  '.svg': 'image/svg+xml', '.png': 'image/png', '.wav': 'audio/wav', '.webm': 'audio/webm', '.txt': 'text/plain; charset=utf-8',
}

/**
 * @param {{mounts: {prefix: string, dir: string, headers?: Record<string, string>}[], port?: number}} options
 *   the longest prefix that fits a path serves it; a prefix ends in '/', or is one file's path
 * @returns {Promise<{origin: string, port: number, requests: string[], stop(): Promise<void>, start(): Promise<void>}>}
 */
export async function startStaticServer({ mounts, port = 0 }) {
  const sorted = mounts.toSorted((a, b) => b.prefix.length - a.prefix.length)
  const requests = []
  let server
  let bound = port
  const start = async () => {
    server = createServer((request, response) => {
      requests.push(request.url)
      answer(sorted, request, response).catch(() => response.destroy())
    })
    await new Promise((resolve, reject) => server.once('error', reject).listen(bound, '127.0.0.1', resolve))
    bound = server.address().port
  }
  const stop = async () => {
    if (!server.listening) return
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  await start()
  return { origin: `http://127.0.0.1:${bound}`, port: bound, requests, start, stop }
}

async function answer(mounts, request, response) {
  const found = await locate(mounts, new URL(request.url, 'http://x').pathname)
  if (!found) {
    response.writeHead(404, { 'content-type': 'text/plain' }).end('not found')
    return
  }
  response.writeHead(200, {
    'content-type': TYPES[extname(found.path)] ?? 'application/octet-stream', 'content-length': found.size,
    'cache-control': 'no-cache', ...found.headers,
  })
  if (request.method === 'HEAD') response.end()
  else createReadStream(found.path).on('error', () => response.destroy()).pipe(response)
}

async function locate(mounts, pathname) {
  const wanted = normalize(decodeURIComponent(pathname))
  const mount = mounts.find((one) => wanted.startsWith(one.prefix))
  if (!mount) return undefined
  let path = join(mount.dir, wanted.slice(mount.prefix.length))
  let info = await stat(path).catch(() => undefined)
  if (info?.isDirectory() && wanted.endsWith('/')) {
    path = join(path, 'index.html')
    info = await stat(path).catch(() => undefined)
  }
  return info?.isFile() ? { path, size: info.size, headers: mount.headers } : undefined
}
