// Static files of one folder, as a good plain host serves them: types, compression made once, validation by content,
// never a file outside the folder. What is particular to a page (its headers, what is filled in) comes from outside.
import { createHash } from 'node:crypto'
import { readdir, readFile, stat } from 'node:fs/promises'
import { extname, join, normalize, relative } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'

const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.wav': 'audio/wav',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.webp': 'image/webp',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
}

/** The others are compressed already. */
const COMPRESSED = /\.(html|js|css|json|webmanifest|svg|txt|wasm|wav)$/
const LEAST_COMPRESSED_BYTES = 512 // below it, the header costs more than it saves

/** Code and pages belong together and are asked for each time; pictures and fonts do not change under their name. */
const isLasting = (file) => /\.(woff2|png|jpg|webp|ico)$/.test(file)
const LASTING = 'public, max-age=604800'
const ASKED_EACH_TIME = 'no-cache'

const MAX_FILLED_PAGES = 16

const brotli = promisify(brotliCompress)
const gz = promisify(gzip)
const brotliOptions = { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }

/** One body with its compressed forms, each made when first asked for. */
class Body {
  #forms = new Map()

  constructor(file, bytes) {
    this.bytes = bytes
    this.type = TYPES[extname(file)] ?? 'application/octet-stream'
    this.tag = createHash('sha256').update(bytes).digest('base64url').slice(0, 22)
    this.isCompressed = COMPRESSED.test(file) && bytes.length >= LEAST_COMPRESSED_BYTES
    this.cache = isLasting(file) ? LASTING : ASKED_EACH_TIME
  }

  encodingFor(accepted = '') {
    if (!this.isCompressed) return undefined
    return ['br', 'gzip'].find((name) => new RegExp(`(^|[,\\s])${name}(?!\\s*;\\s*q=0(\\.0*)?\\s*(,|$))\\s*(;|,|$)`).test(accepted))
  }

  form(encoding) {
    if (!encoding) return Promise.resolve(this.bytes)
    if (!this.#forms.has(encoding)) {
      this.#forms.set(encoding, encoding === 'br' ? brotli(this.bytes, brotliOptions) : gz(this.bytes, { level: 9 }))
    }
    return this.#forms.get(encoding)
  }
}

/** Answers with a body, or with 304 when the browser has it. */
async function send(request, response, body, headers) {
  const encoding = body.encodingFor(request.headers['accept-encoding'])
  const tag = `"${body.tag}${encoding ? `-${encoding}` : ''}"`
  const common = { ...headers, 'Cache-Control': body.cache, ETag: tag, ...(body.isCompressed ? { Vary: 'Accept-Encoding' } : {}) }
  const known = (request.headers['if-none-match'] ?? '').split(',').map((one) => one.trim().replace(/^W\//, ''))
  if (known.includes(tag)) return response.writeHead(304, common).end()
  const bytes = await body.form(encoding)
  response.writeHead(200, { ...common, 'Content-Type': body.type, 'Content-Length': bytes.length, ...(encoding ? { 'Content-Encoding': encoding } : {}) })
  response.end(request.method === 'HEAD' ? undefined : bytes)
}

export class StaticFolder {
  #folder
  #base
  #bodies = new Map() // file → {stamp, body}
  #pages = new Map() // file and what is filled in → {stamp, body}

  /** @param {{folder: string, base: string}} where base: the path under which it is served, with both slashes */
  constructor({ folder, base }) {
    this.#folder = folder
    this.#base = base
  }

  owns(path) { return path.startsWith(this.#base) }

  /** Compresses everything before it is asked for. Nothing waits for it. */
  async warm() {
    const entries = await readdir(this.#folder, { recursive: true, withFileTypes: true })
    for (const entry of entries.filter((one) => one.isFile() && COMPRESSED.test(one.name) && !one.name.endsWith('.html'))) {
      const file = join(entry.parentPath ?? entry.path, entry.name)
      const body = await this.#body(file, await stat(file))
      await Promise.all(body.isCompressed ? [body.form('br'), body.form('gzip')] : [])
    }
  }

  /** The file for a request path, {file, found} or {redirect}, or undefined. Never one outside the folder. */
  async #locate(path) {
    let name
    try {
      name = normalize(decodeURIComponent(path.slice(this.#base.length)))
    } catch {
      return undefined
    }
    if (name.includes('\0') || name.includes('\\')) return undefined
    const file = join(this.#folder, name)
    if (relative(this.#folder, file).startsWith('..')) return undefined
    const found = await stat(file).catch(() => undefined)
    if (found?.isFile()) return { file, found }
    if (!found?.isDirectory()) return undefined
    if (!path.endsWith('/')) return { redirect: `${path}/` }
    const page = join(file, 'index.html')
    const pageFound = await stat(page).catch(() => undefined)
    return pageFound?.isFile() ? { file: page, found: pageFound } : undefined
  }

  async #body(file, found) {
    const stamp = `${found.mtimeMs} ${found.size}`
    const kept = this.#bodies.get(file)
    if (kept?.stamp === stamp) return kept.body
    const body = new Body(file, await readFile(file))
    this.#bodies.set(file, { stamp, body })
    return body
  }

  /** A page with something filled in; `variant` names what, for the next time. */
  async #page(file, found, fill, variant) {
    const stamp = `${found.mtimeMs} ${found.size}`
    const key = `${file}\n${variant}`
    const kept = this.#pages.get(key)
    if (kept?.stamp === stamp) return kept.body
    if (this.#pages.size >= MAX_FILLED_PAGES) this.#pages.clear()
    const body = new Body(file, Buffer.from(fill(await readFile(file, 'utf8'))))
    this.#pages.set(key, { stamp, body })
    return body
  }

  /**
   * Answers a GET or HEAD, or resolves false when there is no such file.
   * @param {{headers: object, fill?: (page: string) => string, variant?: string}} how
   */
  async answer(request, response, { headers, fill, variant = '' }) {
    const [path, query] = request.url.split(/\?(.*)/s)
    const found = await this.#locate(path)
    if (!found) return false
    if (found.redirect) {
      response.writeHead(301, { Location: found.redirect + (query ? `?${query}` : ''), 'Cache-Control': ASKED_EACH_TIME }).end()
      return true
    }
    const isFilled = fill && extname(found.file) === '.html'
    const body = await (isFilled ? this.#page(found.file, found.found, fill, variant) : this.#body(found.file, found.found))
    await send(request, response, body, headers)
    return true
  }
}
