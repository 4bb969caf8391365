// The words of the stage. It is a page for developers and speaks English only; the app's own words are in src/words.
import { isAlone, type Facts, type Seen } from './facts.js'

const wholeNumber = new Intl.NumberFormat('en')
const kilobytes = new Intl.NumberFormat('en', { style: 'unit', unit: 'kilobyte', minimumFractionDigits: 1, maximumFractionDigits: 1 })
const megabytes = new Intl.NumberFormat('en', { style: 'unit', unit: 'megabyte', minimumFractionDigits: 1, maximumFractionDigits: 1 })
const clock = new Intl.DateTimeFormat('en', { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' })

export function bytes(count: number): string {
  if (count < 1000) return `${wholeNumber.format(count)} bytes`
  return count < 1e6 ? kilobytes.format(count / 1000) : megabytes.format(count / 1e6)
}

export const time = (at: number): string => clock.format(at)
const short = (infoHash: string): string => `${infoHash.slice(0, 6)}…`
const counted = (count: number, one: string, many: string): string => `${wholeNumber.format(count)} ${count === 1 ? one : many}`

export const WORDS = {
  title: 'The stage',
  about: 'Two phones in one window, each with its own store. The connection and the tracker are real.',
  steps: ['Record a memo, or add the sample', 'Share it', 'Open the link on the other phone', 'Turn things off'],
  stepsLabel: 'What to do',
  sender: 'The sender',
  other: 'The other phone',
  senderFrame: 'Samara on the sender’s phone',
  otherFrame: 'Samara on the other phone',
  turnSenderOff: 'Turn the sender off',
  turnSenderOn: 'Turn the sender on',
  reload: 'Reload the other phone',
  off: 'Off',
  waits: 'Waits for a link',
  open: 'Open on the other phone',
  line: 'From phone to phone',
  lineLabel: 'Bytes of each tenth of a second, as they arrived',
  connected: 'connected',
  apart: 'not connected',
  sent: (count: number): string => `${bytes(count)} sent`,
  back: (count: number): string => `${bytes(count)} back`,
  server: 'What the tracker saw',
  turnServerOff: 'Turn the server off',
  turnServerOn: 'Turn the server on',
  serverOff: 'Off: app and tracker answer nobody.',
  serverFailed: 'The server did not answer the switch.',
  infoHash: 'Infohash',
  addresses: 'Addresses',
  messages: 'Messages',
  memo: 'The memo',
  nothingYet: 'nothing yet',
  log: 'Each message that the tracker got, newest first',
  counts: (announces: number, offers: number, answers: number): string =>
    `${counted(announces, 'announce', 'announces')} · SDP: ${counted(offers, 'offer', 'offers')}, ${counted(answers, 'answer', 'answers')}`,
  memoBytes: (count: number, total: number): string => (total > 0 ? `${bytes(count)} of ${bytes(total)}` : bytes(count)),
}

/** One line of the tracker's log. */
export function seen(event: Seen): string {
  switch (event.kind) {
    case 'open': return `device ${event.connection} connected from ${event.address}`
    case 'close': return `device ${event.connection} left`
    case 'answer': return `device ${event.connection}: SDP answer for ${short(event.infoHash)}`
    case 'server': return event.on ? 'switched on' : 'switched off'
    case 'announce': return announced(event)
  }
}

function announced(event: Extract<Seen, { kind: 'announce' }>): string {
  const what = event.event === 'stopped' ? 'leaves' : event.left === 0 ? 'has' : 'wants'
  const offers = event.offers > 0 ? `, ${counted(event.offers, 'SDP offer', 'SDP offers')}` : ''
  return `device ${event.connection} ${what} ${short(event.infoHash)}${offers}`
}

/** What still works, true to what is measured now. */
export function caption(facts: Facts): string {
  const { sender, other, server } = facts
  if (other.arrived) return captionAfter(facts)
  if (!other.on) {
    if (!server.on) return 'The server is off. Recording and listening work without it; phones that have not met cannot be introduced.'
    if (!sender.on) return 'The sender is off, and nobody else has the memo.'
    return sender.link === '' ? 'Nothing is sent before there is a link.' : 'The link is ready. It holds an infohash, the tracker’s address and the key, no sound.'
  }
  if (other.asks) return 'The other phone asks first. Until then it contacts nobody.'
  const there = other.total > 0 ? `${bytes(other.verified)} of ${bytes(other.total)} are checked and kept. ` : ''
  if (!sender.on) return `The sender is off. ${there}The other phone waits and starts by itself.`
  if (sender.peers > 0) return server.on ? 'Piece by piece, straight to the other phone, which checks each one.' : 'The server is off, and the memo goes on: the phones have met.'
  return server.on ? 'The phones are being introduced.' : 'The server is off: phones that have not met cannot be introduced. They go on when it is back.'
}

function captionAfter({ sender, other, server }: Facts): string {
  if (sender.on && server.on) return `Arrived, and every piece was checked: ${bytes(other.total)}. Now turn things off.`
  if (sender.on) {
    return sender.peers > 0 ? 'The server is off. The phones are still connected, and both have the memo.' : 'The server is off. Both phones have the memo.'
  }
  if (server.on) return 'The sender is off. The other phone has the memo, and can play it and pass it on.'
  if (!isAlone({ sender, other, server })) return 'Both are off. Reload the other phone: the app and the memo are on it.'
  if (other.playing) return 'Both are off. The other phone opened the app from its service worker and plays the memo from its store.'
  return other.playable ? 'Both are off. The other phone opened the app from its service worker and the memo from its store. Press Play.'
    : 'Both are off. The other phone opened the app from its service worker.'
}
