// `./run demo`: serves the built voice-memo app and a tracker on this computer until it is stopped.
import { startSite } from './site.mjs'

const DEFAULT_PORT = 8484

function stop(message) {
  console.error(`demo: ${message}`)
  process.exit(2)
}

/** --port N; --lan is known and refused. */
function readArguments(args) {
  let port = DEFAULT_PORT
  for (let i = 0; i < args.length; i += 1) {
    const [name, joined] = args[i].split('=', 2)
    if (name === '--lan') stop('--lan, the demo for phones on the local network, is not built yet')
    if (name !== '--port') stop(`unknown argument ${args[i]}; there is --port N`)
    const value = joined ?? args[(i += 1)]
    port = Number(value)
    if (!/^\d+$/.test(value ?? '') || port > 65535) stop('--port wants a number from 0 to 65535')
  }
  return port
}

const site = await startSite({ port: readArguments(process.argv.slice(2)) }).catch((error) => stop(error.message))
for (const port of site.busy) console.log(`Port ${port} is busy, trying the next one.`)
console.log(`
Voice memos:  ${site.url}

Record a memo, press Share, and open the link in another browser or in a private window.
Everything stays on this computer. Ctrl+C stops.
`)
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void site.close().then(() => process.exit(0)))
