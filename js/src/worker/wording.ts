// Owns: how errors and reasons of the engine are put to users: the public code, and a sentence for developers (UIs use
// codes). Here and not on the page because the worker has bytes to spare.
import type { ErrorCode, ReasonCode } from '../api'
import type { ErrorData } from '../shared/messages'

const MESSAGES: Record<ErrorCode, string> = {
  aborted: 'The call was aborted.',
  'bad-link': 'The link cannot be read.',
  'newer-link': 'The link was made by a newer version of Samara.',
  unsupported: 'This is not available here.',
  'insecure-context': 'The page must be served over https or from localhost.',
  'password-needed': 'A password is needed.',
  'wrong-password': 'The password is wrong.',
  'wrong-key': 'The key in the link is wrong.',
  refused: 'The transfer was not accepted.',
  'too-large': 'It is larger than the limit.',
  'storage-full': 'There is no room left in the store.',
  'storage-lost': 'Stored bytes cannot be read or written.',
  'source-changed': 'The shared file was changed or removed.',
  'metadata-invalid': 'The torrent is malformed.',
  'bad-share': 'The share is malformed.',
  'newer-store': 'The store was written by a newer version of Samara.',
  expired: 'It has expired.',
  'not-found': 'There is nothing with this id.',
  'already-open': 'The store is open in another tab, or here with other options.',
  closed: 'Samara is closed.',
  'engine-restarted': 'The engine had to be restarted.',
}

const REASONS: Record<ReasonCode, string> = {
  offline: 'This device is offline.',
  'trackers-unreachable': 'No tracker can be reached.',
  'no-one-has-it': 'Nobody who has it is online.',
  'sender-left': 'The sender left.',
  'cannot-connect': 'No direct connection can be made.',
  'local-network-blocked': 'The browser does not allow connections to the local network.',
  'relay-needed': 'These networks need a TURN relay.',
  choked: 'The other side is busy with others.',
  paused: 'It is paused.',
  'page-frozen': 'The browser froze this page.',
  metered: 'This connection is metered.',
  'storage-low': 'Storage is nearly full.',
  'storage-full': 'Storage is full.',
  'storage-fallback': 'Nothing is kept after this page closes.',
  'source-needed': 'The shared file must be chosen again.',
  'other-tab': 'Another tab does the work.',
  expired: 'It has expired.',
  revoked: 'It was withdrawn.',
}

export const reasonMessage = (code: string): string => REASONS[code as ReasonCode] ?? code

/** An error of the engine as users see it. Codes that are not public become the public one they are a case of, with `why`. */
export function publicError(code: string, params: ErrorData['params']): ErrorData {
  if (Object.hasOwn(MESSAGES, code)) return { code: code as ErrorCode, message: MESSAGES[code as ErrorCode], params }
  const cause: ErrorCode = /^(bencode|metainfo|metadata)/.test(code) ? 'metadata-invalid' : /^(store|journal)/.test(code) ? 'storage-lost' : 'unsupported'
  return { code: cause, message: MESSAGES[cause], params: { why: code, ...params } }
}
