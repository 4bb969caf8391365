// The hub of a star: nginx within a device's network namespace, with one file made of zeros for whoever asks. Not a
// daemon; its files are in a folder of its own, which close() removes.
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const PROGRAMS = ['/usr/sbin/nginx', '/usr/bin/nginx']
const PORT = 8080
const START_TIMEOUT_MS = 10_000

/** Why nginx cannot be had here, or undefined. */
export const whyNoHub = () => (PROGRAMS.some((path) => existsSync(path)) ? undefined : 'nginx is missing (./run setup network installs it)')

const configuration = (folder, address) => `
daemon off;
pid ${folder}/nginx.pid;
error_log ${folder}/error.log;
user root;
worker_processes 1;
events { worker_connections 64; }
http {
  access_log off;
  sendfile on;
  tcp_nopush on;
  client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy; fastcgi_temp_path ${folder}/fastcgi; uwsgi_temp_path ${folder}/uwsgi; scgi_temp_path ${folder}/scgi;
  server {
    listen ${address}:${PORT};
    root ${folder}/files;
    add_header Access-Control-Allow-Origin *;
    add_header Cache-Control no-store;
  }
}
`

/** @param {{name: string, address: string}} device @returns {Promise<{url: string, close(): Promise<void>}>} url: of the file */
export async function startHub(device, size) {
  const folder = mkdtempSync(join(tmpdir(), 'samara-hub-'))
  mkdirSync(join(folder, 'files'))
  writeFileSync(join(folder, 'files/blob'), '')
  truncateSync(join(folder, 'files/blob'), size)
  writeFileSync(join(folder, 'nginx.conf'), configuration(folder, device.address))
  const program = PROGRAMS.find((path) => existsSync(path))
  const child = spawn('ip', ['netns', 'exec', device.name, program, '-p', folder, '-c', join(folder, 'nginx.conf')], { stdio: ['ignore', 'ignore', 'inherit'] })
  const ended = new Promise((resolve) => child.once('exit', () => resolve('ended')))
  const url = `http://${device.address}:${PORT}/blob`
  const close = async () => {
    child.kill('SIGTERM')
    await ended
    rmSync(folder, { recursive: true, force: true })
  }
  for (const end = Date.now() + START_TIMEOUT_MS; ;) {
    const state = await Promise.race([fetch(url, { method: 'HEAD' }).then(({ ok }) => ok, () => false), ended])
    if (state === true) return { url, close }
    if (state === 'ended' || Date.now() > end) {
      await close()
      throw new Error('nginx did not start')
    }
    await new Promise((resolve) => setTimeout(resolve, 30))
  }
}
