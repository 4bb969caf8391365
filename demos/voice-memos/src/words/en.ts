// Every word that the app says to people, in English, and the shape that every other language has to fill. Whole
// sentences, never put together from pieces. Numbers, sizes and dates come in already written by view/format.ts.
// Knows nothing of states or screens beyond the names of their codes.
import type { ErrorCode, ReasonCode, ShareStats } from 'samara-sdk'
import type { MicrophoneTrouble, Trouble } from '../view/model.js'

/** What happened, and what to do about it. */
export interface Advice { title: string; what: string; todo: string }

type ReceiveLine = 'starting' | 'finding' | 'connecting' | 'receiving' | 'waiting' | 'locked' | 'paused' | 'done' | 'failed' | 'cancelled'

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
    shared: string; deliveredTo: (count: number) => string; connected: (count: number) => string
  }
  memo: {
    details: string; play: (title: string) => string; pause: (title: string) => string; seek: (title: string) => string
    position: (at: string, duration: string) => string; loading: string; backTen: string; forwardTen: string
    share: string; rename: string; remove: string; save: string; send: string
    renameNamed: (title: string) => string; removeNamed: (title: string) => string
    saveNamed: (title: string) => string; sendNamed: (title: string) => string
    cannotPlay: string; cannotPlayTodo: string
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
    states: Record<Exclude<ShareStats['state'], 'waiting' | 'serving'>, string>
    stoppedText: string; again: string
    awayDelivered: (count: number) => string; awayOpened: string; awayNothing: string
    /** What the sender reads where the words for receivers would not fit. */
    own: { 'too-large': Advice; 'not-found': Advice; 'source-needed': Advice; 'storage-full': Advice }
  }
  receive: {
    someone: string; unnamed: string; opening: string
    pasteTitle: string; pasteText: string; pasteLabel: string; pastePlaceholder: string; pasteOpen: string
    consent: string; consentTitle: string; consentLead: string; consentOnce: string; accept: string; hide: string; decline: string
    sizeTitle: (size: string) => string; sizeText: (size: string) => string; saverText: (size: string) => string; sizeAccept: string
    lines: Record<ReceiveLine, string>
    checked: (verified: string, total: string, percent: string) => string
    speed: (perSecond: string) => string; secondsLeft: (time: string) => string; peers: (count: number) => string
    playEarly: string; pauseEarly: string; early: string; waveLabel: string
    arrivedNote: string; againNote: string
    declinedTitle: string; declinedText: string; cancelledTitle: string; cancelledText: string
    elsewhereTitle: string; elsewhereText: string; openLibrary: string; comeBack: string; resume: string
  }
  reasons: Record<ReasonCode, Advice>
  troubles: Record<ErrorCode | Trouble['code'], Advice>
  badLinks: Record<string, Advice>
  tooLarge: (bytes: string, limit: string) => Advice
  banners: {
    offline: Advice; full: Advice; untilClosed: Advice; update: Advice; updateNow: string; updateAfter: Advice
  }
  notes: Record<'link-taken' | 'saved-from-share' | 'link-known' | 'not-audio' | 'went-wrong', string>
  settings: {
    title: string
    seedingTitle: string; seedingText: string; seeding: Record<'always' | 'unmetered' | 'never', { name: string; text: string }>
    hideTitle: string; hide: string; hideText: string
    languageTitle: string; language: Record<'auto' | 'en' | 'de', string>
    storageTitle: string; used: (size: string, count: number) => string; persisted: string; notPersisted: string; persist: string
    howTitle: string; how: string; privacyTitle: string; privacy: string; version: (version: string) => string
  }
}

const rules = new Intl.PluralRules('en')
const plural = (count: number, one: string, other: string): string => (rules.select(count) === 'one' ? one : other)

export const en: Words = {
  locale: 'en',
  dir: 'ltr',
  app: {
    name: 'Samara', subtitle: 'Voice memos', home: 'Go to your memos',
    
  },
  close: 'Close', cancel: 'Cancel', retry: 'Try again', undo: 'Undo', dismiss: 'Dismiss',
  library: {
    list: 'Your memos', loading: 'Opening your memos…', today: 'Today', yesterday: 'Yesterday',
    emptyTitle: 'Say something',
    emptyText: 'A memo stays on this device. When you share it, it travels straight to the other one; no server keeps it.',
    sample: 'Start with a sample',
    newMemo: (number) => `Memo ${number}`, sampleTitle: 'A seed in the wind',
    record: 'Record a memo', addFile: 'Add a file', openLink: 'Open a link', settings: 'Settings', back: 'Back',
    onTheWay: 'On the way', unnamed: 'A memo', choose: 'Choose a memo to listen to it.', received: 'Received',
    incoming: (verified, total) => `${verified} of ${total} checked`,
    shared: 'Shared',
    deliveredTo: (count) => `Delivered to ${count}`,
    connected: (count) => plural(count, '1 device connected', `${count} devices connected`),
  },
  memo: {
    details: 'Memo', play: (title) => `Play ${title}`, pause: (title) => `Pause ${title}`, seek: (title) => `Position in ${title}`,
    position: (at, duration) => `${at} of ${duration}`, loading: 'Loading…', backTen: 'Back 10 seconds', forwardTen: 'Forward 10 seconds',
    share: 'Share', rename: 'Rename', remove: 'Delete', save: 'Save file', send: 'Send file',
    renameNamed: (title) => `Rename ${title}`, removeNamed: (title) => `Delete ${title}`,
    saveNamed: (title) => `Save file of ${title}`, sendNamed: (title) => `Send file of ${title}`,
    cannotPlay: 'This browser can’t play this format.', cannotPlayTodo: 'Save the file and play it in another app, or share it on.',
  },
  recorder: {
    asking: 'May Samara listen?', askingText: 'Your browser is asking for the microphone. Recording starts when you allow it.',
    recording: 'Recording', saving: 'Saving…', stop: 'Stop and save', discard: 'Discard',
    soundSo: (time) => `${time} recorded`,
  },
  microphone: {
    denied: { title: 'The microphone is blocked', what: 'This browser was told not to let this site listen.', todo: 'Allow the microphone in the site settings, beside the address, then try again.' },
    missing: { title: 'No microphone found', what: 'This device has no microphone that the browser can see.', todo: 'Connect one, then try again. You can also add a sound file.' },
    insecure: { title: 'Recording needs a secure page', what: 'Browsers let only https pages, and this computer’s own, use the microphone.', todo: 'Open Samara with an address that starts with https.' },
    unsupported: { title: 'This browser can’t record', what: 'It has no way to record sound on a page.', todo: 'You can still receive and play memos, and add sound files.' },
    busy: { title: 'The microphone did not start', what: 'Another app or another tab may be using it.', todo: 'Close what is using it, then try again.' },
    empty: { title: 'Nothing was recorded', what: 'The recording ended before any sound came.', todo: 'Check that the microphone is not muted, then try again.' },
  },
  rename: { title: 'Rename', label: 'Title of the memo', save: 'Save' },
  removed: (title) => `“${title}” was deleted.`,
  share: {
    title: (memo) => `Share ${memo}`, preparing: 'Making the link…',
    promise: 'Whoever has this link can listen. Nothing is uploaded: the memo goes from this device to theirs.',
    link: 'Link to this memo', copy: 'Copy', copied: 'Copied', copyFailed: 'The link is selected: copy it with your keyboard or the menu.',
    send: 'Send…', stop: 'Stop sharing', qr: 'QR code of the link',
    keepOpen: 'Keep Samara open until it has arrived', awake: 'The screen stays on meanwhile.',
    thisComputerOnly: 'This link works on this computer only.',
    waiting: 'Waiting for someone to open the link', serving: 'Someone has opened the link',
    servingTo: (count) => plural(count, 'Sending to 1 device', `Sending to ${count} devices`),
    progress: (percent) => `${percent} has arrived`, speed: (bytes, perSecond) => `${bytes} sent, ${perSecond} per second`,
    delivered: (count) => `Delivered to ${count}`, more: 'Others with the link can fetch it while Samara is open.',
    states: { 'paused': 'Sharing is paused', 'source-needed': 'This device no longer has the recording', 'expired': 'This link has expired', 'stopped': 'Sharing has stopped' },
    stoppedText: 'The link no longer works from this device. Whoever has the memo already keeps it.', again: 'Share again',
    awayDelivered: (count) => plural(count, 'While you were away, it was delivered to 1 device.', `While you were away, it was delivered to ${count} devices.`),
    awayOpened: 'While you were away, someone opened the link. It goes on now.',
    awayNothing: 'While you were away, nobody opened the link.',
    own: {
      'too-large': { title: 'This is too large to share', what: 'It is larger than Samara can send.', todo: 'Record a shorter memo.' },
      'not-found': { title: 'This memo is no longer here', what: 'It was deleted from this device.', todo: 'Go back to your memos.' },
      'source-needed': { title: 'The recording is missing', what: 'This device no longer has it.', todo: 'Add the file again to share it.' },
      'storage-full': { title: 'No space left', what: 'This device has no room to note what was sent.', todo: 'Delete some memos. Sharing goes on meanwhile.' },
    },
  },
  receive: {
    someone: 'For you', unnamed: 'A voice memo', opening: 'Opening the link…',
    pasteTitle: 'Open a link', pasteText: 'Paste a link to a memo here. It starts on the sender’s device and lands on this one.',
    pasteLabel: 'Link to a memo', pastePlaceholder: 'Paste the link', pasteOpen: 'Open',
    consentTitle: 'Someone shared a voice memo with you', consentLead: 'It comes straight from their device.',
    consent: 'You’ll connect directly to the sender’s device. They, and others with this link, can see your IP address.',
    consentOnce: 'Samara asks this once on this device.',
    accept: 'Receive', hide: 'Hide my address', decline: 'Not now',
    sizeTitle: (size) => `Receive ${size}?`, sizeText: (size) => `This memo is larger than most: ${size}. It is kept on this device.`,
    saverText: (size) => `Data saver is on in this browser, and this memo is ${size}.`, sizeAccept: 'Receive it',
    lines: {
      starting: 'Opening the link…', finding: 'Looking for the sender’s device…', connecting: 'Connecting to the sender’s device…',
      receiving: 'Receiving', waiting: 'Waiting for the sender’s device, it will start by itself', locked: 'This memo is protected by a password',
      paused: 'Paused', done: 'Arrived', failed: 'This did not work', cancelled: 'Cancelled',
    },
    checked: (verified, total, percent) => `${verified} of ${total} checked, ${percent}`,
    speed: (perSecond) => `${perSecond} per second`, secondsLeft: (time) => `about ${time} left`,
    peers: (count) => plural(count, 'Connected to 1 device', `Connected to ${count} devices`),
    playEarly: 'Play what is here', pauseEarly: 'Pause', early: 'You can listen while it arrives.', waveLabel: 'Parts that have arrived and been checked',
    arrivedNote: 'Arrived, checked and kept on this device', againNote: 'This memo is on this device already',
    declinedTitle: 'Not now, then', declinedText: 'Nobody was contacted. The link is kept here for when you change your mind.',
    cancelledTitle: 'Cancelled', cancelledText: 'Nothing of it was kept on this device.',
    elsewhereTitle: 'Samara is open in another tab', elsewhereText: 'The link was handed to it, and the memo arrives there. You can close this tab.',
    openLibrary: 'Go to your memos', comeBack: 'You may close this page. The link is kept, and it goes on at your next visit.', resume: 'Continue',
  },
  reasons: {
    'offline': { title: 'You are offline', what: 'This device has no network.', todo: 'It goes on by itself when the network is back.' },
    'trackers-unreachable': { title: 'The meeting point does not answer', what: 'The server where the devices find each other cannot be reached.', todo: 'Samara keeps trying. Nothing is lost meanwhile.' },
    'no-one-has-it': { title: 'Nobody who has it is here', what: 'No device that has this memo is online now.', todo: 'Ask the sender to open Samara; it will start by itself.' },
    'sender-left': { title: 'The sender’s device has gone', what: 'It went to sleep, or Samara was closed there.', todo: 'It goes on where it was when the sender comes back.' },
    'cannot-connect': { title: 'No way through', what: 'The two devices see each other but cannot connect, most likely because of a firewall.', todo: 'Another network on one side may help.' },
    'local-network-blocked': { title: 'The local network is blocked', what: 'This browser does not let this page reach devices nearby.', todo: 'Allow “local network” for this site in the site settings.' },
    'relay-needed': { title: 'These networks cannot meet', what: 'Both are closed to direct connections.', todo: 'Another network, such as a phone’s hotspot, helps.' },
    'choked': { title: 'Waiting for a turn', what: 'The sender’s device is busy sending to others.', todo: 'It is your turn soon.' },
    'paused': { title: 'It stands still', what: 'What has arrived is kept.', todo: 'Continue whenever you like.' },
    'page-frozen': { title: 'The page was asleep', what: 'The browser had put this page to sleep.', todo: 'Keep it in the foreground until it has arrived.' },
    'metered': { title: 'Waiting for Wi-Fi', what: 'Your settings let memos travel on Wi-Fi only.', todo: 'It starts on Wi-Fi, or when you change the setting.' },
    'storage-low': { title: 'Space is running out', what: 'There is little room left on this device.', todo: 'Delete memos you no longer need.' },
    'storage-full': { title: 'No space left', what: 'This device has no room for the rest of it.', todo: 'Delete some memos, then try again.' },
    'storage-fallback': { title: 'Kept until you close', what: 'This browser keeps memos only while Samara is open; a private window does that.', todo: 'Save the file to keep it.' },
    'source-needed': { title: 'The recording is missing', what: 'The sender’s device no longer has it.', todo: 'Ask the sender to share it again.' },
    'other-tab': { title: 'Another tab is at work', what: 'Samara in another tab of this browser receives it.', todo: 'Keep that tab open.' },
    'expired': { title: 'This link has expired', what: 'The sender set an end for it.', todo: 'Ask the sender for a new one.' },
    'revoked': { title: 'This link was withdrawn', what: 'The sender has stopped sharing this memo.', todo: 'Ask the sender for a new link.' },
  },
  troubles: {
    'aborted': { title: 'It was stopped', what: 'Something ended it before it was whole.', todo: 'Try again to go on where it was.' },
    'bad-link': { title: 'This link is damaged', what: 'Something in it changed or was lost on its way.', todo: 'Ask the sender to copy it again, and check that it arrives whole.' },
    'newer-link': { title: 'This link is from a newer Samara', what: 'This version does not know its form.', todo: 'Reload the page to get the newest version, then open the link again.' },
    'other-app': { title: 'This link belongs to another app', what: 'It leads somewhere else and not to a memo.', todo: 'Ask the sender for a link made with Samara.' },
    'not-here': { title: 'This memo is no longer here', what: 'It was deleted from this device, or the browser’s data were cleared.', todo: 'Ask the sender for the link again.' },
    'unsupported': { title: 'This browser can’t do this', what: 'It lacks something that Samara is built on.', todo: 'A current Chrome, Edge, Firefox or Safari can.' },
    'no-webrtc': { title: 'This browser can’t connect to other devices', what: 'WebRTC, which carries memos from device to device, is missing or turned off.', todo: 'Turn it on, or open the link in a current Chrome, Edge, Firefox or Safari.' },
    'insecure-context': { title: 'This page is not secure', what: 'Browsers let only https pages, and this computer’s own, keep and share memos.', todo: 'Open Samara with an address that starts with https.' },
    'password-needed': { title: 'This memo needs a password', what: 'The sender protected it, and this version cannot ask for it yet.', todo: 'Ask the sender to share it without one.' },
    'wrong-password': { title: 'That is not the password', what: 'The memo could not be opened with it.', todo: 'Ask the sender for the password, then try again.' },
    'wrong-key': { title: 'The key does not fit', what: 'The key in this link does not open this memo.', todo: 'Ask the sender to copy the link again.' },
    'refused': { title: 'It was refused', what: 'Nothing of it was kept on this device.', todo: 'Open the link again if you want it after all.' },
    'too-large': { title: 'This is too large', what: 'It is larger than Samara can keep.', todo: 'Ask the sender for a shorter memo.' },
    'storage-full': { title: 'No space left', what: 'This device has no room for it.', todo: 'Delete some memos, then try again.' },
    'storage-lost': { title: 'The stored memos are gone', what: 'The browser has removed what this page had stored.', todo: 'Reload the page to start anew.' },
    'source-changed': { title: 'The recording has changed', what: 'It is no longer what was shared, so it is not sent.', todo: 'Share it again for a new link.' },
    'metadata-invalid': { title: 'This is not a proper memo', what: 'What the other device describes cannot be right, so nothing was kept.', todo: 'Ask the sender to share it again.' },
    'bad-share': { title: 'What arrived is not a memo', what: 'It does not fit its own description, so nothing was kept.', todo: 'Ask the sender to share it again.' },
    'newer-store': { title: 'A newer Samara was here', what: 'Your memos were kept by a newer version than this one.', todo: 'Reload the page to get it.' },
    'expired': { title: 'This link has expired', what: 'The sender set an end for it.', todo: 'Ask the sender for a new one.' },
    'not-found': { title: 'This memo is no longer here', what: 'It was deleted from this device.', todo: 'Ask the sender for the link again.' },
    'already-open': { title: 'Samara is open in another tab', what: 'Only one tab at a time can hold your memos.', todo: 'Go on in that tab, or close it and try again here.' },
    'closed': { title: 'The memos were put away', what: 'This page had let go of them.', todo: 'Reload the page.' },
    'engine-restarted': { title: 'Something broke', what: 'It was started again, and your memos are safe.', todo: 'Try again.' },
    'unknown': { title: 'Something went wrong', what: 'Samara does not know what it was.', todo: 'Try again, or reload the page.' },
  },
  badLinks: {
    'truncated': { title: 'This link was cut off', what: 'Its end is missing.', todo: 'Ask the sender to copy it again, whole.' },
    'secret-in-query': { title: 'This link is not used', what: 'It carries its key where servers could read it.', todo: 'Ask the sender for a new one.' },
    'bad-secret': { title: 'The key in this link is damaged', what: 'Without it the memo cannot be opened.', todo: 'Ask the sender to copy the link again, whole.' },
    'bad-hash': { title: 'This link is damaged', what: 'The part that names the memo cannot be read.', todo: 'Ask the sender to copy it again.' },
    'only-v2': { title: 'A link of another kind', what: 'It names its content in a way that Samara cannot read.', todo: 'Ask the sender for a link made with Samara.' },
    'too-long': { title: 'This is too long for a link', what: 'No link to a memo is as long as this.', todo: 'Check that only the link was pasted.' },
    'empty': { title: 'There is no memo in this link', what: 'The part behind the # is missing.', todo: 'Ask the sender to copy it again, whole.' },
  },
  tooLarge: (bytes, limit) => ({ title: `${bytes} is too large`, what: `Someone offers ${bytes}, and Samara keeps at most ${limit} each. Nothing was loaded.`, todo: 'Ask the sender for a shorter memo.' }),
  banners: {
    offline: { title: 'You are offline', what: 'You can record and listen.', todo: 'Memos travel again when the network is back.' },
    full: { title: 'No space left', what: 'New memos cannot be kept on this device.', todo: 'Delete some that you no longer need.' },
    untilClosed: { title: 'Kept until you close', what: 'This browser keeps memos only while Samara is open, as private windows do.', todo: 'Save the files you want to keep.' },
    update: { title: 'A new version is ready', what: 'It takes a second, and your memos stay.', todo: '' },
    updateNow: 'Update',
    updateAfter: { title: 'A new version is ready', what: 'It waits until the memos under way have arrived.', todo: '' },
  },
  notes: {
    'link-taken': 'A link was opened in another tab. It arrives here.',
    'saved-from-share': 'Saved to your memos.',
    'link-known': 'You have this memo already.',
    'not-audio': 'That file is not sound that this browser can play.',
    'went-wrong': 'That did not work. Try again.',
  },
  settings: {
    title: 'Settings',
    seedingTitle: 'Passing memos on',
    seedingText: 'A memo that has arrived here can help it reach others with the same link.',
    seeding: {
      always: { name: 'While Samara is open', text: 'On every network' },
      unmetered: { name: 'On Wi-Fi only', text: 'Where the browser says which network it is' },
      never: { name: 'Never', text: 'Only what you share yourself' },
    },
    hideTitle: 'Address', hide: 'Hide my IP address', hideText: 'Memos then go through a relay. It cannot keep them, and it is slower.',
    languageTitle: 'Language', language: { auto: 'As the browser', en: 'English', de: 'Deutsch' },
    storageTitle: 'On this device', used: (size, count) => plural(count, `1 memo, ${size}`, `${count} memos, ${size}`),
    persisted: 'The browser has promised not to clear them.', notPersisted: 'The browser may clear them when space runs short.', persist: 'Ask it to keep them',
    howTitle: 'How it works',
    how: 'The link names the memo by its fingerprint; a meeting point introduces the two devices, and the sound goes straight from one to the other, each piece checked as it comes.',
    privacyTitle: 'Privacy',
    privacy: 'No server receives your memos, but the meeting point and everyone with a link can see your IP address, and what is sent is not sealed beyond the connection itself.',
    version: (version) => `Version ${version}`,
  },
}
