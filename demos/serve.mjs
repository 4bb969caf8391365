// `./run demo`: serves the built voice-memo app and a tracker until it is stopped, on this computer alone or, with
// --lan, for the devices of the local network.
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isIPv4 } from 'node:net'
import { renderUnicodeCompact } from 'uqr'
import { startSite } from './site.mjs'
import { isPrivate } from './site/hosts.mjs'

const DEFAULT_PORT = 8484
const root = fileURLToPath(new URL('..', import.meta.url))

function stop(message) {
  console.error(`demo: ${message}`)
  process.exit(2)
}

/** --port N, --lan, --address IP (with --lan). */
function readArguments(args) {
  const options = { port: DEFAULT_PORT, lan: undefined, address: undefined }
  for (let i = 0; i < args.length; i += 1) {
    const [name, joined] = args[i].split('=', 2)
    const value = () => joined ?? args[(i += 1)]
    if (name === '--lan') options.lan = {}
    else if (name === '--port') {
      const port = value()
      if (!/^\d+$/.test(port ?? '') || Number(port) > 65535) stop('--port wants a number from 0 to 65535')
      options.port = Number(port)
    } else if (name === '--address') {
      options.address = value()
      if (!isIPv4(options.address ?? '')) stop('--address wants an IPv4 address of this computer')
    } else stop(`unknown argument ${args[i]}; there are --port N, --lan and, with it, --address IP`)
  }
  if (options.address && !options.lan) stop('--address goes with --lan')
  return { port: options.port, lan: options.lan && { address: options.address } }
}

/** Black on white whatever the terminal's colours are: cameras look for exactly that. */
function qrCode(text) {
  const lines = renderUnicodeCompact(text, { border: 2 }).split('\n')
  if (!process.stdout.isTTY) return lines.join('\n')
  return lines.map((line) => `\x1b[38;5;231;48;5;16m${line}\x1b[0m`).join('\n') // the blocks are the white modules
}

const forThisComputer = (site) => `
Voice memos:  ${site.url}

Record a memo, press Share, and open the link in another browser or in a private window.
Links made here work on this computer only. For a phone: ./run demo --lan
The same with two phones side by side: ${new URL('/stage', site.url)}
Everything stays on this computer. Ctrl+C stops.
`

function forTheNetwork({ url, lan }) {
  const { help, certificates, others } = lan
  const elsewhere = others.length === 0 ? '' : `
Other addresses of this computer: ${others.map((one) => `${one.address} (${one.name})`).join(', ')}. --address IP picks one.
`
  return `
1. On a device that is here for the first time, scan this or open ${help}
   It says how to trust this computer's certificate; that is needed once per device.

${qrCode(help)}

2. Then scan this or open the app on any device of this network, this computer too:

${qrCode(url)}

Voice memos:  ${url}
help page:    ${help}
authority: ${relative(root, certificates.file)}${certificates.isNew ? ' (new: devices that trusted an earlier one have to be told again)' : ''}
  SHA-256 ${certificates.fingerprint}
  It can speak for ${[lan.address, lan.name].filter(Boolean).join(' and ')} only, until ${certificates.validTo.toISOString().slice(0, 10)}.
${isPrivate(lan.address) ? '' : `\nCareful: ${lan.address} is not a private address. Others may reach this server from the internet.\n`}${elsewhere}
Use the same address on the computer that shares: links made under it work on every device of this network. The app asks
no server but this one. If a device cannot open the page, a firewall here or "client isolation" in the Wi-Fi may be in the way.
Ctrl+C stops.
`
}

const site = await startSite(readArguments(process.argv.slice(2))).catch((error) => stop(error.message))
for (const port of site.busy) console.log(`Port ${port} is busy, trying the next one.`)
console.log(site.lan ? forTheNetwork(site) : forThisComputer(site))
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void site.close().then(() => process.exit(0)))
