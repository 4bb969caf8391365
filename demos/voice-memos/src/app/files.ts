// A memo as a file of this device: saved beside the other downloads, or given to another app.
import type { Item, Samara } from 'samara-sdk'
import { typeOf } from './measure.js'
import { fileNameFor, titleOf } from './names.js'

const DOWNLOAD_BEGINS_MS = 60_000 // then the browser has its own hold on it

const nameOf = (item: Item): string => fileNameFor(titleOf(item.name), item.type, item.files[0]?.name)

/** Saves a Blob beside the other downloads. */
function download(href: string, name: string): void {
  const link = document.createElement('a')
  link.href = href
  link.download = name
  link.click()
}

/** All memos as one file, for another browser or device without a network. */
export async function saveLibrary(samara: Samara): Promise<void> {
  const url = URL.createObjectURL(await samara.export())
  download(url, `voice-memos-${new Date().toISOString().slice(0, 10)}.samara`)
  setTimeout(() => URL.revokeObjectURL(url), DOWNLOAD_BEGINS_MS)
}

export async function saveFile(item: Item): Promise<void> {
  download(await item.src(), nameOf(item))
}

/** Files that were made ready, so that Send finds them within the click. */
const ready = new Map<string, File>()

export async function prepareFile(item: Item): Promise<File> {
  const known = ready.get(item.id)
  if (known) return known
  const file = new File([await item.blob()], nameOf(item), { type: typeOf(item).split(';')[0] ?? '' })
  ready.clear() // one is enough, and memos are large
  ready.set(item.id, file)
  return file
}

/** Gives it to another app; where that cannot be, it is saved instead. */
export function sendFile(item: Item): void {
  const file = ready.get(item.id)
  if (!file) return void prepareFile(item).then((made) => give(item, made))
  give(item, file)
}

function give(item: Item, file: File): void {
  if (typeof navigator.canShare !== 'function' || !navigator.canShare({ files: [file] })) return void saveFile(item)
  navigator.share({ files: [file] }).catch((error: unknown) => {
    if ((error as Error | null)?.name !== 'AbortError') void saveFile(item) // closed without choosing: nothing to do
  })
}
