// The shape that every language fills: every word that the app says to people. Whole sentences, never put together from
// pieces. Numbers, sizes and dates come in already written by view/format.ts. Knows nothing of states or screens beyond
// the names of their codes.
import type { ErrorCode, ReasonCode, ShareStats } from 'samara-sdk'
import type { End, MicrophoneTrouble, ScanTrouble, Trouble } from '../view/model.js'

/** What happened, and what to do about it. */
export interface Advice { title: string; what: string; todo: string }

type ReceiveLine = 'starting' | 'finding' | 'connecting' | 'receiving' | 'waiting' | 'locked' | 'paused' | 'done' | 'failed' | 'cancelled'

/** Every word of a language. */
export interface Words {
  locale: string
  dir: 'ltr' | 'rtl'
  app: { name: string; subtitle: string; home: string }
  close: string; cancel: string; retry: string; undo: string; dismiss: string
  library: {
    list: string; loading: string; today: string; yesterday: string
    emptyTitle: string; emptyText: string; sample: string
    newMemo: (number: number) => string; sampleTitle: string // titles that new memos get
    record: string; addFile: string; openLink: string; settings: string; back: string
    onTheWay: string; unnamed: string; choose: string; received: string
    incoming: (verified: string, total: string) => string
    select: string; selectOne: (title: string) => string; selected: (count: number) => string; shareSelected: (count: number) => string; together: string
    shared: string; expired: string; parts: (count: number) => string; deliveredTo: (count: number) => string; connected: (count: number) => string
  }
  memo: {
    details: string; play: (title: string) => string; pause: (title: string) => string; seek: (title: string) => string
    position: (at: string, duration: string) => string; loading: string; backTen: string; forwardTen: string
    share: string; rename: string; remove: string; save: string; send: string
    renameNamed: (title: string) => string; removeNamed: (title: string) => string
    saveNamed: (title: string) => string; sendNamed: (title: string) => string
    cannotPlay: string; cannotPlayTodo: string
    recorded: (date: string) => string; received: (date: string) => string; ends: (date: string) => string; partsLabel: string
    ended: Advice; endedDelete: string; endedDeleteNamed: (title: string) => string
  }
  recorder: {
    asking: string; askingText: string; recording: string; saving: string; stop: string; discard: string
    soundSo: (time: string) => string
  }
  microphone: Record<MicrophoneTrouble, Advice>
  rename: { title: string; label: string; save: string }
  removed: (title: string) => string
  share: {
    title: (memo: string) => string; preparing: string; promise: string; link: string; copy: string; copied: string; copyFailed: string
    send: string; stop: string; qr: string; keepOpen: string; awake: string; thisComputerOnly: string
    waiting: string; serving: string; servingTo: (count: number) => string; progress: (percent: string) => string
    speed: (bytes: string, perSecond: string) => string; delivered: (count: number) => string; more: string
    /** What holds for a link beyond that it is sealed, and how that is changed. */
    guards: {
      open: string; password: string; ends: (date: string) => string
      passwordLabel: string; passwordHint: string; endLabel: string; end: Record<End, string>; endHint: string; senderEnd: (date: string) => string
      renew: string; renewText: string; renewed: string; oldTitle: (title: string) => string
      apart: string; apartText: string; linkPart: string; keyPart: string; copyLinkPart: string; copyKeyPart: string
    }
    states: Record<Exclude<ShareStats['state'], 'waiting' | 'serving'>, string>
    stoppedText: string; again: string
    awayDelivered: (count: number) => string; awayOpened: string; awayNothing: string
    /** What the sender reads where the words for receivers would not fit. */
    own: { 'too-large': Advice; 'not-found': Advice; 'source-needed': Advice; 'storage-full': Advice }
  }
  receive: {
    someone: string; unnamed: string; opening: string
    pasteTitle: string; pasteText: string; pasteLabel: string; pastePlaceholder: string; pasteOpen: string
    sealed: string; consentSealed: string; consentLocked: string
    keyTitle: string; keyText: string; keyLabel: string; keyOpen: string; keyTroubles: Record<'bad-key' | 'wrong-key', string>
    passwordTitle: string; passwordText: string; passwordWrong: string; passwordChecking: string; passwordOpen: string
    endedTitle: string; endedText: string; endedShow: string; endedDelete: string
    consent: string; consentTitle: string; consentLead: string; consentOnce: string; accept: string; hide: string; decline: string
    sizeTitle: (size: string) => string; sizeText: (size: string) => string; saverText: (size: string) => string; sizeAccept: string
    lines: Record<ReceiveLine, string>
    checked: (verified: string, total: string, percent: string) => string
    speed: (perSecond: string) => string; secondsLeft: (time: string) => string; peers: (count: number) => string
    playEarly: string; pauseEarly: string; early: string; waveLabel: string
    arrivedNote: string; againNote: string
    declinedTitle: string; declinedText: string; cancelledTitle: string; cancelledText: string
    openLibrary: string; comeBack: string; resume: string
  }
  password: { label: string; show: string }
  scanner: { scan: string; asking: string; askingText: string; looking: string; lookingText: string; troubles: Record<ScanTrouble, Advice> }
  reasons: Record<ReasonCode, Advice>
  troubles: Record<ErrorCode | Trouble['code'], Advice>
  badLinks: Record<string, Advice>
  tooLarge: (bytes: string, limit: string) => Advice
  banners: {
    offline: Advice; full: Advice; untilClosed: Advice; update: Advice; updateNow: string; updateAfter: Advice
  }
  notes: Record<'saved-from-share' | 'imported' | 'link-known' | 'not-audio' | 'went-wrong', string>
  settings: {
    title: string
    seedingTitle: string; seedingText: string; seeding: Record<'always' | 'unmetered' | 'never', { name: string; text: string }>
    hideTitle: string; hide: string; hideText: string
    languageTitle: string; language: Record<'auto' | 'en' | 'de', string>
    storageTitle: string; used: (size: string, count: number) => string; persisted: string; notPersisted: string; persist: string
    moveTitle: string; moveText: string; exportAll: string; importFile: string
    howTitle: string; how: string; privacyTitle: string; privacy: string; version: (version: string) => string
  }
}
