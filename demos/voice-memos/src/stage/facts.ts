// What the stage has measured, as plain values, and what each of them was read from. Knows no element and no words.

/** One phone: read from its frame, its package and its page. */
export interface PhoneFacts {
  on: boolean // its frame is in the window
  loadedAt: number // when the page in it began, ms since 1970; 0: there is none
  opened: boolean // its store is open
  memos: number
  link: string // of the memo it offers, empty without one
  peers: number // connections of its shares
  sentBytes: number // to all peers so far, also to those that have gone
  deliveredBytes: number // of those, what the peers say they have checked
  verified: number // of what it receives or has received: checked bytes
  total: number // 0: not known yet
  asks: boolean // it asks before it contacts anyone
  arrived: boolean // everything that it was sent is checked and kept
  playable: boolean // the sound of it can be played
  playing: boolean
}

export const NO_PHONE: PhoneFacts = {
  on: false, loadedAt: 0, opened: false, memos: 0, link: '', peers: 0, sentBytes: 0, deliveredBytes: 0, verified: 0, total: 0,
  asks: false, arrived: false, playable: false, playing: false,
}

/** What the tracker saw; demos/site/tracker.mjs says what each event holds. */
export interface TrackerFacts {
  announces: number
  offers: number
  answers: number
  infoHashes: readonly string[]
  addresses: readonly string[]
  devices: number // sockets that are open
  log: readonly Seen[] // newest first
}

export type Seen =
  | { kind: 'open'; at: number; connection: number; address: string }
  | { kind: 'close'; at: number; connection: number }
  | { kind: 'announce'; at: number; connection: number; infoHash: string; event?: string | null; left: number | null; offers: number; addresses: readonly string[] }
  | { kind: 'answer'; at: number; connection: number; infoHash: string; addresses: readonly string[] }
  | { kind: 'server'; at: number; on: boolean }

export const NOTHING_SEEN: TrackerFacts = { announces: 0, offers: 0, answers: 0, infoHashes: [], addresses: [], devices: 0, log: [] }

/** The bytes that came in each tenth of a second, the newest first, in both directions. */
export interface LineFacts { forth: readonly number[]; back: readonly number[] }

export interface Facts {
  sender: PhoneFacts
  other: PhoneFacts
  line: LineFacts
  tracker: TrackerFacts
  server: { on: boolean; reached: boolean; since: number } // reached: the stage hears its events; since: of the switch
  moved: { forth: number; back: number } // bytes that arrived from the sender's phone, and from the other one
}

/** How far a person has come: 1…4, and 5 when everything was seen. */
export function stepOf({ sender, other, server }: Facts): number {
  if (other.arrived) return !sender.on && !server.on && isAlone({ sender, other, server }) ? 5 : 4
  if (sender.link !== '' || other.on) return 3
  return sender.memos > 0 ? 2 : 1
}

/** The other phone's page began after both were off: nothing of it came from them. */
export const isAlone = ({ sender, other, server }: Pick<Facts, 'sender' | 'other' | 'server'>): boolean =>
  !sender.on && !server.on && other.loadedAt > server.since && other.opened

const SETTLED_SAMPLES = 5

/** Everything that came has been counted: the counts of the two phones are each up to a tenth of a second old. */
export const isSettled = ({ other, line }: Facts): boolean => other.arrived && line.forth.slice(0, SETTLED_SAMPLES).every((bytes) => bytes === 0)
