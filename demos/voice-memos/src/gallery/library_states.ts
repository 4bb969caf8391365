// The states of the library, of recording, playing and settings, made up for the contact sheet. The Record types are the
// check that none is missing: a step or trouble that the model gets must be given a state here, or this does not compile.
import type { App, MicrophoneTrouble, Recorder, Settings, Trouble } from '../view/model.js'
import { appWith, filledApp, levelsFrom, memo, memos, NOW, rangesOf, severalSounds, TITLES, TOMORROW, YESTERDAY } from './material.js'
import type { Group } from './states.js'

const recording = (recorder: Recorder): App => filledApp({ recorder })

const MICROPHONE: Record<MicrophoneTrouble, App> = {
  'denied': recording({ step: 'failed', why: 'denied' }),
  'missing': recording({ step: 'failed', why: 'missing' }),
  'insecure': appWith({ recorder: { step: 'failed', why: 'insecure' } }),
  'unsupported': appWith({ recorder: { step: 'failed', why: 'unsupported' } }),
  'busy': recording({ step: 'failed', why: 'busy' }),
  'empty': recording({ step: 'failed', why: 'empty' }),
}

const RECORDER: Record<Exclude<Recorder['step'], 'off' | 'failed'>, Record<string, App>> = {
  'asking': { 'asking': recording({ step: 'asking' }), 'asking-first': appWith({ recorder: { step: 'asking' } }) },
  'recording': {
    'recording-start': recording({ step: 'recording', levels: [], seconds: 0 }),
    'recording': recording({ step: 'recording', levels: levelsFrom(3, 12.4), seconds: 12.4 }),
    'recording-first': appWith({ recorder: { step: 'recording', levels: levelsFrom(5, 4.1), seconds: 4.1 } }),
    'recording-silence': recording({ step: 'recording', levels: levelsFrom(4, 9).map(() => 0.01), seconds: 9 }),
    'recording-long': recording({ step: 'recording', levels: levelsFrom(6, 75), seconds: 3675 }),
  },
  'saving': { 'saving': recording({ step: 'saving' }) },
}

const OPEN_TROUBLES: Trouble[] = [
  { code: 'already-open' }, { code: 'insecure-context' }, { code: 'unsupported' }, { code: 'no-webrtc' }, { code: 'newer-store' },
  { code: 'storage-lost' }, { code: 'storage-full' }, { code: 'engine-restarted' }, { code: 'closed' }, { code: 'unknown' },
]

const STORAGE: Record<App['storage'], App> = {
  'kept': filledApp({ persisted: false }),
  'full': filledApp({ storage: 'full', usedBytes: 134_000_000 }),
  'until-closed': filledApp({ storage: 'until-closed', persisted: false }),
}

const UPDATE: Record<Exclude<App['update'], 'none'>, App> = {
  'ready': filledApp({ update: 'ready' }),
  'after-transfer': filledApp({ update: 'after-transfer', incoming: [incomingRow(0.4)] }),
}

const NOTES: Record<NonNullable<App['note']>, App> = {
  'saved-from-share': filledApp({ note: 'saved-from-share' }),
  'imported': filledApp({ note: 'imported' }),
  'link-known': filledApp({ note: 'link-known', open: 'memo-2' }),
  'not-audio': filledApp({ note: 'not-audio' }),
  'went-wrong': filledApp({ note: 'went-wrong' }),
}

const playing = (change: Partial<NonNullable<App['player']>>, id = 'memo-0', duration = 64.2): App =>
  filledApp({ open: id, player: { memoId: id, part: 0, state: 'playing', at: 23.7, duration, ...change } })

function incomingRow(share: number, change: Partial<App['incoming'][number]> = {}): App['incoming'][number] {
  const total = 412_000
  return { id: 'incoming-0', title: 'Lullaby for Ida', total, state: 'receiving', ...rangesOf(total, share, 11), ...change }
}

const INCOMING: Record<string, App> = {
  'incoming': filledApp({ incoming: [incomingRow(0.5)] }),
  'incoming-unnamed': filledApp({ incoming: [{ id: 'incoming-1', verified: 0, have: [], state: 'finding' }] }),
  'incoming-waiting': filledApp({ incoming: [incomingRow(0.3, { state: 'waiting', reason: 'sender-left' })] }),
  'incoming-paused': filledApp({ incoming: [incomingRow(0.3, { state: 'paused', reason: 'paused' })] }),
  'incoming-failed': filledApp({ incoming: [incomingRow(0.3, { state: 'failed' })] }),
  'incoming-first': appWith({ incoming: [incomingRow(0.2)] }),
}

const shared = (delivered: number, peers: number): App => {
  const [first, ...rest] = memos(8)
  return filledApp({ memos: [{ ...first!, share: { state: peers ? 'serving' : 'waiting', delivered, peers } }, ...rest] })
}

/** A memo of somebody else, whose sender set an end. */
const withEnd = (over: boolean, open?: string): App => {
  const [first, second, third, ...rest] = memos(8)
  return filledApp({ memos: [first!, second!, { ...third!, receivedAt: NOW, ends: { at: over ? YESTERDAY : TOMORROW, over } }, ...rest], open })
}

const LANGUAGES: Record<Settings['language'], App> = {
  'auto': filledApp({ screen: 'settings', persisted: false }),
  'en': filledApp({ screen: 'settings', settings: { seeding: 'unmetered', hideAddress: false, language: 'en' } }),
  'de': filledApp({ screen: 'settings', canRelay: true, settings: { seeding: 'never', hideAddress: true, language: 'de' } }),
}

const prefixed = (prefix: string, states: Record<string, App>): Record<string, App> =>
  Object.fromEntries(Object.entries(states).map(([name, app]) => [`${prefix}-${name}`, app]))

export const LIBRARY_GROUPS: Group[] = [
  { title: 'Library', states: {
    'library-opening': appWith({ ready: false }),
    'library-empty': appWith(),
    'library-one': appWith({ memos: [memo(0)], usedBytes: 386_000 }),
    'library-eight': filledApp(),
    'library-200': appWith({ memos: memos(200), usedBytes: 98_000_000 }),
    'library-expired': withEnd(true),
    'library-several': filledApp({ memos: [severalSounds(), ...memos(3)] }),
    'library-selecting': filledApp({ selection: [] }),
    'library-selected-one': filledApp({ selection: ['memo-1'] }),
    'library-selected': filledApp({ selection: ['memo-0', 'memo-2', 'memo-4'] }),
    'library-selecting-expired': { ...withEnd(true), selection: ['memo-0'] },
    'library-shared-together': filledApp({ bundles: [severalSounds({ id: 'several', share: { state: 'waiting', delivered: 0, peers: 0 } }), severalSounds({ id: 'several-2', share: { state: 'waiting', delivered: 2, peers: 0 } })] }),
    'library-shared-waiting': shared(0, 0),
    'library-shared-serving': shared(0, 1),
    'library-shared-delivered': shared(3, 0),
  } },
  { title: 'A memo', states: {
    'memo-open': filledApp({ open: 'memo-0' }),
    'memo-open-received': filledApp({ open: 'memo-2' }),
    'memo-open-ends': withEnd(false, 'memo-2'),
    'memo-open-expired': withEnd(true, 'memo-2'),
    'memo-open-several': filledApp({ memos: [severalSounds({ receivedAt: NOW })], open: 'memo-2' }),
    'memo-playing-several': filledApp({ memos: [severalSounds()], open: 'memo-2', player: { memoId: 'memo-2', part: 1, state: 'playing', at: 7, duration: 21.4 } }),
    'memo-open-long': filledApp({ open: 'memo-4' }),
    'memo-open-code': filledApp({ open: 'memo-5' }),
    'memo-open-unbroken': filledApp({ open: 'memo-6' }),
    'memo-open-unmeasured': appWith({ memos: [memo(1, { peaks: undefined, durationSeconds: undefined })], open: 'memo-1' }),
    'memo-open-unplayable': appWith({ memos: [memo(2, { type: 'audio/mp4;codecs=mp4a.40.2', playable: false, title: TITLES.dunes })], open: 'memo-2' }),
    'memo-loading': playing({ state: 'loading', at: 0 }),
    'memo-playing': playing({}),
    'memo-paused': playing({ state: 'paused', at: 41 }),
    'memo-playing-hours': playing({ at: 1999 }, 'memo-4', 3725),
    'memo-rename': filledApp({ open: 'memo-0', renaming: { id: 'memo-0', title: TITLES.kitchen } }),
    'memo-rename-long': filledApp({ open: 'memo-4', renaming: { id: 'memo-4', title: TITLES.long } }),
    'memo-deleted': filledApp({ undo: { title: TITLES.refrain } }),
    'memo-deleted-last': appWith({ undo: { title: TITLES.unbroken } }),
  } },
  { title: 'Recording', states: { ...RECORDER.asking, ...RECORDER.recording, ...RECORDER.saving, ...prefixed('microphone', MICROPHONE) } },
  { title: 'On its way', states: INCOMING },
  { title: 'Device', states: {
    'offline': filledApp({ online: false }),
    'offline-empty': appWith({ online: false }),
    ...prefixed('storage', STORAGE),
    ...prefixed('update', UPDATE),
  } },
  { title: 'Passing remarks', states: prefixed('note', NOTES) },
  { title: 'Settings', states: { ...prefixed('settings', LANGUAGES), 'settings-until-closed': filledApp({ screen: 'settings', storage: 'until-closed', persisted: false }) } },
  { title: 'The app cannot open', states: Object.fromEntries(OPEN_TROUBLES.map((trouble) => [`open-failed-${trouble.code}`, appWith({ ready: false, trouble })])) },
]
