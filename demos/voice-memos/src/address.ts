// The address bar of the share page. A link is a capability: it is read once, put away in this browser and replaced
// in the address bar by a local handle that is worth nothing elsewhere; a reload finds it again.

export type Address = { kind: 'link'; link: string } | { kind: 'memo'; id: string } | { kind: 'nothing' }

const MEMO = '#memo-'
const HANDLE = '#link-'
const STORED = 'voice-memos link '
let stored: string | undefined // the name under which the current link is put away

/** What this page was opened for; leaves a local handle in the address bar. */
export function readAddress(): Address {
  const { hash, search, href } = location
  if (hash.startsWith(MEMO)) return { kind: 'memo', id: decodeURIComponent(hash.slice(MEMO.length)) }
  if (hash.startsWith(HANDLE)) {
    stored = STORED + hash.slice(HANDLE.length)
    const link = readStored(stored)
    return link === null ? { kind: 'nothing' } : { kind: 'link', link }
  }
  if (hash.length <= 1 && !search) return { kind: 'nothing' }
  setAddress({ link: href })
  return { kind: 'link', link: href }
}

function readStored(name: string): string | null {
  try {
    return localStorage.getItem(name)
  } catch {
    return null // this browser lets the page keep nothing
  }
}

/** Puts a local handle into the address bar. */
export function setAddress(target: { link: string } | { memo: string }): void {
  if ('memo' in target) {
    history.replaceState(null, '', `${location.pathname}${MEMO}${encodeURIComponent(target.memo)}`)
    return forgetLink()
  }
  const handle = crypto.randomUUID?.() ?? Array.from(crypto.getRandomValues(new Uint32Array(4)), String).join('-')
  history.replaceState(null, '', `${location.pathname}${HANDLE}${handle}`)
  stored = STORED + handle
  try {
    localStorage.setItem(stored, target.link)
  } catch { /* nothing can be kept here: a reload then starts from the link itself */ }
}

/** The link has done its work, or never will. */
export function forgetLink(): void {
  const name = stored
  stored = undefined
  try {
    if (name) localStorage.removeItem(name)
  } catch { /* then there is nothing to forget */ }
}
