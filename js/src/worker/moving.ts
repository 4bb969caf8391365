// Owns: moving an older store of the same name into the one that is being opened, so that a cut at any moment loses nothing:
//   mark `moving.<own>` → content, flush → journals, flush → mark `moved` → unmark `moving.<own>` → delete the old → unmark `moved`
// While anything `moving` is marked, what is in the new store counts for nothing and the move begins again. Whoever finds its own
// mark gone has been overtaken, and deletes nothing. With `moved` alone the new store is whole. A new store that has a journal
// and no mark is in use: an old one beside it is somebody's and is left alone.
import { firstVersion, rows, type Older } from '../store/older'
import { StoreError, StoreStatus, type Listing, type Marks, type Store } from '../store/store'

const MOVING = 'moving.'
const MOVED = 'moved'
const CONTENT_FIRST = 16

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
  const found = (await marks.marks()).filter((mark) => mark === MOVED || mark.startsWith(MOVING))
  const isUsed = listing.some(({ blob, bytes }) => blob < CONTENT_FIRST && bytes)
  if (!found.length && isUsed) return listing
  const older = (target.kind === 'opfs' && (await rows(name))) || (await firstVersion(name))
  const begun = found.filter((mark) => mark !== MOVED)
  if (!older || !begun.length) {
    if (older && !found.length) return move(target, listing, older, begun, stolen)
    void finish(marks, older, found).catch(() => {}) // the next one who opens goes on with it
    return listing
  }
  return move(target, listing, older, begun, stolen)
}

async function move(target: Target, listing: Listing[], older: Older, begun: string[], stolen: boolean): Promise<Listing[]> {
  const { marks } = target
  try {
    if (stolen && !begun.length) throw new StoreError(StoreStatus.failed, 'a tab of an older version has it')
    const own = `${MOVING}${crypto.randomUUID()}`
    await marks.mark(own)
    await marks.unmark(MOVED)
    let isOvertaken = false
    for (const mark of begun) isOvertaken = !(await marks.unmark(mark)) || isOvertaken
    if (!isOvertaken) { // else another owner came to its end meanwhile, before the store was ours
      for (const { blob } of listing) await target.delete(blob)
      await copyAll(target, older, own)
    }
    await marks.mark(MOVED)
    if (!(await marks.unmark(own))) throw new StoreError(StoreStatus.lost)
    void finish(marks, older, [MOVED]).catch(() => {})
    return isOvertaken ? listing : [...older.blobs].map(([blob, bytes]) => ({ blob, bytes }))
  } catch (error) {
    throw new MoveError(older, error)
  }
}

/** Copies everything, journals last. What does not fit is taken back. */
async function copyAll(target: Target, older: Older, own: string): Promise<void> {
  const isJournal = (blob: number) => blob < CONTENT_FIRST
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
