// What this browser keeps for the app beside the package's store: small texts under names of the app's own, for good or
// for as long as this tab is. Each of the frames of the /stage page is a device of its own, told apart by the name of its
// window. Never throws: a browser may let a page keep nothing.

const STAGE = 'samara-stage-'
const frame = window.name.startsWith(STAGE) ? `-${window.name.slice(STAGE.length)}` : ''

/** The name of the package's store, and of everything else that belongs to this device. */
export const storeName = `voice-memos${frame}`

const nameOf = (key: string): string => `${storeName} ${key}`

export function readLocal(key: string): string | undefined {
  try {
    return localStorage.getItem(nameOf(key)) ?? undefined
  } catch {
    return undefined
  }
}

/** For this tab alone: it outlives a reload and ends with the tab. */
export function readForTab(key: string): string | undefined {
  try {
    return sessionStorage.getItem(nameOf(key)) ?? undefined
  } catch {
    return undefined
  }
}

export function writeForTab(key: string, text: string | undefined): void {
  try {
    if (text === undefined) sessionStorage.removeItem(nameOf(key))
    else sessionStorage.setItem(nameOf(key), text)
  } catch { /* nothing can be kept here */ }
}

export function writeLocal(key: string, text: string | undefined): void {
  try {
    if (text === undefined) localStorage.removeItem(nameOf(key))
    else localStorage.setItem(nameOf(key), text)
  } catch { /* nothing can be kept here */ }
}
