// One port that speaks both http and https: the first byte of a connection tells which. Knows what a TLS record begins
// with and nothing of what the two servers answer.
import { createServer } from 'node:net'

const TLS_HANDSHAKE = 0x16 // content type of the first record of every TLS connection (RFC 8446, 5.1)
const FIRST_BYTE_TIMEOUT_MS = 10_000
const MAX_CONNECTIONS = 512

/**
 * @param {{secure: import('node:https').Server, plain: import('node:http').Server}} servers which listen on no port themselves
 * @returns {import('node:net').Server}
 */
export function twoInOne({ secure, plain }) {
  const server = createServer((socket) => {
    socket.setTimeout(FIRST_BYTE_TIMEOUT_MS, () => socket.destroy())
    socket.on('error', () => socket.destroy())
    socket.once('data', (first) => {
      socket.pause()
      socket.setTimeout(0)
      socket.removeAllListeners('timeout')
      socket.unshift(first)
      const chosen = first[0] === TLS_HANDSHAKE ? secure : plain
      chosen.emit('connection', socket)
      process.nextTick(() => socket.resume())
    })
  })
  server.maxConnections = MAX_CONNECTIONS
  return server
}
