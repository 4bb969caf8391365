// Owns: moving an older store of the same name into the one that is being opened, so that a cut at any moment loses nothing:
//   mark `moving.<own>` → content, flush → journals, flush → mark `moved.<old>` → unmark `moving.<own>` → delete the old →
//   unmark `moved.<old>`
// While anything `moving` is marked, what is in the new store counts for nothing and the move begins again. Whoever finds its own
// mark gone has been overtaken, and deletes nothing. With `moved` alone the new store is whole, and the old one goes if it is the
// one that was moved: the mark says so by the fingerprint of its journals, for another may have come under its name since. A new
// store that has a journal and no mark is in use: an old one beside it is somebody's and is left alone.
import { fingerprint } from '../shared/fingerprint'
import { firstVersion, rows, type Older } from '../store/older'
import { StoreError, StoreStatus, type Listing, type Marks, type Store } from '../store/store'

const MOVING = 'moving.'
const MOVED = 'moved' // alone: of a version that did not say which
const CONTENT_FIRST = 16
const isJournal = (blob: number) => blob < CONTENT_FIRST

export type Target = Store & { readonly marks: Marks }

/** The move did not come to its end; what it would have moved is as it was. */
export class MoveError extends Error {
  constructor(readonly older: Older, override readonly cause: unknown) {
    super(String(cause))
  }
}

/** Gives the listing of the target after what there was to move. Fails with MoveError. */
export async function moveInto(target: Target, listing: Listing[], name: string, stolen: boolean): Promise<Listing[]> {
  const { marks } = target
  const found = (await marks.marks()).filter((mark) => mark.startsWith(MOVED) || mark.startsWith(MOVING))
  const isUsed = listing.some(({ blob, bytes }) => isJournal(blob) && bytes)
  if (!found.length && isUsed) return listing
  const older = (target.kind === 'opfs' && (await rows(name))) || (await firstVersion(name))
  const begun = found.filter((mark) => mark.startsWith(MOVING))
  if (older && (begun.length || !found.length)) return move(target, listing, older, found, stolen)
  const isMoved = older && found.includes(await movedMark(older).catch(() => ''))
  if (!isMoved) await older?.close().catch(() => {})
  void finish(marks, isMoved ? older : undefined, found).catch(() => {}) // the next one who opens goes on with it
  return listing
}

/** Names the store that was moved by what its journals hold. */
async function movedMark(older: Older): Promise<string> {
  let journals: number | undefined
  for (const blob of [...older.blobs.keys()].filter(isJournal).sort()) {
    for await (const { bytes } of older.parts(blob)) journals = fingerprint(bytes, journals)
  }
  return `${MOVED}.${journals}`
}

async function move(target: Target, listing: Listing[], older: Older, found: string[], stolen: boolean): Promise<Listing[]> {
  const { marks } = target
  const begun = found.filter((mark) => mark.startsWith(MOVING))
  try {
    const moved = await movedMark(older)
    if (stolen && !begun.length) throw new StoreError(StoreStatus.failed, 'a tab of an older version has it')
    const own = `${MOVING}${crypto.randomUUID()}`
    await marks.mark(own)
    for (const mark of found) if (mark.startsWith(MOVED)) await marks.unmark(mark)
    let isOvertaken = false
    for (const mark of begun) isOvertaken = !(await marks.unmark(mark)) || isOvertaken
    if (!isOvertaken) { // else another owner came to its end meanwhile, before the store was ours
      for (const { blob } of listing) await target.delete(blob)
      await copyAll(target, older, own)
    }
    await marks.mark(moved)
    if (!(await marks.unmark(own))) throw new StoreError(StoreStatus.lost)
    void finish(marks, older, [moved]).catch(() => {})
    return isOvertaken ? listing : [...older.blobs].map(([blob, bytes]) => ({ blob, bytes }))
  } catch (error) {
    throw new MoveError(older, error)
  }
}

/** Copies everything, journals last. What does not fit is taken back. */
async function copyAll(target: Target, older: Older, own: string): Promise<void> {
  const blobs = [...older.blobs.keys()]
  try {
    for (const group of [blobs.filter((blob) => !isJournal(blob)), blobs.filter(isJournal)]) {
      for (const blob of group) {
        await target.reserve(blob, older.blobs.get(blob)!)
        for await (const { offset, bytes } of older.parts(blob)) await target.write(blob, offset, bytes)
      }
      await target.flush()
    }
  } catch (error) {
    for (const blob of blobs) await target.delete(blob)
    await target.flush()
    await target.marks.unmark(own)
    throw error
  }
}

async function finish(marks: Marks, older: Older | undefined, left: readonly string[]): Promise<void> {
  await older?.destroy()
  for (const mark of left) await marks.unmark(mark)
}
