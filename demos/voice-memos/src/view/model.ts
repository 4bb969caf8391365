// What the app shows: one plain state, and the actions a person can take. Views are pure functions of it, controllers
// (src/app) make it out of what the package measured, the contact sheet (src/gallery) makes it up. Knows no DOM, no package.
import type { ErrorCode, Progress, ReasonCode, ShareStats } from 'samara-sdk'

/** One memo of the library. `peaks` are measured from decoded sound (view/wave.ts), absent where nothing could be decoded. */
export interface Memo {
  id: string
  title: string
  type: string // exact media type, with codecs where known
  bytes: number
  at: Date
  durationSeconds?: number
  peaks?: readonly number[]
  origin: 'saved' | 'received'
  playable: boolean // what canPlayType said; of several sounds, whether one of them can
  receivedAt?: Date // `at` is when it was recorded, where the sender said that
  ends?: { at: Date; over: boolean } // the sender's end for it: it is not passed on after that
  parts?: readonly Part[] // several sounds under one link, in their order
  share?: { state: ShareStats['state']; delivered: number; peers: number }
}

/** One of several sounds. */
export interface Part { title: string; playable: boolean; durationSeconds?: number }

/** What the sender says of a memo, known before it is here. A stranger's words, read with care. */
export interface About { at?: Date; durationSeconds?: number; peaks?: readonly number[]; ends?: Date; parts?: number }

/** A memo that is on its way, as a row of the library. */
export interface Incoming { id: string; title?: string; total?: number; verified: number; have: Progress['have']; state: Progress['state']; reason?: ReasonCode }

/** The one sound that plays or stands still in the middle. */
export interface Player { memoId: string; part: number; state: 'loading' | 'playing' | 'paused'; at: number; duration: number }

export type MicrophoneTrouble = 'denied' | 'missing' | 'insecure' | 'unsupported' | 'busy' | 'empty'
export type Recorder =
  | { step: 'off' }
  | { step: 'asking' } // the browser asks for the microphone
  | { step: 'recording'; levels: readonly number[]; seconds: number } // loudest sample of each tenth of a second, 0…1, oldest first
  | { step: 'saving' }
  | { step: 'failed'; why: MicrophoneTrouble }

/** What went wrong. The words for it are in src/words. Codes that are not the package's are measured by the app. */
export interface Trouble { code: ErrorCode | 'no-webrtc' | 'other-app' | 'not-here' | 'unknown'; why?: string; bytes?: number; limit?: number }

/** What happened to a share while its page was hidden or asleep; shown on return. */
export interface Away { opened: boolean; delivered: number }

/** When a link ends, from the moment on at which it is made. */
export type End = 'none' | 'hour' | 'day' | 'week'

/** What holds for a link beyond that it is sealed. */
export interface Guards {
  password: boolean
  end: End // as it was chosen
  ends?: Date
  title?: string // what the link says, where the memo has another title by now
}

export interface ShareSheet {
  memo: Memo
  step: 'preparing' | 'ready' | 'failed'
  link: string // empty until ready
  code: string // a shorter one for the QR code, which is then easier to scan; it has neither name nor size
  state: ShareStats['state']
  peers: number
  delivered: number
  fraction: number // of the receiver who has most of it and not all, 0…1; the peer's own have messages
  sentBytes: number
  bytesPerSecond: number
  parts: { link: string; key: string } // the link without its key, and the key
  guards: Guards
  options: boolean // are the link's options open
  renewed: boolean // a new link took the place of one a moment ago
  copied: 'no' | 'yes' | 'failed' | 'link' | 'key' // the last two: one of the parts
  canSend: boolean // navigator.share
  thisComputerOnly: boolean // the link has this computer's own name in it
  awake: boolean // a screen wake lock is held
  reason?: ReasonCode
  trouble?: Trouble
  away?: Away
}

export type Receive =
  | { step: 'paste'; trouble?: Trouble } // no link: a box to paste one
  | { step: 'key'; trouble?: 'bad-key' | 'wrong-key' } // a link that came without its key, or was cut in it
  | { step: 'opening' }
  | { step: 'consent'; title?: string; bytes?: number; canHide: boolean; sealed: boolean; locked: boolean } // once per device; nobody is contacted yet
  | { step: 'size'; title?: string; bytes: number; saver: boolean; sealed: boolean; about: About } // over 10 MiB, or data saver on
  | { step: 'password'; why: 'needed' | 'wrong' | 'checking' } // it is there and cannot be opened without one
  | { step: 'ended'; memo: Memo } // its link has expired, and the memo is still on this device
  | { step: 'moving'; sealed: boolean; about: About; state: Progress['state']; title?: string; total?: number; verified: number; have: Progress['have']
      bytesPerSecond: number; secondsLeft?: number; peers: number; reason?: ReasonCode
      early: 'no' | 'ready' | 'playing' | 'paused'; at: number; duration?: number } // early: can it be heard while it arrives
  | { step: 'arrived'; memo: Memo; again: boolean } // again: it was here already
  | { step: 'declined' } // Not now: the link is kept
  | { step: 'cancelled' }
  | { step: 'failed'; trouble: Trouble }

/** The camera looking for a QR code. */
export type ScanTrouble = 'denied' | 'missing' | 'busy'
export type Scanner = { step: 'asking' } | { step: 'looking' } | { step: 'failed'; why: ScanTrouble }

export interface Settings {
  seeding: 'always' | 'unmetered' | 'never'
  hideAddress: boolean
  language: 'auto' | 'en' | 'de'
}

export type Screen = 'library' | 'receive' | 'settings'

export interface App {
  screen: Screen
  wide: boolean // room for list and memo side by side
  ready: boolean // the store is open
  trouble?: Trouble // it could not be opened
  memos: readonly Memo[] // newest first
  incoming: readonly Incoming[]
  bundles: readonly Memo[] // several memos under one link
  selection?: readonly string[] // memos are being chosen
  open?: string // the memo whose waveform and actions are shown
  player?: Player
  recorder: Recorder
  receive: Receive
  canScan: boolean // this browser reads QR codes
  scanner?: Scanner
  share?: ShareSheet
  renaming?: { id: string; title: string }
  undo?: { title: string } // a memo was deleted a moment ago
  note?: 'saved-from-share' | 'imported' | 'link-known' | 'not-audio' | 'went-wrong' // a passing remark
  online: boolean
  storage: 'kept' | 'full' | 'until-closed'
  persisted: boolean
  usedBytes: number
  update: 'none' | 'ready' | 'after-transfer' // a newer version waits; after-transfer: it will not interrupt
  canRelay: boolean // a TURN server is configured
  settings: Settings
  version?: string // of the package, for the settings screen
}

/** Everything a person can do. Synchronous where a browser wants it within the click. */
export interface Actions {
  go(screen: Screen): void
  record(): void; stopRecording(): void; discardRecording(): void; dismissRecorder(): void
  addSample(): void; addFiles(files: readonly File[]): void
  openMemo(id: string | undefined): void
  toggle(id: string, part?: number): void; seek(id: string, fraction: number): void
  select(on: boolean): void; toggleSelected(id: string): void; shareSelected(): void
  askRename(id: string): void; rename(id: string, title: string): void; closeRename(): void
  remove(id: string): void; undoRemove(): void
  share(id: string): void; copyLink(): void; sendLink(): void; stopSharing(): void; closeShare(): void
  showShareOptions(shown: boolean): void; renewLink(options: { password: string; end: End }): void; copyPart(part: 'link' | 'key'): void
  saveFile(id: string): void; sendFile(id: string): void // to this device's files; to another app
  openLink(text: string): void // pasted or scanned
  scan(): void; closeScanner(): void
  openKey(text: string): void // the key of a link that came without it
  tryPassword(text: string): void
  showEnded(): void // the memo whose link has expired
  accept(hidden: boolean): void; decline(): void // of consent and of size
  toggleEarly(): void // play what is arriving
  cancelReceive(): void; retry(): void; openIncoming(id: string): void
  persist(): void; exportAll(): void; importFile(file: File): void; setSettings(change: Partial<Settings>): void
  applyUpdate(): void; dismissNote(): void
}
