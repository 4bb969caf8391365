// The states of the share sheet, made up for the contact sheet. Record types check that none is missing.
import type { App, End, ShareSheet, Trouble } from '../view/model.js'
import { filledApp, LOCAL_LINK, memo, severalSounds, sheet, TITLES, TOMORROW } from './material.js'
import type { Group } from './states.js'

const app = (change: Partial<ShareSheet> = {}): App => {
  const share = sheet(change)
  return filledApp({ open: share.memo.id, share })
}

const STEPS: Record<Exclude<ShareSheet['step'], 'ready'>, Record<string, App>> = {
  'preparing': { 'share-preparing': app({ step: 'preparing', link: '', code: '', awake: false }) },
  'failed': Object.fromEntries(failures().map((trouble) => [`share-failed-${trouble.code}`, app({ step: 'failed', link: '', code: '', awake: false, trouble })])),
}

function failures(): Trouble[] {
  return [{ code: 'unsupported' }, { code: 'too-large', bytes: 90_000_000, limit: 67_108_864 }, { code: 'storage-lost' }, { code: 'not-found' },
    { code: 'source-changed' }, { code: 'no-webrtc' }, { code: 'engine-restarted' }, { code: 'unknown' }]
}

const STATES: Record<ShareSheet['state'], App> = {
  'waiting': app(),
  'serving': app({ state: 'serving', peers: 1, fraction: 0.36, sentBytes: 139_000, bytesPerSecond: 84_000 }),
  'paused': app({ state: 'paused', reason: 'metered', awake: false }),
  'source-needed': app({ state: 'source-needed', reason: 'source-needed', awake: false }),
  'expired': app({ state: 'expired', reason: 'expired', awake: false }),
  'stopped': app({ state: 'stopped', reason: 'revoked', awake: false }),
}

const COPIED: Record<Exclude<ShareSheet['copied'], 'no'>, App> = {
  'yes': app({ copied: 'yes' }),
  'failed': app({ copied: 'failed' }),
  'link': app({ options: true, copied: 'link' }),
  'key': app({ options: true, copied: 'key' }),
}

const END_CHOICES: Record<End, App> = {
  'none': app({ options: true }),
  'hour': app({ options: true, guards: { password: false, end: 'hour', ends: TOMORROW } }),
  'day': app({ options: true, guards: { password: true, end: 'day', ends: TOMORROW } }),
  'week': app({ options: true, guards: { password: false, end: 'week', ends: TOMORROW }, canSend: false }),
}

const REASONS = ['offline', 'trackers-unreachable', 'cannot-connect', 'local-network-blocked', 'storage-full', 'page-frozen'] as const

export const SHARE_GROUPS: Group[] = [
  { title: 'Share sheet', states: {
    ...STEPS.preparing,
    ...Object.fromEntries(Object.entries(STATES).map(([name, state]) => [`share-${name}`, state])),
    'share-waiting-asleep': app({ awake: false }),
    'share-waiting-no-send': app({ canSend: false }),
    'share-connected': app({ state: 'serving', peers: 1 }),
    'share-serving-many': app({ state: 'serving', peers: 4, delivered: 2, fraction: 0.82, sentBytes: 1_240_000, bytesPerSecond: 310_000 }),
    'share-delivered': app({ delivered: 1, sentBytes: 386_100 }),
    'share-delivered-many': app({ delivered: 12, peers: 1, state: 'serving', fraction: 0.1, sentBytes: 4_700_000 }),
    'share-this-computer-only': app({ thisComputerOnly: true, link: LOCAL_LINK, canSend: false }),
    'share-copied': COPIED.yes,
    'share-copy-failed': COPIED.failed,
    'share-several': app({ memo: severalSounds() }),
    'share-long-title': app({ memo: memo(4) }),
    'share-unbroken-title': app({ memo: memo(6), state: 'serving', peers: 1, fraction: 0.5, sentBytes: 6000 }),
  } },
  { title: 'Share sheet: what holds for the link', states: {
    ...Object.fromEntries(Object.entries(END_CHOICES).map(([end, state]) => [`share-options-end-${end}`, state])),
    'share-options-sender-end': app({ options: true, memo: { ...memo(2), ends: { at: TOMORROW, over: false } }, guards: { password: false, end: 'none', ends: TOMORROW } }),
    'share-guarded': app({ guards: { password: true, end: 'day', ends: TOMORROW } }),
    'share-renewed': app({ guards: { password: true, end: 'none' }, renewed: true }),
    'share-old-title': app({ guards: { password: false, end: 'none', title: TITLES.dunes } }),
    'share-apart-link': COPIED.link,
    'share-apart-key': COPIED.key,
  } },
  { title: 'Share sheet: meanwhile', states: {
    'share-away-nothing': app({ away: { opened: false, delivered: 0 } }),
    'share-away-opened': app({ state: 'serving', peers: 1, away: { opened: true, delivered: 0 } }),
    'share-away-delivered': app({ delivered: 1, sentBytes: 386_100, away: { opened: true, delivered: 1 } }),
    'share-away-delivered-many': app({ delivered: 3, sentBytes: 1_160_000, away: { opened: true, delivered: 3 } }),
  } },
  { title: 'Share sheet: reasons', states: Object.fromEntries(REASONS.map((reason) => [`share-reason-${reason}`, app({ reason })])) },
  { title: 'Share sheet: failed', states: STEPS.failed },
]
