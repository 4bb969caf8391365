// A local network made of this computer: one network namespace per device, all of them on one bridge, whose address is this
// computer's own end. Uplinks can be held to a rate (tc tbf), pairs can be made deaf to each other. Knows nothing of browsers.
// Everything is removed by close(), and when the process ends without it. Needs root, ip and tc.
import { execFile, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import { promisify } from 'node:util'

const run = promisify(execFile)
const SUBNETS = 254
const MAX_DEVICES = 200
const ADDRESS_TIMEOUT_MS = 5_000
const BURST = '16kb' // eleven full packets at once: tc's timer does not wake for each
const QUEUE = '100ms' // what a router keeps of packets that wait for the line
const TICKS_PER_SECOND = 100 // Linux counts them so for everybody
const NOWHERE = '02:00:00:00:00:01' // nobody's hardware address: the bridge carries such a frame to everybody, and nobody takes it

let made = 0

/** Why no network can be made here, or undefined. */
export function whyNoSegment() {
  if (process.getuid?.() !== 0) return 'network namespaces need root'
  for (const [program, args] of [['ip', ['-V']], ['tc', ['-V']]]) {
    if (spawnSync(program, args).status !== 0) return `${program} is missing (./run setup network installs it)`
  }
  const name = `smtry${process.pid.toString(36)}`
  const tried = [['ip', 'netns', 'add', name], ['ip', '-n', name, 'link', 'add', 'br0', 'type', 'bridge'],
    ['ip', '-n', name, 'link', 'add', 'v0', 'type', 'veth', 'peer', 'name', 'v1'],
    ['tc', '-n', name, 'qdisc', 'add', 'dev', 'v0', 'root', 'tbf', 'rate', '1mbit', 'burst', BURST, 'latency', QUEUE]]
    .map(([program, ...args]) => ({ args, ...spawnSync(program, args, { encoding: 'utf8' }) })).find(({ status }) => status !== 0)
  spawnSync('ip', ['netns', 'del', name])
  return tried && `${tried.args.join(' ')}: ${tried.error?.message ?? tried.stderr.trim()}`
}

const ownAddresses = () => Object.values(networkInterfaces()).flat().map((one) => one.address)

function freeSubnet() {
  const taken = new Set(ownAddresses().map((address) => address.split('.', 3).join('.')))
  for (let i = 0; i < SUBNETS; i += 1) {
    const subnet = `10.213.${1 + ((process.pid + made + i) % SUBNETS)}`
    if (!taken.has(subnet)) return subnet
  }
  throw new Error('every subnet of 10.213.0.0/16 is taken')
}

/** A bridge that is up has its address a moment later. */
async function untilBound(address) {
  for (const end = Date.now() + ADDRESS_TIMEOUT_MS; Date.now() < end;) {
    if (ownAddresses().includes(address)) return
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  throw new Error(`the bridge with ${address} did not come up`)
}

const pidsIn = (namespace) => (spawnSync('ip', ['netns', 'pids', namespace], { encoding: 'utf8' }).stdout ?? '').split('\n').filter(Boolean).map(Number)

/** What runs in a namespace of ours was started by us. */
function endAllIn(namespace) {
  for (const pid of pidsIn(namespace)) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch { /* gone already */ }
  }
}

/** Joins one device to the bridge: address, default route (without one Chromium offers peers no address), nothing of IPv6. */
async function addDevice(bridge, { name, end, address }, router) {
  const within = (...args) => run('ip', ['-n', name, ...args])
  await run('ip', ['netns', 'add', name])
  await run('ip', ['link', 'add', end, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', name])
  await run('ip', ['link', 'set', end, 'addrgenmode', 'none'])
  await within('link', 'set', 'eth0', 'addrgenmode', 'none') // an address that comes later is a changed network to Chromium
  await run('ip', ['link', 'set', end, 'master', bridge, 'up'])
  await within('addr', 'add', `${address}/24`, 'dev', 'eth0')
  await within('link', 'set', 'eth0', 'up')
  await within('link', 'set', 'lo', 'up')
  await within('route', 'add', 'default', 'via', router)
}

/**
 * @typedef {{name: string, end: string, address: string}} Device name: its namespace; end: its cable's end at the bridge
 * @param {number} count
 * @returns {Promise<Segment>}
 */
export async function createSegment(count) {
  if (count > MAX_DEVICES) throw new Error(`${count} devices: ${MAX_DEVICES} at most`)
  made += 1
  const prefix = `sm${process.pid.toString(36)}${made > 1 ? `x${made}` : ''}`
  const segment = new Segment(`${prefix}b`, freeSubnet(), Array.from({ length: count }, (_, at) => `${prefix}d${at}`))
  process.once('exit', segment.remove)
  try {
    await segment.make()
  } catch (error) {
    await segment.close()
    throw error
  }
  return segment
}

class Segment {
  #bridge

  constructor(bridge, subnet, names) {
    this.#bridge = bridge
    this.address = `${subnet}.254` // this computer's own
    this.devices = names.map((name, at) => ({ name, end: `${name}e`, address: `${subnet}.${1 + at}` }))
  }

  async make() {
    await run('ip', ['link', 'add', this.#bridge, 'type', 'bridge'])
    await run('ip', ['link', 'set', this.#bridge, 'addrgenmode', 'none'])
    await run('ip', ['addr', 'add', `${this.address}/24`, 'dev', this.#bridge])
    await run('ip', ['link', 'set', this.#bridge, 'up'])
    for (const device of this.devices) await addDevice(this.#bridge, device, this.address)
    await untilBound(this.address)
  }

  /** What a device sends, headers included, leaves at this rate. @param {number} megabits per second; 0: as fast as it goes */
  async holdUplink(device, megabits) {
    await run('tc', ['-n', device.name, 'qdisc', 'del', 'dev', 'eth0', 'root']).catch(() => {}) // there may be none
    if (megabits === 0) return
    await run('tc', ['-n', device.name, 'qdisc', 'add', 'dev', 'eth0', 'root', 'tbf', 'rate', `${megabits}mbit`, 'burst', BURST, 'latency', QUEUE])
  }

  /** Bytes that a device has sent since it was made, headers included. */
  async sentBytes(device) {
    const { stdout } = await run('ip', ['-n', device.name, '-s', '-j', 'link', 'show', 'dev', 'eth0'])
    return JSON.parse(stdout)[0].stats64.tx.bytes
  }

  /** Seconds of processor that everything which runs on the devices has used so far. */
  processorSeconds() {
    const ticks = this.devices.flatMap(({ name }) => pidsIn(name)).map((pid) => {
      try {
        const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ') // from the third one on: state
        return Number(fields[11]) + Number(fields[12]) // utime, stime
      } catch { // ended meanwhile
        return 0
      }
    })
    return ticks.reduce((a, b) => a + b, 0) / TICKS_PER_SECOND
  }

  /** From now on every packet between two devices is lost, both ways, and neither is told. */
  async cut(a, b) {
    for (const [from, to] of [[a, b], [b, a]]) {
      await run('ip', ['-n', from.name, 'neigh', 'replace', to.address, 'lladdr', NOWHERE, 'dev', 'eth0', 'nud', 'permanent'])
    }
  }

  remove = () => {
    for (const { name, end } of this.devices) {
      endAllIn(name)
      spawnSync('ip', ['netns', 'del', name], { stdio: 'ignore' })
      spawnSync('ip', ['link', 'del', end], { stdio: 'ignore' })
    }
    spawnSync('ip', ['link', 'del', this.#bridge], { stdio: 'ignore' })
  }

  async close() {
    process.off('exit', this.remove)
    this.remove()
  }
}
