// Every word that the app says to people, in English. Whole sentences, never put together from pieces.
import type { ErrorCode, Reason, ReasonCode, SamaraError } from 'samara-sdk'
import { formatPercent, formatSize } from './format.js'

export const WORDS = {
  appName: 'Voice memos',
  noLink: 'This page opens memos that people share. Paste a link to one here.',
  notHere: 'This memo is not on this device any more. Ask the sender for the link again.',
  saveFile: 'Save the file',
  newMemo: (number: number) => `Memo ${number}`,
  record: 'Record a memo',
  saving: 'Saving…',
  play: (title: string) => `Play ${title}`,
  pause: (title: string) => `Pause ${title}`,
  seek: (title: string) => `Position in ${title}`,
  share: 'Share',
  shared: 'Shared',
  shareMemo: (title: string) => `Share ${title}`,
  rename: (title: string) => `Rename ${title}`,
  delete: (title: string) => `Delete ${title}`,
  deleteQuestion: (title: string) => `Delete “${title}”?`,
  received: 'Received',
  copied: 'Copied. Send it to whoever should hear it.',
  copyFailed: 'The link is selected: copy it with your keyboard or the menu.',
  preparing: 'Preparing the link…',
  keepOpen: 'More devices can fetch it while this page is open.',
  cannotPlay: 'This browser cannot play this format. You can save the file and play it elsewhere.',
  microphone: {
    denied: 'The microphone is blocked for this site. Allow it in the browser’s site settings, then try again.',
    missing: 'No microphone was found. Connect one, then try again.',
    insecure: 'Recording needs a secure page (https). On this computer, use the address with “localhost”.',
    unsupported: 'This browser cannot record sound. You can still receive and play memos.',
    other: 'The microphone could not be started. Another app may be using it.',
    empty: 'Nothing was recorded. Try again.',
  },
}

/** The same beside a memo in the list, where there is little room. */
export const deliveredShort = (count: number): string => `Delivered to ${count}`

/** What the share sheet says about where the memo is. */
export const shareState = {
  'waiting': 'Waiting for someone to open the link. Keep this page open until it has arrived.',
  'serving': 'Someone is connected. Keep this page open until it has arrived.',
  'paused': 'Sharing is paused.',
  'source-needed': 'This device no longer has the recording, so it cannot be sent.',
  'expired': 'This link has expired.',
  'stopped': 'Sharing has stopped. The link no longer works from here.',
} as const

const plural = new Intl.PluralRules('en')

export function delivered(count: number): string {
  return plural.select(count) === 'one' ? 'Delivered to 1 device.' : `Delivered to ${count} devices.`
}

export function sent(bytes: number): string {
  return `${formatSize(bytes)} sent so far.`
}

export function peopleConnected(count: number): string {
  return plural.select(count) === 'one' ? 'Connected to 1 device' : `Connected to ${count} devices`
}

/** What the share page says while a memo is on its way. */
export const receiveState = {
  'starting': 'Opening the link…',
  'finding': 'Looking for the sender’s device…',
  'connecting': 'Connecting…',
  'receiving': 'Receiving…',
  'waiting': 'Waiting for the sender’s device. It will start by itself.',
  'locked': 'This memo is protected by a password.',
  'paused': 'Paused.',
  'done': 'Arrived, checked and kept on this device.',
  'failed': 'This did not work.',
  'cancelled': 'Cancelled. Nothing was kept.',
} as const

export const checked = (verified: number, total: number): string =>
  `${formatSize(verified)} of ${formatSize(total)} checked, ${formatPercent(total > 0 ? verified / total : 1)}`

export const perSecond = (bytes: number): string => `${formatSize(bytes)} per second`

/** Why nothing moves, and what helps. */
const REASONS: Record<ReasonCode, string> = {
  'offline': 'This device is offline. It goes on by itself when the network is back.',
  'trackers-unreachable': 'The meeting points on the network do not answer. It keeps trying.',
  'no-one-has-it': 'No device that has this memo is online. Ask the sender to open Voice memos; it will start by itself.',
  'sender-left': 'The sender’s device has gone. It goes on by itself when the sender comes back.',
  'cannot-connect': 'The two devices see each other but cannot connect, most likely because of a firewall. Another network may help.',
  'local-network-blocked': 'This browser blocks connections to the local network. Allow “local network” for this site in the site settings.',
  'relay-needed': 'These two networks cannot connect directly. Another network, such as a phone’s hotspot, may help.',
  'choked': 'The other device is busy sending to others. It is this one’s turn soon.',
  'paused': 'Paused.',
  'page-frozen': 'The browser had put this page to sleep. Keep it in the foreground.',
  'metered': 'Sending waits for a network that is not metered.',
  'storage-low': 'There is little space left on this device.',
  'storage-full': 'There is no space left on this device. Free some, then try again.',
  'storage-fallback': 'This browser keeps memos only while this page is open. A private window does that.',
  'source-needed': 'The sender’s device no longer has the recording.',
  'other-tab': 'Another tab of this browser does the work. Keep it open.',
  'expired': 'This link has expired. Ask the sender for a new one.',
  'revoked': 'The sender has withdrawn this link.',
}

export const reasonText = (reason: Reason): string => REASONS[reason.code] ?? REASONS['cannot-connect']

/** What went wrong, and what to do. */
const ERRORS: Record<ErrorCode, string> = {
  'aborted': 'It was stopped.',
  'bad-link': 'This is not a link to a memo. Ask the sender to copy it again, and check that it arrived whole.',
  'newer-link': 'This link needs a newer version of this app. Reload the page and try again.',
  'unsupported': 'This browser cannot do this. A current Chrome, Edge, Firefox or Safari can.',
  'insecure-context': 'This page must be opened over https to keep and share memos.',
  'password-needed': 'This memo is protected by a password.',
  'wrong-password': 'That is not the password. Try again.',
  'wrong-key': 'The key in this link does not fit. Ask the sender to copy the link again.',
  'refused': 'It was refused, and nothing was kept.',
  'too-large': 'This is larger than this app can keep.',
  'storage-full': 'There is no space left for it. Delete some memos, then try again.',
  'storage-lost': 'The browser has removed what this page had stored. Reload the page.',
  'source-changed': 'The recording changed after it was shared, so it cannot be sent.',
  'metadata-invalid': 'What the other device describes is not a proper memo, so nothing was kept.',
  'bad-share': 'What arrived is not a proper memo, so nothing was kept.',
  'newer-store': 'A newer version of this app has been used here. Reload the page to get it.',
  'expired': 'This link has expired. Ask the sender for a new one.',
  'not-found': 'This memo is not on this device any more.',
  'already-open': 'Voice memos is open in another tab of this browser. Close that tab, then try again. To see a memo travel, open the link in another browser or in a private window.',
  'closed': 'This page has put its memos away. Reload it.',
  'engine-restarted': 'Something broke and was started again. Reload the page.',
}

/** More exact words for some broken links, by the `why` that the package measured. */
const BAD_LINKS: Record<string, string> = {
  'truncated': 'This link was cut off on its way. Ask the sender to copy it again, whole.',
  'secret-in-query': 'This link carries its key where servers could read it, so it is not used. Ask the sender for a new one.',
  'bad-secret': 'The key in this link is damaged. Ask the sender to copy the link again, whole.',
  'bad-hash': 'This link is damaged. Ask the sender to copy it again.',
  'only-v2': 'This link is for a newer kind of torrent than this app can open.',
  'too-long': 'This link is too long to be a link to a memo.',
  'empty': 'There is no memo in this link. Ask the sender to copy it again.',
}

const isSamaraError = (error: unknown): error is SamaraError =>
  error instanceof Error && typeof (error as Partial<SamaraError>).code === 'string' && (error as SamaraError).code in ERRORS

export const codeOf = (error: unknown): ErrorCode | undefined => (isSamaraError(error) ? error.code : undefined)

export function errorText(error: unknown): string {
  if (!isSamaraError(error)) return 'Something went wrong. Reload the page and try again.'
  const why = error.code === 'bad-link' ? BAD_LINKS[String(error.params['why'] ?? '')] : undefined
  return why ?? ERRORS[error.code]
}
