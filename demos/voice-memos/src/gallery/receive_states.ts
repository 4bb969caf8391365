// The states of receiving a memo, made up for the contact sheet. Record types check that no step, reason or code is missing.
import type { ReasonCode } from 'samara-sdk'
import type { About, App, Receive, Scanner, ScanTrouble, Trouble } from '../view/model.js'
import { appWith, filledApp, memo, NOW, peaksFrom, rangesOf, severalSounds, TITLES, TOMORROW, YESTERDAY } from './material.js'
import type { Group } from './states.js'

type Moving = Extract<Receive, { step: 'moving' }>
const TOTAL = 412_000
const TITLE = 'Lullaby for Ida'

const app = (receive: Receive, change: Partial<App> = {}): App => appWith({ screen: 'receive', receive, ...change })

/** What the sender says of it, once the first piece is here. */
const ABOUT: About = { at: YESTERDAY, durationSeconds: 8.1, peaks: peaksFrom(31) }

type Consent = Extract<Receive, { step: 'consent' }>
type Size = Extract<Receive, { step: 'size' }>
const consent = (change: Partial<Consent> = {}, more: Partial<App> = {}): App => app({ step: 'consent', canHide: false, sealed: true, locked: false, bytes: TOTAL, ...change }, more)
/** A link that is not sealed says what it is called. */
const openConsent = (title: string, change: Partial<Consent> = {}, more: Partial<App> = {}): App => consent({ title, sealed: false, ...change }, more)
const size = (change: Partial<Size> = {}): App => app({ step: 'size', title: TITLE, bytes: 38_400_000, saver: false, sealed: true, about: { ...ABOUT, durationSeconds: 754 }, ...change })

/** On its way, with this share of its pieces verified. */
function moving(state: Moving['state'], share: number, change: Partial<Moving> = {}): App {
  return app({
    step: 'moving', sealed: true, about: share > 0 ? ABOUT : {}, state, ...(share > 0 ? { title: TITLE } : {}), total: TOTAL, ...rangesOf(TOTAL, share, 23), bytesPerSecond: 0, peers: 0, early: 'no', at: 0, ...change,
  })
}

const PROGRESS: Record<Moving['state'], App> = {
  'starting': app({ step: 'moving', sealed: true, about: {}, state: 'starting', verified: 0, have: [], bytesPerSecond: 0, peers: 0, early: 'no', at: 0 }),
  'finding': moving('finding', 0),
  'connecting': moving('connecting', 0, { peers: 1 }),
  'receiving': moving('receiving', 0.45, { peers: 1, bytesPerSecond: 84_000, secondsLeft: 3 }),
  'waiting': moving('waiting', 0, { reason: 'no-one-has-it' }),
  'locked': moving('locked', 0.1),
  'paused': moving('paused', 0.6, { reason: 'paused' }),
  'done': moving('done', 1.1),
  'failed': moving('failed', 0.4),
  'cancelled': moving('cancelled', 0.4),
}

/** Where each reason is met: with nothing yet, or in the middle. */
const REASONS: Record<ReasonCode, App> = {
  'offline': moving('waiting', 0.4, { reason: 'offline' }),
  'trackers-unreachable': moving('waiting', 0, { reason: 'trackers-unreachable' }),
  'no-one-has-it': moving('waiting', 0, { reason: 'no-one-has-it' }),
  'sender-left': moving('waiting', 0.7, { reason: 'sender-left' }),
  'cannot-connect': moving('waiting', 0, { reason: 'cannot-connect' }),
  'local-network-blocked': moving('waiting', 0, { reason: 'local-network-blocked' }),
  'relay-needed': moving('waiting', 0, { reason: 'relay-needed' }),
  'choked': moving('waiting', 0.2, { reason: 'choked', peers: 1 }),
  'paused': moving('paused', 0.3, { reason: 'paused' }),
  'page-frozen': moving('waiting', 0.3, { reason: 'page-frozen' }),
  'metered': moving('waiting', 0.3, { reason: 'metered' }),
  'storage-low': moving('receiving', 0.3, { reason: 'storage-low', peers: 1, bytesPerSecond: 40_000, secondsLeft: 8 }),
  'storage-full': moving('waiting', 0.3, { reason: 'storage-full' }),
  'storage-fallback': moving('receiving', 0.3, { reason: 'storage-fallback', peers: 1, bytesPerSecond: 40_000, secondsLeft: 8 }),
  'source-needed': moving('waiting', 0.3, { reason: 'source-needed' }),
  'other-tab': moving('waiting', 0.3, { reason: 'other-tab' }),
  'expired': moving('waiting', 0, { reason: 'expired' }),
  'revoked': moving('waiting', 0.3, { reason: 'revoked' }),
}

/** One trouble of each kind, with what is measured about it. */
export const TROUBLES: Record<Trouble['code'], Trouble> = {
  'aborted': { code: 'aborted' },
  'bad-link': { code: 'bad-link' },
  'newer-link': { code: 'newer-link', why: 'newer-form' },
  'unsupported': { code: 'unsupported' },
  'insecure-context': { code: 'insecure-context' },
  'password-needed': { code: 'password-needed' },
  'wrong-password': { code: 'wrong-password' },
  'wrong-key': { code: 'wrong-key' },
  'refused': { code: 'refused' },
  'too-large': { code: 'too-large', bytes: 12_884_901_888, limit: 67_108_864 },
  'storage-full': { code: 'storage-full' },
  'storage-lost': { code: 'storage-lost' },
  'source-changed': { code: 'source-changed' },
  'metadata-invalid': { code: 'metadata-invalid' },
  'bad-share': { code: 'bad-share' },
  'newer-store': { code: 'newer-store' },
  'expired': { code: 'expired' },
  'not-found': { code: 'not-found' },
  'already-open': { code: 'already-open' },
  'closed': { code: 'closed' },
  'engine-restarted': { code: 'engine-restarted' },
  'no-webrtc': { code: 'no-webrtc' },
  'other-app': { code: 'other-app' },
  'not-here': { code: 'not-here' },
  'unknown': { code: 'unknown' },
}

/** `why` of a bad link, as the link parser names them; a test compares this list with the parser's. */
export const LINK_WHYS = ['empty', 'not-a-link', 'no-hash', 'bad-hash', 'only-v2', 'truncated', 'bad-secret', 'secret-in-query', 'bad-trackers',
  'bad-flags', 'too-many-seeds'] as const

const arrived = memo(2, { title: TITLE, origin: 'received', receivedAt: NOW })
const unmeasured = { ...arrived, peaks: undefined, durationSeconds: undefined }

const STEPS: Record<Exclude<Receive['step'], 'moving' | 'failed'>, Record<string, App>> = {
  'paste': {
    'receive-paste': app({ step: 'paste' }),
    'receive-paste-bad': app({ step: 'paste', trouble: { code: 'bad-link', why: 'not-a-link' } }),
    'receive-paste-other-app': app({ step: 'paste', trouble: { code: 'other-app' } }),
  },
  'opening': { 'receive-opening': app({ step: 'opening' }), 'receive-opening-app': app({ step: 'opening' }, { ready: false }) },
  'key': {
    'receive-key': app({ step: 'key' }),
    'receive-key-bad': app({ step: 'key', trouble: 'bad-key' }),
    'receive-key-wrong': app({ step: 'key', trouble: 'wrong-key' }),
  },
  'password': {
    'password-needed': app({ step: 'password', why: 'needed' }),
    'password-checking': app({ step: 'password', why: 'checking' }),
    'password-wrong': app({ step: 'password', why: 'wrong' }),
  },
  'ended': {
    'ended': app({ step: 'ended', memo: { ...arrived, ends: { at: YESTERDAY, over: true } } }),
    'ended-long-title': app({ step: 'ended', memo: { ...memo(4), ends: { at: YESTERDAY, over: true } } }),
  },
  'consent': {
    'consent': consent(),
    'consent-locked': consent({ locked: true }),
    'consent-unsized': consent({ bytes: undefined }),
    'consent-relay': consent({ canHide: true }, { canRelay: true }),
    'consent-offline': consent({}, { online: false }),
    'consent-open': openConsent(TITLE),
    'consent-open-unnamed': consent({ sealed: false, bytes: undefined }),
    'consent-long-title': openConsent(TITLES.long, { bytes: 5_200_000, canHide: true }, { canRelay: true }),
    'consent-code-title': openConsent(TITLES.code),
    'consent-arabic-title': openConsent(TITLES.arabic),
  },
  'size': {
    'size': size(),
    'size-ends': size({ about: { ...ABOUT, ends: TOMORROW, parts: 4 } }),
    'size-sealed-before': size({ title: undefined, about: {} }),
    'size-open': size({ title: TITLES.dunes, sealed: false, about: {} }),
    'size-unnamed': size({ title: undefined, sealed: false, about: {} }),
    'size-saver': size({ bytes: TOTAL, saver: true }),
    'size-unbroken-title': size({ title: TITLES.unbroken, bytes: 61_400_000 }),
  },
  'arrived': {
    'arrived': app({ step: 'arrived', memo: arrived, again: false }, { memos: [arrived] }),
    'arrived-playing': app({ step: 'arrived', memo: arrived, again: false }, { memos: [arrived], player: { memoId: arrived.id, part: 0, state: 'playing', at: 3.1, duration: 8.1 } }),
    'arrived-again': app({ step: 'arrived', memo: arrived, again: true }, { memos: [arrived] }),
    'arrived-unplayable': app({ step: 'arrived', memo: { ...arrived, playable: false }, again: false }, { memos: [{ ...arrived, playable: false }] }),
    'arrived-not-audio': app({ step: 'arrived', memo: { ...unmeasured, title: 'holiday.pdf', type: 'application/pdf', playable: false }, again: false }),
    'arrived-ends': app({ step: 'arrived', memo: { ...arrived, ends: { at: TOMORROW, over: false } }, again: false }),
    'arrived-expired': app({ step: 'arrived', memo: { ...arrived, ends: { at: YESTERDAY, over: true } }, again: true }),
    'arrived-several': app({ step: 'arrived', memo: severalSounds({ receivedAt: NOW }), again: false }),
    'arrived-long-title': app({ step: 'arrived', memo: memo(4), again: false }, { memos: [memo(4)] }),
    'arrived-unmeasured': app({ step: 'arrived', memo: unmeasured, again: false }),
  },
  'declined': { 'declined': app({ step: 'declined' }) },
  'cancelled': { 'cancelled': app({ step: 'cancelled' }) },
}

const EARLY: Record<Exclude<Moving['early'], 'no'>, App> = {
  'ready': moving('receiving', 0.4, { early: 'ready', peers: 1, bytesPerSecond: 52_000, secondsLeft: 5, duration: 64 }),
  'playing': moving('receiving', 0.6, { early: 'playing', at: 12, peers: 2, bytesPerSecond: 52_000, secondsLeft: 3, duration: 64 }),
  'paused': moving('waiting', 0.6, { early: 'paused', at: 31, reason: 'sender-left', duration: 64 }),
}

const scanning = (scanner: Scanner): App => app({ step: 'paste' }, { canScan: true, scanner })
const SCAN_TROUBLES: Record<ScanTrouble, App> = {
  'denied': scanning({ step: 'failed', why: 'denied' }),
  'missing': scanning({ step: 'failed', why: 'missing' }),
  'busy': scanning({ step: 'failed', why: 'busy' }),
}
const SCANNING: Record<string, App> = {
  'scan-asking': scanning({ step: 'asking' }),
  'scan-looking': scanning({ step: 'looking' }),
  ...Object.fromEntries(Object.entries(SCAN_TROUBLES).map(([why, state]) => [`scan-${why}`, state])),
}

const failed = (trouble: Trouble): App => app({ step: 'failed', trouble })
const states = (entries: Iterable<readonly [string, App]>): Record<string, App> => Object.fromEntries(entries)

export const RECEIVE_GROUPS: Group[] = [
  { title: 'Receive: a link', states: { ...STEPS.paste, 'receive-paste-scan': app({ step: 'paste' }, { canScan: true }), ...STEPS.key, ...STEPS.opening, ...STEPS.ended, ...STEPS.declined, ...STEPS.cancelled } },
  { title: 'Receive: consent', states: { ...STEPS.consent, ...STEPS.size } },
  { title: 'Receive: password', states: STEPS.password },
  { title: 'Receive: camera', states: SCANNING },
  { title: 'Receive: on its way', states: {
    ...states(Object.entries(PROGRESS).map(([name, state]) => [`moving-${name}`, state] as const)),
    'moving-unnamed': moving('finding', 0, { title: undefined, total: undefined }),
    'moving-long': app({ step: 'moving', sealed: true, about: { ...ABOUT, durationSeconds: 3725, ends: TOMORROW, parts: 4 }, state: 'receiving', title: TITLES.long, total: 38_400_000, ...rangesOf(38_400_000, 0.3, 4), bytesPerSecond: 640_000, secondsLeft: 4271, peers: 12, early: 'no', at: 0 }),
    'moving-open': moving('receiving', 0.5, { sealed: false, about: {}, peers: 1, bytesPerSecond: 84_000, secondsLeft: 3 }),
    'moving-known': moving('connecting', 0.02, { peers: 1 }),
    'moving-last-piece': moving('receiving', 0.97, { peers: 1, bytesPerSecond: 84_000, secondsLeft: 0 }),
    ...states(Object.entries(EARLY).map(([name, state]) => [`moving-early-${name}`, state] as const)),
    'moving-with-library': { ...filledApp({ screen: 'receive' }), receive: PROGRESS.receiving.receive },
  } },
  { title: 'Receive: reasons', states: states(Object.entries(REASONS).map(([name, state]) => [`reason-${name}`, state] as const)) },
  { title: 'Receive: arrived', states: STEPS.arrived },
  { title: 'Receive: failed', states: states(Object.values(TROUBLES).map((trouble) => [`failed-${trouble.code}`, failed(trouble)] as const)) },
  { title: 'Receive: bad links', states: {
    ...states(LINK_WHYS.map((why) => [`bad-link-${why}`, failed({ code: 'bad-link', why })] as const)),
    'bad-link-too-long': failed({ code: 'too-large', why: 'too-long' }),
    'bad-link-newer-form': failed({ code: 'newer-link', why: 'newer-form' }),
    'too-large-without-size': failed({ code: 'too-large' }),
  } },
]
