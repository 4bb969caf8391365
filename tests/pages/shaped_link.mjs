// Two network namespaces with a slow link between them (shaped_link.py), and how a program runs in one of them. In the near
// one this computer's name leads to the far one's servers, over the link, so that a page there is as secure as localhost.
import { execFileSync, spawn } from 'node:child_process'
import { createServer, connect } from 'node:net'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const FAR_ADDRESS = '10.77.0.1'
const here = fileURLToPath(new URL('./', import.meta.url))
const ip = (...args) => execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'inherit'] })

/** Both namespaces and the link. @param {{delayMs: number, megabits: number}} shape delayMs: one way */
export async function makeLink({ delayMs, megabits }) {
  const near = `samara-near-${process.pid}`
  const far = `samara-far-${process.pid}`
  const folder = mkdtempSync(join(tmpdir(), 'samara-link-'))
  ip('netns', 'add', near)
  ip('netns', 'add', far)
  const shaper = spawn('python3', [`${here}shaped_link.py`, near, far, String(delayMs), String(megabits)], { stdio: ['pipe', 'pipe', 'inherit'] })
  const ended = new Promise((resolve) => shaper.once('exit', resolve))
  const close = async () => {
    shaper.stdin.end()
    await ended
    for (const name of [near, far]) ip('netns', 'del', name)
    rmSync(folder, { recursive: true, force: true })
  }
  await Promise.race([new Promise((resolve) => shaper.stdout.once('data', resolve)), ended.then(() => { throw new Error('the slow link could not be made: it needs root, ip and python3') })])
    .catch(async (error) => {
      await close()
      throw error
    })
  return { near, far, runner: runnerIn(near, folder), close }
}

/** A program that runs $PROGRAM within a namespace, for drivers that want one path. */
function runnerIn(namespace, folder) {
  const file = join(folder, `run-${namespace}`)
  writeFileSync(file, `#!/bin/sh\nexec ip netns exec ${namespace} "$PROGRAM" "$@"\n`)
  chmodSync(file, 0o755)
  return file
}

/** Hands every connection on. */
function pipeTo(host, port) {
  return createServer((socket) => {
    const other = connect(port, host)
    socket.setNoDelay(true)
    other.setNoDelay(true)
    socket.pipe(other).pipe(socket)
    for (const [one, twin] of [[socket, other], [other, socket]]) one.on('error', () => twin.destroy()).on('close', () => twin.destroy())
  })
}

const listening = (server, port, host) => new Promise((resolve, reject) => server.once('error', reject).listen(port, host, resolve))

/** In the far namespace: what listens on this computer only can be reached over the link as well. */
export async function openToLink(port) {
  const server = pipeTo('127.0.0.1', port)
  await listening(server, port, FAR_ADDRESS)
  return () => server.close()
}

/** In the near namespace: localhost:PORT is the far one's PORT. Runs until its parent lets go. */
export async function bringNear(link, ports) {
  const child = spawn('ip', ['netns', 'exec', link.near, process.execPath, fileURLToPath(import.meta.url), ...ports.map(String)], { stdio: ['pipe', 'pipe', 'inherit'] })
  const ended = new Promise((resolve) => child.once('exit', resolve))
  await Promise.race([new Promise((resolve) => child.stdout.once('data', resolve)), ended.then(() => { throw new Error('no relay in the near namespace') })])
  return async () => {
    child.stdin.end()
    await ended
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const port of process.argv.slice(2).map(Number)) {
    await listening(pipeTo(FAR_ADDRESS, port), port, '127.0.0.1')
  }
  process.stdin.on('end', () => process.exit(0)).resume()
  console.log('ready')
}
