// Owns: the public servers that are used when the app names none, and when each was last seen to answer.
// Pages on this machine (localhost, loopback) contact nothing public unless asked: see `onThisMachine`.

/** WebTorrent trackers of three operators. Last answered: not verified. */
export const TRACKERS = [
  'wss://tracker.openwebtorrent.com',
  'wss://tracker.webtorrent.dev',
  'wss://tracker.btorrent.xyz',
]

/** STUN servers of two operators. Last answered: not verified. */
export const ICE_SERVERS: RTCIceServer[] = [
  { urls: 'stun:stun.cloudflare.com:3478' },
  { urls: 'stun:stun.l.google.com:19302' },
]

/** Whether a page comes from this machine: what runs there is a test or work in progress. */
export const onThisMachine = (host: string): boolean =>
  !host || host === 'localhost' || host.endsWith('.localhost') || host.startsWith('127.') || host === '[::1]'
