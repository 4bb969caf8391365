// The entry: puts store, controllers and views together, goes from screen to screen by the browser's history, and draws
// at most once a frame.
import { version, type Samara } from 'samara-sdk'
import { render } from 'lit-html'
import { appView } from '../view/app.js'
import type { Actions, Screen, Settings } from '../view/model.js'
import { pickWords, setWords } from '../words/words.js'
import { appBase, enterIncoming, enterLibrary, enterLink, enterPaste, enterSettings, readAddress, replaceByLibrary } from './address.js'
import { filesOfSeveral, idsOf, keyOfSeveral } from './bundle.js'
import { prepareFile, saveFile, saveLibrary, sendFile } from './files.js'
import { showHooks } from './hooks.js'
import { joinPasted } from './link_parts.js'
import { isFromShare, takeSharedFiles, watchLaunches } from './incoming_files.js'
import { Library } from './library.js'
import { askForLocalNetwork } from './local_network.js'
import { Player } from './player.js'
import { Receiving } from './receive.js'
import { RecorderControl } from './recorder.js'
import { Removal } from './removal.js'
import { canScan, ScannerControl } from './scanner.js'
import { renderSample } from './sample.js'
import { canRelay, Engine, handle } from './samara.js'
import { keepSettings, readSettings, watchSettings } from './settings.js'
import { ShareControl } from './share.js'
import { initialApp, Store } from './store.js'
import { troubleOf } from './trouble.js'
import { guardScripts } from './trusted_types.js'
import { watchUpdates } from './update.js'

const WIDE = '(min-width: 900px)' // room for list and memo side by side; the styles have the same number
const HIDDEN_DRAW_MS = 200 // a page that is not seen gets no frames
const NOTE_MS = 8000

guardScripts(appBase)

const root = document.querySelector<HTMLElement>('#app') ?? document.body
const store = new Store({ ...initialApp(readSettings()), canRelay, version, online: navigator.onLine, wide: matchMedia(WIDE).matches })
const engine = new Engine(() => store.state.settings)
const library = new Library(engine, store)
engine.sourceOf = async (key) => {
  const ids = idsOf(key)
  if (!ids) return undefined
  const samara = await engine.open()
  const items = (await Promise.all(ids.map((id) => samara.item(id)))).filter((item) => item !== undefined)
  return items.length === ids.length ? filesOfSeveral(items) : undefined
}
const player = new Player(store, (id) => library.item(id))
const sharing = new ShareControl(engine, store, library)
const recorder = new RecorderControl((state) => store.set({ recorder: state }), (sound) => library.keepRecording(sound))
const receiving = new Receiving(engine, store, library, player, () => changeSettings({ hideAddress: true }))
const scanner = new ScannerControl((state) => {
  store.set({ scanner: state })
  draw()
}, (link) => openLink(link))
const removal = new Removal(engine, store, library, () => void library.retryUnsaved())
const updates = watchUpdates({ appBase, isBusy, onState: (update) => store.set({ update }) })

function isBusy(): boolean {
  const { recorder: now } = store.state
  return ['asking', 'recording', 'saving'].includes(now.step) || library.isMoving
}

// ---- drawing

let isDue = false

function draw(): void {
  isDue = false
  handle.state = store.state
  render(appView(store.state, actions), root)
  showHooks(store.state)
}

store.onChange(() => {
  if (isDue) return
  isDue = true
  if (document.visibilityState === 'visible') requestAnimationFrame(drawIfDue)
  setTimeout(drawIfDue, HIDDEN_DRAW_MS)
})

function drawIfDue(): void { if (isDue) draw() }

// ---- screens

let shown = '' // the address that was acted on last

const showScreen = (screen: Screen): void => {
  shown = location.href
  if (store.state.screen !== screen) scrollTo(0, 0)
  store.set({ screen })
}

/** Acts on what the address bar says: at the start, on Back, and when another link is put into it. */
function route(): void {
  if (location.href === shown) return
  const address = readAddress()
  switch (address.kind) {
    case 'settings': return showScreen('settings')
    case 'record':
      replaceByLibrary()
      showScreen('library')
      return void opened.then((isOpen) => { if (isOpen) void recorder.start() })
    case 'library':
      replaceByLibrary()
      return showScreen('library')
    case 'paste': receiving.showPaste(); break
    case 'link': if (address.handle !== receiving.handle) void receiving.open(address.link, address.handle); break
    case 'memo': {
      const { receive } = store.state
      if (receive.step !== 'arrived' || receive.memo.id !== address.id) void receiving.openHere(address.id)
      break
    }
    case 'incoming': void receiving.openIncoming(address.id)
  }
  showScreen('receive')
}

function openLink(link: string): void {
  void receiving.open(link, enterLink(link))
  showScreen('receive')
}

const enter: Record<Screen, () => void> = { library: enterLibrary, settings: enterSettings, receive: enterPaste }

// ---- what a person does

let noteTimer: ReturnType<typeof setTimeout> | undefined

function note(text: NonNullable<typeof store.state.note>): void {
  clearTimeout(noteTimer)
  noteTimer = setTimeout(() => store.set({ note: undefined }), NOTE_MS)
  store.set({ note: text })
}

const attempt = (work: Promise<unknown>): void => void work.catch((error: unknown) => {
  console.error(error)
  note('went-wrong')
})

async function addFiles(files: readonly File[]): Promise<void> {
  const { kept, refused } = await library.keepFiles(files)
  if (refused > 0) note('not-audio')
  else if (kept > 0) note('saved-from-share')
}

/** What another app shared. None although some were announced: there was no room to put them aside. */
async function addShared(): Promise<void> {
  const files = await takeSharedFiles(appBase)
  if (files.length === 0) return note('went-wrong')
  await addFiles(files)
}

function useSettings(settings: Settings): void {
  keepSettings(settings)
  store.set({ settings })
  setWords(pickWords(settings.language))
}

/** Settings that the engine has to know open it anew; what runs goes on by itself. What it refuses is not kept. */
async function changeSettings(change: Partial<Settings>): Promise<Samara> {
  const before = store.state.settings
  const settings = { ...before, ...change }
  useSettings(settings)
  if (settings.seeding === before.seeding && settings.hideAddress === before.hideAddress) return engine.open()
  player.stop()
  try {
    const samara = await engine.reopen()
    store.set({ trouble: undefined })
    return samara
  } catch (error) {
    useSettings(before)
    await engine.open().catch((again: unknown) => store.set({ trouble: troubleOf(again), ready: true }))
    throw error
  }
}

const actions: Actions = {
  go: (screen) => {
    enter[screen]()
    if (screen === 'receive' && location.href !== shown) receiving.showPaste()
    showScreen(screen)
  },
  record: () => void recorder.start(),
  stopRecording: () => attempt(recorder.stop()),
  discardRecording: () => recorder.discard(),
  dismissRecorder: () => store.set({ recorder: { step: 'off' } }),
  addSample: () => attempt(renderSample().then((sound) => library.keepSample(sound))),
  addFiles: (files) => attempt(addFiles(files)),
  openMemo: (id) => {
    store.set({ open: id })
    const item = id === undefined ? undefined : library.item(id)
    if (item && typeof navigator.canShare === 'function') void prepareFile(item).catch(() => undefined)
  },
  toggle: (id, part) => void player.toggle(id, part),
  seek: (id, fraction) => void player.seek(id, fraction),
  askRename: (id) => {
    const memo = library.memo(id)
    if (memo) store.set({ renaming: { id, title: memo.title } })
  },
  rename: (id, title) => {
    store.set({ renaming: undefined })
    attempt(library.rename(id, title))
  },
  closeRename: () => store.set({ renaming: undefined }),
  remove: (id) => {
    player.stop(id)
    removal.remove(id)
    const { screen, receive } = store.state
    if (screen === 'receive' && (receive.step === 'arrived' || receive.step === 'ended') && receive.memo.id === id) actions.go('library')
  },
  undoRemove: () => removal.undo(),
  share: (id) => {
    void askForLocalNetwork(store.state.settings)
    void sharing.open(id)
  },
  select: (on) => store.set({ selection: on ? [] : undefined, open: undefined }),
  toggleSelected: (id) => {
    const { selection = [] } = store.state
    store.set({ selection: selection.includes(id) ? selection.filter((one) => one !== id) : [...selection, id] })
  },
  shareSelected: () => {
    const { selection = [], memos } = store.state
    const [first, ...more] = memos.map(({ id }) => id).filter((id) => selection.includes(id)).reverse() // the oldest first
    store.set({ selection: undefined })
    draw() // the rows are back before the sheet opens, so that the focus has somewhere to return to
    if (first !== undefined) setTimeout(() => actions.share(more.length === 0 ? first : keyOfSeveral([first, ...more])))
  },
  copyLink: () => sharing.copy(),
  sendLink: () => sharing.send(),
  stopSharing: () => sharing.stop(),
  closeShare: () => sharing.close(),
  showShareOptions: (shown) => sharing.showOptions(shown),
  renewLink: (wishes) => void sharing.renew(wishes),
  copyPart: (part) => sharing.copyPart(part),
  saveFile: (id) => withItem(id, (item) => attempt(saveFile(item))),
  sendFile: (id) => withItem(id, sendFile),
  openLink: (text) => openLink(joinPasted(text)),
  scan: () => void scanner.start(),
  closeScanner: () => scanner.close(),
  openKey: (text) => { if (!receiving.openKey(text)) openLink(joinPasted(text)) },
  tryPassword: (text) => receiving.questions.tryPassword(text),
  showEnded: () => receiving.showEnded(),
  accept: (hidden) => receiving.questions.choose(hidden ? 'hidden' : 'accept'),
  decline: () => receiving.questions.choose('decline'),
  toggleEarly: () => receiving.toggleEarly(),
  cancelReceive: () => attempt(receiving.cancel()),
  retry: () => (store.state.screen === 'receive' && !store.state.trouble ? receiving.retry() : location.reload()),
  openIncoming: (id) => {
    enterIncoming(id)
    void receiving.openIncoming(id)
    showScreen('receive')
  },
  exportAll: () => attempt(engine.open().then((samara) => saveLibrary(samara))),
  importFile: (file) => attempt(engine.open().then((samara) => samara.import(file)).then(() => library.refresh()).then(() => note('imported'))),
  persist: () => attempt(engine.open().then((samara) => samara.persist()).then(() => library.refresh())),
  setSettings: (change) => attempt(changeSettings(change)),
  applyUpdate: () => updates.apply(),
  dismissNote: () => store.set({ note: undefined }),
}

function withItem(id: string, act: (item: NonNullable<ReturnType<Library['item']>>) => void): void {
  const item = library.item(id)
  if (item) act(item)
}

// ---- the start

const opened: Promise<boolean> = engine.open().then(() => true, (error: unknown) => {
  store.set({ trouble: troubleOf(error), ready: true })
  return false
})

/** Once there is a store: what an earlier visit left to do. */
async function begin(): Promise<void> {
  if (!await opened) return
  await library.refresh()
  engine.onOpen(() => receiving.resumeAfterReopen())
  await removal.finishEarlier(await engine.open())
  if (isFromShare()) await addShared()
  watchLaunches(({ url, files }) => {
    if (files.length > 0) return attempt(addFiles(files))
    if (!url?.href.startsWith(appBase.href)) return
    history.pushState(null, '', url.href)
    route()
  })
}

setWords(pickWords(store.state.settings.language))
void canScan().then((can) => store.set({ canScan: can }))
for (const type of ['online', 'offline'] as const) addEventListener(type, () => store.set({ online: navigator.onLine }))
matchMedia(WIDE).addEventListener('change', ({ matches }) => store.set({ wide: matches }))
for (const type of ['popstate', 'hashchange'] as const) addEventListener(type, route)
route()
watchSettings((settings) => attempt(changeSettings(settings)))
attempt(begin())
