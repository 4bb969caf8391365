// Another device on the local network, made of this one: a network namespace joined by a virtual cable (veth), Chromium
// inside of it, and the authorities that a browser trusts. Removes all of it in the end, whatever happens. Needs root.
import { execFile, execFileSync, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { networkInterfaces, tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { chromium } from 'playwright-core'

const run = promisify(execFile)
const SUBNETS = 254
const ADDRESS_TIMEOUT_MS = 5_000
const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--disable-features=WebRtcHideLocalIpsWithMdns',
  '--autoplay-policy=no-user-gesture-required']
const PROGRAMS = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

let made = 0

/** Why no namespace can be made here, or undefined. */
export function whyNoNamespaces() {
  if (process.getuid?.() !== 0) return 'not root'
  const name = `smtry${process.pid}`
  const { status, error, stderr } = spawnSync('ip', ['netns', 'add', name], { encoding: 'utf8' })
  if (status !== 0) return error?.message ?? stderr.trim()
  spawnSync('ip', ['netns', 'del', name])
  return undefined
}

function freeSubnet() {
  const taken = new Set(Object.values(networkInterfaces()).flat().map((one) => one.address.split('.', 3).join('.')))
  for (let i = 0; i < SUBNETS; i += 1) {
    const subnet = `10.211.${1 + ((process.pid + made + i) % SUBNETS)}`
    if (!taken.has(subnet)) return subnet
  }
  throw new Error('every subnet of 10.211.0.0/16 is taken')
}

/** An interface that is up has its address a moment later. */
async function untilBound(address) {
  for (const end = Date.now() + ADDRESS_TIMEOUT_MS; Date.now() < end;) {
    if (Object.values(networkInterfaces()).flat().some((one) => one.address === address)) return
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  throw new Error(`the interface with ${address} did not come up`)
}

/**
 * Two ends of a cable: `hostAddress` here, `guestAddress` in the namespace `name`, the host as its router
 * (which forwards nothing) and nothing else in it.
 * @returns {Promise<{name: string, hostAddress: string, guestAddress: string, close: () => Promise<void>}>}
 */
export async function createNetwork() {
  made += 1
  const name = `sm${process.pid.toString(36)}x${made}`
  const [hostEnd, guestEnd] = [`${name}h`, `${name}g`]
  const subnet = freeSubnet()
  const [hostAddress, guestAddress] = [`${subnet}.1`, `${subnet}.2`]
  const ip = (...args) => run('ip', args)
  const remove = () => {
    const { stdout = '' } = spawnSync('ip', ['netns', 'pids', name], { encoding: 'utf8' })
    for (const pid of stdout.split('\n').filter(Boolean)) trySignal(Number(pid))
    spawnSync('ip', ['netns', 'del', name], { stdio: 'ignore' })
    spawnSync('ip', ['link', 'del', hostEnd], { stdio: 'ignore' })
  }
  process.once('exit', remove)
  try {
    await ip('netns', 'add', name)
    await ip('link', 'add', hostEnd, 'type', 'veth', 'peer', 'name', guestEnd, 'netns', name)
    await ip('addr', 'add', `${hostAddress}/24`, 'dev', hostEnd)
    for (const end of [['link', 'set', hostEnd], ['-n', name, 'link', 'set', guestEnd]]) {
      await ip(...end, 'addrgenmode', 'none') // no IPv6: an address that comes later is a changed network to Chromium
    }
    await ip('link', 'set', hostEnd, 'up')
    await ip('-n', name, 'addr', 'add', `${guestAddress}/24`, 'dev', guestEnd)
    await ip('-n', name, 'link', 'set', guestEnd, 'up')
    await ip('-n', name, 'link', 'set', 'lo', 'up')
    // Until a page may use the microphone, Chromium offers peers only the address of the default route.
    await ip('-n', name, 'route', 'add', 'default', 'via', hostAddress)
    await untilBound(hostAddress)
  } catch (error) {
    remove()
    throw error
  }
  const close = async () => {
    process.off('exit', remove)
    remove()
  }
  return { name, hostAddress, guestAddress, close }
}

/** What runs in a namespace of ours was started by us. */
function trySignal(pid) {
  try {
    process.kill(pid, 'SIGKILL')
  } catch { /* gone already */ }
}

/** A home folder whose browsers trust these authorities (PEM files) and no others of their own. */
async function makeHome(authorities) {
  const home = await mkdtemp(join(tmpdir(), 'samara-home-'))
  const database = `sql:${join(home, '.pki/nssdb')}`
  await mkdir(join(home, '.pki/nssdb'), { recursive: true })
  execFileSync('certutil', ['-N', '-d', database, '--empty-password'])
  authorities.forEach((file, index) => execFileSync('certutil', ['-A', '-d', database, '-n', `authority ${index}`, '-t', 'C,,', '-i', file]))
  return home
}

/** Chromium as a script that starts it in a namespace: playwright's pipe is inherited through it. */
async function writeStarter(home, program, namespace) {
  const file = join(home, 'chromium.sh')
  await writeFile(file, `#!/bin/sh\nexec ip netns exec ${namespace} ${program} "$@"\n`)
  await chmod(file, 0o755)
  return file
}

/**
 * A Chromium of its own, here or in a namespace, that believes the given authorities and checks certificates as always.
 * @param {{namespace?: string, authorities?: string[], permissions?: string[]}} options authorities: PEM files
 * @returns {Promise<{newPage(): Promise<import('playwright-core').Page>, close(): Promise<void>}>}
 */
export async function launchDevice({ namespace, authorities = [], permissions = [] } = {}) {
  const program = PROGRAMS.find((path) => path && existsSync(path))
  if (!program) throw new Error('no chromium: install it or set CHROMIUM')
  const home = await makeHome(authorities)
  const removeHome = () => rm(home, { recursive: true, force: true, maxRetries: 5 })
  try {
    const executablePath = namespace ? await writeStarter(home, program, namespace) : program
    const browser = await chromium.launch({ executablePath, args: FLAGS, env: { ...process.env, HOME: home } })
    const context = await browser.newContext({ permissions })
    const close = async () => {
      await browser.close()
      await removeHome()
    }
    return { context, newPage: () => context.newPage(), close }
  } catch (error) {
    await removeHome()
    throw error
  }
}
