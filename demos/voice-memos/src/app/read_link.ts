// What a link says before anybody is contacted, and what of it is on this device already.
import { inspect, type Item, type LinkInfo, type Samara } from 'samara-sdk'
import type { Trouble } from '../view/model.js'
import { appBase } from './address.js'
import { MAX_MEMO_BYTES } from './consent.js'
import { hasPlaceForKey } from './link_parts.js'

/** Sealed things are padded: what is in them is looked at again when that is known. */
const MAX_SEALED_BYTES = MAX_MEMO_BYTES * 1.125

/** A trouble that ends receiving. */
export class Stop extends Error {
  constructor(readonly trouble: Trouble) { super(trouble.code) }
}

/** The link is whole but for its key: somebody may have it. */
export class KeyMissing extends Error {}

/** An address of the web that is not of this app and has no memo in it. */
function isOfOtherApp(link: string): boolean {
  const url = URL.canParse(link.trim()) ? new URL(link.trim()) : undefined
  if (!url || !/^https?:$/.test(url.protocol)) return false
  const isOurs = url.origin === appBase.origin && url.pathname.startsWith(appBase.pathname)
  return !isOurs && !/seeds=|magnet:|#[msw]1\./i.test(link)
}

const lacksKey = ({ kind, problem }: LinkInfo): boolean => kind === 'sealed' && problem?.params['why'] === 'truncated'

/** What the link says, without asking anybody. */
export async function readLink(link: string): Promise<LinkInfo> {
  if (isOfOtherApp(link)) throw new Stop({ code: 'other-app' })
  const infos = await inspect(link)
  const info = infos.find(({ problem }) => !problem)
  if (!info && infos.some(lacksKey) && hasPlaceForKey(link)) throw new KeyMissing()
  if (!info) throw infos[0]?.problem ?? new Stop({ code: 'bad-link', why: 'empty' })
  const limit = info.kind === 'sealed' ? MAX_SEALED_BYTES : MAX_MEMO_BYTES
  if ((info.size ?? 0) > limit) throw new Stop({ code: 'too-large', bytes: info.size ?? 0, limit: MAX_MEMO_BYTES })
  return info
}

/** The memo of a link that is here: received with it, or shared by it. */
export async function findHere(samara: Samara, infoHash: string | undefined): Promise<Item | undefined> {
  if (!infoHash) return undefined
  const item = (await samara.items()).find((one) => one.infoHash === infoHash)
  if (item) return item
  const share = (await samara.shares()).find((one) => one.infoHash === infoHash)
  return share?.key === undefined ? undefined : samara.item(share.key)
}
