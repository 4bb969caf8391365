// The address bar. A link is a capability: it is read once, put away for this tab and replaced in the address bar by a
// local handle that is worth nothing elsewhere; a reload finds it again. It is dropped as soon as it has done its work,
// and with the tab. Screens are addresses too, so that Back works.
import { readForTab, writeForTab } from './local.js'

/** The app's folder, wherever it is hosted: the bundle lies in it. */
export const appBase = new URL('./', import.meta.url)

/** The page that a share link opens. */
export const shareBase = new URL('share/', appBase)

const ON_THIS_COMPUTER = /^(localhost|.+\.localhost|127(\.\d+){3}|\[::1\])$/

/** A host on this very machine: links to it lead nowhere from another device, and it contacts nothing public. */
export const isOnThisComputer = (host: string): boolean => ON_THIS_COMPUTER.test(host)

export type Address =
  | { kind: 'library' } | { kind: 'settings' } | { kind: 'paste' } | { kind: 'record' }
  | { kind: 'link'; link: string; handle: string }
  | { kind: 'memo'; id: string } // one that is here
  | { kind: 'incoming'; id: string } // one that was on its way when the page was left

const MEMO = '#memo-'
const HANDLE = '#link-'
const INCOMING = '#incoming-'
const KEPT = 'link '

const replace = (address: string): void => history.replaceState(null, '', address)
const push = (address: string): void => { if (new URL(address, location.href).href !== location.href) history.pushState(null, '', address) }
const newHandle = (): string => Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(36)).join('')
const wordOf = (hash: string): string => hash.slice(1)

/** What this page was opened for. A link leaves the address bar at once. */
export function readAddress(): Address {
  const { hash, search, pathname, href } = location
  const onSharePage = pathname.replace(/index\.html$/, '') === shareBase.pathname
  if (hash.startsWith(MEMO)) return { kind: 'memo', id: decode(hash.slice(MEMO.length)) }
  if (hash.startsWith(INCOMING)) return { kind: 'incoming', id: decode(hash.slice(INCOMING.length)) }
  if (hash.startsWith(HANDLE)) {
    const handle = hash.slice(HANDLE.length)
    const link = readForTab(KEPT + handle)
    return link === undefined ? { kind: 'paste' } : { kind: 'link', link, handle }
  }
  if (!onSharePage && ['', 'from-share', 'library', 'settings', 'record', 'paste'].includes(wordOf(hash))) {
    const word = wordOf(hash)
    if (word === 'settings' || word === 'record' || word === 'paste') return { kind: word }
    if (!/[?&]seeds=/.test(search)) return { kind: 'library' }
  }
  if (onSharePage && hash.length <= 1 && !search) return { kind: 'paste' }
  return { kind: 'link', link: href, handle: putAway(href, replace) }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** Keeps a link under a handle of its own and shows that handle in the address bar. */
function putAway(link: string, show: (address: string) => void): string {
  const handle = newHandle()
  writeForTab(KEPT + handle, link)
  show(`${shareBase.pathname}${HANDLE}${handle}`)
  return handle
}

/** A link that was pasted, or that another tab handed over, goes the way of one that was opened. */
export const enterLink = (link: string): string => putAway(link, push)

/** The same page has another link now: its key was put in, or taken out again. */
export const replaceLink = (handle: string | undefined, link: string): void => { if (handle !== undefined) writeForTab(KEPT + handle, link) }

/** The link has done its work, or never will. */
export const forgetLink = (handle: string | undefined): void => { if (handle !== undefined) writeForTab(KEPT + handle, undefined) }

export const showMemoAddress = (id: string): void => replace(`${shareBase.pathname}${MEMO}${encodeURIComponent(id)}`)
export const enterIncoming = (id: string): void => push(`${shareBase.pathname}${INCOMING}${encodeURIComponent(id)}`)
export const enterLibrary = (): void => push(appBase.pathname)
export const replaceByLibrary = (): void => replace(appBase.pathname)
export const enterSettings = (): void => push(`${appBase.pathname}#settings`)
export const enterPaste = (): void => push(shareBase.pathname)
