// Names and addresses of this computer: which requests are meant for us, and which address a phone nearby can reach.
// Sends nothing anywhere, and does not know what is served.
import { createSocket } from 'node:dgram'
import { hostname, networkInterfaces } from 'node:os'

/** A documentation address (RFC 5737): asking for the way to it sends no packet. */
const FAR_AWAY = { address: '198.51.100.1', port: 9 }

/** RFC 1918, link-local (RFC 3927) and shared address space (RFC 6598): not reachable from the internet. */
const PRIVATE = /^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|169\.254\.|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.)/

/** Documentation (RFC 5737) and benchmarking (RFC 2544), which virtual machines are given now and then: not reachable either. */
const UNROUTED = /^(192\.0\.2\.|198\.(18|19)\.|198\.51\.100\.|203\.0\.113\.)/

export const isPrivate = (address) => PRIVATE.test(address) || UNROUTED.test(address)
export const isLoopback = (address = '') => /^(::ffff:)?127\.|^::1$/.test(address)

/**
 * Tells whether a Host or Origin is one of these names. A page elsewhere must not reach this server under a name of its
 * own (DNS rebinding); any port is ours, since names are what a stranger can choose.
 */
export function hostCheck(names) {
  const ours = new Set(names)
  return (host = '') => ours.has(/^(\[[\da-f:]+\]|[\w.-]+)(:\d{1,5})?$/i.exec(host)?.[1].toLowerCase())
}

export const LOCAL_NAMES = ['localhost', '127.0.0.1', '[::1]']

/** `name.local`, under which many devices find this computer, or undefined when it has no plain name. */
export function localName(name = hostname()) {
  const label = name.split('.', 1)[0].toLowerCase()
  return /^(?!localhost$)[a-z\d]([a-z\d-]{0,61}[a-z\d])?$/.test(label) ? `${label}.local` : undefined
}

/** The IPv4 addresses of this computer beside loopback. */
export function ownAddresses(interfaces = networkInterfaces()) {
  return Object.entries(interfaces).flatMap(([name, list]) => (list ?? [])
    .filter((one) => one.family === 'IPv4' && !one.internal).map((one) => ({ name, address: one.address })))
}

/** The address that packets to other networks would leave from, or undefined without a default route. */
function addressOfDefaultRoute() {
  return new Promise((resolve) => {
    const socket = createSocket('udp4')
    const end = (address) => {
      socket.close()
      resolve(address)
    }
    socket.once('error', () => end(undefined))
    socket.connect(FAR_AWAY.port, FAR_AWAY.address, () => end(socket.address().address))
  })
}

/**
 * The address for the local network: the wanted one when it is ours, else the private one of the default route, else
 * any private one, else one that nobody routes. Throws a sentence that says what there is instead.
 * @returns {Promise<{address: string, others: {name: string, address: string}[]}>}
 */
export async function chooseAddress(wanted, { own = ownAddresses(), routed } = {}) {
  const list = own.map((one) => `${one.address} (${one.name})`).join(', ') || 'none'
  const rest = (address) => ({ address, others: own.filter((one) => one.address !== address) })
  if (wanted) {
    if (isLoopback(wanted) || own.some((one) => one.address === wanted)) return rest(wanted)
    throw new Error(`${wanted} is not an address of this computer; there is: ${list}`)
  }
  const first = routed ?? await addressOfDefaultRoute()
  const among = (range) => {
    const fit = own.map((one) => one.address).filter((one) => range.test(one))
    return fit.find((one) => one === first) ?? fit[0]
  }
  const address = among(PRIVATE) ?? among(UNROUTED)
  if (address) return rest(address)
  if (own.length === 0) throw new Error('this computer is in no network that a phone could join: connect it to a Wi-Fi or a cable first')
  throw new Error(`no address of this computer is private: ${list}. Others may reach it from the internet; --address IP takes it all the same`)
}
