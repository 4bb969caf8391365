// The built package as its users meet it: one text of types, the exports they name, no side effects on a server.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const js = (path) => new URL(`../../js/${path}`, import.meta.url)
const text = (path) => readFileSync(js(path), 'utf8')
const { version } = JSON.parse(text('package.json'))

test('index.d.ts is the text of src/api.ts', () => {
  assert.equal(text('dist/index.d.ts'), text('src/api.ts'))
})

test('the exports are those that the types declare', async () => {
  const declared = [...text('src/api.ts').matchAll(/^export declare (?:function|const|class) (\w+)/gm)].map((match) => match[1])
  const exported = Object.keys(await import(js('dist/index.js')))
  assert.deepEqual(exported.sort(), declared.sort())
})

test('importing it on a server touches nothing, and what needs a browser says so', async () => {
  const before = Object.keys(globalThis)
  const { open, support, inspect, destroy, version: own, SamaraError } = await import(js('dist/index.js'))
  assert.deepEqual(Object.keys(globalThis), before)
  assert.equal(own, version)
  for (const call of [open, inspect, destroy]) {
    await assert.rejects(call('magnet:?'), (error) => error instanceof SamaraError && error.code === 'unsupported')
  }
  const { share, receive, store } = await support()
  assert.deepEqual([share, receive, store], [false, false, 'memory'])
})

test('worker and wasm are named literally, for bundlers, and Emscripten names nothing', () => {
  const page = text('dist/index.js')
  assert.match(page, /new URL\("\.\/worker\.js",import\.meta\.url\)/)
  for (const file of ['samara.wasm', 'password.js', 'password.wasm']) assert.ok(page.includes(`new URL("./${file}",import.meta.url)`), file)
  for (const file of ['worker.js', 'password.js']) assert.doesNotMatch(text(`dist/${file}`), /import\.meta/)
})

/** Runs the password worker as a browser would: a task in, its one answer out. */
async function stretched(task, fetch) {
  const before = { self: globalThis.self, fetch: globalThis.fetch }
  try {
    return await new Promise(async (resolve) => {
      const scope = Object.assign(globalThis, { self: { postMessage: resolve }, fetch })
      await import(`${js('dist/password.js')}?${Math.random()}`)
      scope.self.onmessage({ data: task })
    })
  } finally {
    Object.assign(globalThis, before)
  }
}

test('Argon2id gives the bytes that libsodium 1.0.18 gives natively, and wipes the password', async () => {
  const bytes = new Uint8Array([...Array(16).keys(), ...new TextEncoder().encode('correct-horse')])
  const key = await stretched({ wasm: 'w', bytes }, async (url) => (assert.equal(url, 'w'), new Response(readFileSync(js('dist/password.wasm')))))
  assert.equal(Buffer.from(key).toString('hex'), '3da7c605979a32436f52fe2f9c7dd240e1a75dca3ccaa47eb8dd2ebc99aca0ee')
  assert.ok(bytes.every((byte) => byte === 0))
})

test('a password that is too long, or a module that cannot be loaded, is answered with nothing', async () => {
  const wasm = readFileSync(js('dist/password.wasm'))
  assert.equal(await stretched({ wasm: 'w', bytes: new Uint8Array(16 + 1025) }, async () => new Response(wasm)), undefined)
  assert.equal(await stretched({ wasm: 'w', bytes: new Uint8Array(20) }, async () => new Response('none', { status: 404 })), undefined)
  assert.equal(await stretched({ wasm: 'w', bytes: new Uint8Array(20) }, async () => { throw new TypeError('offline') }), undefined)
})

test('the password module imports nothing and says at once what memory it needs', async () => {
  const module = await WebAssembly.compile(readFileSync(js('dist/password.wasm')))
  assert.deepEqual(WebAssembly.Module.imports(module), [])
  const { exports } = await WebAssembly.instantiate(module)
  assert.equal(exports.memory.buffer.byteLength, 65 * 2 ** 20)
  assert.throws(() => exports.memory.grow(1))
})

test('nothing needs more of the content security policy than wasm-unsafe-eval', () => {
  for (const file of ['index.js', 'worker.js', 'password.js']) assert.doesNotMatch(text(`dist/${file}`), /\beval\(|new Function\(/)
})

test('every file that package.json names is there, and the lock names no host', () => {
  const { exports, types } = JSON.parse(text('package.json'))
  const files = [types, ...Object.values(exports).flatMap((value) => (typeof value === 'string' ? [value] : Object.values(value)))]
  for (const file of files) assert.ok(existsSync(js(file)), file)
  assert.doesNotMatch(text('package-lock.json'), /"resolved"|https?:/)
})

test('a strict TypeScript program that uses it compiles, its libraries checked', () => {
  const folder = fileURLToPath(new URL('../../build/js-tests/user/', import.meta.url))
  mkdirSync(folder, { recursive: true })
  writeFileSync(`${folder}user.ts`, USER)
  const options = ['--noEmit', '--strict', '--target', 'ES2022', '--module', 'es2022', '--moduleResolution', 'bundler', '--lib', 'ES2022,DOM', '--skipLibCheck', 'false']
  execFileSync(process.execPath, [fileURLToPath(js('node_modules/typescript/bin/tsc')), ...options, `${folder}user.ts`], { stdio: 'pipe', encoding: 'utf8' })
})

const USER = `
import { open, inspect, SamaraError, type Transfer, type ErrorCode } from '../../../js/dist/index.js'
async function use(blob: Blob): Promise<ErrorCode | undefined> {
  await using samara = await open({ trackers: [], log: (entry) => console.log(entry.code, entry.data.us) })
  const share = await samara.share(blob, { password: 'p', expiresAt: new Date(), onprogress: ({ hashed, total }) => console.log(hashed, total) })
  share.addEventListener('served', ({ detail }) => console.log(detail.fraction))
  const transfer: Transfer = samara.receive(share.url, { accept: async (m) => m.size < 1e9 })
  for await (const { state, reason } of transfer.progress()) console.log(state, reason?.action)
  const [link] = await inspect(share.magnet)
  await transfer.resume({ password: async (attempt) => attempt < 3 ? 'p' : undefined })
  console.log((await transfer.metadata).expiresAt?.getTime(), transfer.snapshot.item?.expiresAt?.getTime())
  console.log(link?.kind, (await transfer.done).files[0]?.type)
  try { await samara.remove('x') } catch (error) { return error instanceof SamaraError ? error.code : undefined }
}
void use
`
