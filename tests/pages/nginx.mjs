// An nginx of its own, for this computer only: the built app under its path and one sound file beside it. No daemon, its
// files under build/nginx/, ended with close().
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../', import.meta.url))
const APP_PATH = '/voice-memos/'
const AUDIO_PATH = `${APP_PATH}memo-from-nginx`
const START_TIMEOUT_MS = 10_000

const configuration = (prefix, port, type) => `
daemon off;
pid ${prefix}/nginx.pid;
error_log ${prefix}/error.log;
${process.getuid?.() === 0 ? 'user root;' : ''}
worker_processes 1;
events { worker_connections 256; }
http {
  types { text/html html; text/javascript js; text/css css; image/svg+xml svg; image/png png; font/woff2 woff2; application/wasm wasm; application/manifest+json webmanifest; }
  default_type application/octet-stream;
  access_log off;
  sendfile on;
  tcp_nopush on;
  gzip on;
  gzip_comp_level 6;
  gzip_types text/javascript text/css application/wasm image/svg+xml application/manifest+json;
  client_body_temp_path ${prefix}/body; proxy_temp_path ${prefix}/proxy; fastcgi_temp_path ${prefix}/fastcgi; uwsgi_temp_path ${prefix}/uwsgi; scgi_temp_path ${prefix}/scgi;
  server {
    listen 127.0.0.1:${port};
    location ${APP_PATH} { alias ${root}demos/voice-memos/dist/; index index.html; add_header Cache-Control no-cache; }
    location = ${AUDIO_PATH} { alias ${prefix}/audio; types { } default_type "${type}"; add_header Cache-Control no-store; }
  }
}
`

const freePort = () => new Promise((resolve) => {
  const server = createServer().listen(0, '127.0.0.1', () => {
    const { port } = server.address()
    server.close(() => resolve(port))
  })
})

async function untilAnswers(url, ended) {
  for (const end = Date.now() + START_TIMEOUT_MS; Date.now() < end;) {
    const ok = await Promise.race([fetch(url).then((response) => response.ok, () => false), ended])
    if (ok === true) return
    if (ok !== false) throw new Error('nginx ended')
    await new Promise((resolve) => setTimeout(resolve, 30))
  }
  throw new Error('nginx does not answer')
}

/** @param {{audio: Buffer, type: string}} file @returns {Promise<{origin: string, port: number, audioPath: string, close(): Promise<void>}>} */
export async function startNginx({ audio, type }) {
  const program = ['/usr/sbin/nginx', '/usr/bin/nginx'].find((path) => existsSync(path))
  if (!program) throw new Error('no nginx found')
  const prefix = join(root, `build/nginx/${process.pid}`)
  mkdirSync(prefix, { recursive: true })
  const port = await freePort()
  writeFileSync(join(prefix, 'audio'), audio)
  writeFileSync(join(prefix, 'nginx.conf'), configuration(prefix, port, type.replaceAll('"', '')))
  const checked = spawnSync(program, ['-t', '-p', prefix, '-c', join(prefix, 'nginx.conf')], { encoding: 'utf8' })
  if (checked.status !== 0) throw new Error(checked.stderr)
  const child = spawn(program, ['-p', prefix, '-c', join(prefix, 'nginx.conf')], { stdio: ['ignore', 'ignore', 'inherit'] })
  const ended = new Promise((resolve) => child.once('exit', resolve))
  const origin = `http://localhost:${port}`
  const close = async () => {
    child.kill('SIGQUIT')
    await ended
    rmSync(prefix, { recursive: true, force: true })
  }
  try {
    await untilAnswers(`${origin}${AUDIO_PATH}`, ended)
  } catch (error) {
    await close()
    throw error
  }
  return { origin, port, audioPath: AUDIO_PATH, close }
}
