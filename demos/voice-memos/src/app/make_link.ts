// Makes the link of a memo, or of several: always sealed, with what the sender sees of them inside the seal. The memo's id
// is the key of its share, so a memo has one link at a time. Knows no screens; a password is passed on and not kept.
import { inspect, type Item, type LinkInfo, type Samara, type Share } from 'samara-sdk'
import type { End, Guards } from '../view/model.js'
import { filesOfSeveral, memoOfSeveral, notesOfSeveral } from './bundle.js'
import { endFrom, forgetNote, keepNote, readNote } from './link_notes.js'
import { measure, measuredOf } from './measure.js'
import { titleOf } from './names.js'
import { endOf, lengthOf, timeOf } from './sender_says.js'

export interface LinkWishes { password: string; end: End }
const NO_WISHES: LinkWishes = { password: '', end: 'none' }

const isUsable = (share: Share): boolean => ['waiting', 'serving', 'paused'].includes(share.snapshot.state)

/** What one link is for: a memo, or several. */
export interface Subject {
  id: string // the key of its share
  title: string
  at: Date
  durationSeconds: number | undefined
  ends: Date | undefined // whoever passes a memo on keeps to its sender's end
  meta: Record<string, unknown>
  source(): Promise<Item | File[]>
}

/** The waveform and what is known of several sounds; what this browser can play is of no use to another. */
function metaOf(item: Item): Record<string, unknown> {
  const { peaks } = measuredOf(item)
  return { ...(peaks && { peaks }), ...(Array.isArray(item.meta['parts']) && { parts: item.meta['parts'] }) }
}

/** A memo, with its waveform: measured first where that is still to be done. */
export async function oneMemo(item: Item): Promise<Subject> {
  const measured = await measure(item).catch(() => item)
  return { id: item.id, title: titleOf(measured.name), at: timeOf(measured), durationSeconds: lengthOf(measured), ends: endOf(item)?.at, meta: metaOf(measured), source: async () => measured }
}

export async function severalMemos(items: readonly Item[]): Promise<Subject> {
  const { id, title, at, durationSeconds } = memoOfSeveral(items)
  const ends = items.map((item) => endOf(item)?.at).filter((end) => end !== undefined)
  return { id, title, at, durationSeconds, ends: ends.length > 0 ? new Date(Math.min(...ends.map(Number))) : undefined, meta: { parts: notesOfSeveral(items) }, source: () => filesOfSeveral(items) }
}

/** What each link of this page says: asked once, because it takes a tenth of a second. */
const said = new Map<string, Promise<LinkInfo | undefined>>()

function readOwnLink({ url }: Share): Promise<LinkInfo | undefined> {
  const known = said.get(url) ?? inspect(url).then(([info]) => info)
  said.set(url, known)
  return known
}

/** What holds for a link, by the link itself and by what was noted when it was made. */
export async function guardsOf(share: Share, { id, title }: Subject): Promise<Guards> {
  const info = await readOwnLink(share)
  const note = readNote(id)
  return {
    password: info?.passwordNeeded ?? false,
    end: note?.end ?? 'none',
    ...(note?.ends && { ends: note.ends }),
    ...(note && note.title !== title && { title: note.title }),
  }
}

const isSealed = async (share: Share): Promise<boolean> => (await readOwnLink(share))?.kind === 'sealed'

/** A link that asks for a password has to say so, and one of another is not it. Thrown where the package made another. */
async function assertAsWished(share: Share, before: string | undefined, { password }: LinkWishes): Promise<void> {
  const info = await readOwnLink(share)
  if (info?.kind === 'sealed' && info.passwordNeeded === (password !== '') && share.url !== before) return
  await share.stop().catch(() => undefined)
  throw new Error('the link is not what was asked for')
}

/** A new link; the one from before, if there is one, stops first. */
export async function makeLink(samara: Samara, subject: Subject, wishes = NO_WISHES): Promise<Share> {
  const { id, title, durationSeconds } = subject
  const before = await samara.findShare(id)
  if (before && before.snapshot.state !== 'stopped') await before.stop()
  const ends = subject.ends ?? endFrom(wishes.end)
  const share = await samara.share(await subject.source(), {
    key: id, name: title, createdAt: subject.at, meta: subject.meta,
    ...(durationSeconds !== undefined && { durationSeconds }),
    ...(wishes.password !== '' && { password: wishes.password }),
    ...(ends && { expiresAt: ends }),
  })
  await assertAsWished(share, before?.url, wishes)
  keepNote(id, { title, end: wishes.end, ...(ends && { ends }) })
  return share
}

/** The link that there is, or the first one. */
export async function linkOf(samara: Samara, subject: Subject): Promise<Share> {
  const share = await samara.findShare(subject.id)
  return share && isUsable(share) && await isSealed(share) ? share : makeLink(samara, subject)
}

/** Ends it for good. */
export async function dropLink(share: Share): Promise<void> {
  await share.stop()
  if (share.key !== undefined) forgetNote(share.key)
}
