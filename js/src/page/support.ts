// Owns: support() and inspect(): what this browser can do, and what a link says. Neither opens a store.
import type { LinkInfo, Reason, Support } from '../api'
import { fromData, ownReason } from '../shared/errors'
import type { LinkData } from '../shared/messages'
import { Bridge } from './bridge'
import { insecure, missing } from './open'

export async function support(): Promise<Support> {
  const works = typeof Worker !== 'undefined' && typeof WebAssembly !== 'undefined' && typeof WebSocket !== 'undefined'
  const peers = works && !insecure() && typeof RTCPeerConnection !== 'undefined'
  const store = await storeHere()
  const lost: Reason[] = []
  if (!peers) lost.push(ownReason('cannot-connect', insecure() ? missing().message : 'This browser has no WebRTC.'))
  if (store === 'memory') lost.push(ownReason('storage-fallback', 'Nothing is kept after the page closes.'))
  return { share: peers, receive: peers, store, stream: typeof ReadableStream !== 'undefined', lost }
}

/** By trying. Whether the files can be written is seen when a store is opened, in its worker. */
async function storeHere(): Promise<Support['store']> {
  const files = await globalThis.navigator?.storage?.getDirectory?.().catch(() => undefined)
  if (files) return 'opfs'
  return typeof indexedDB === 'undefined' ? 'memory' : 'idb'
}

export async function inspect(link: string | URL): Promise<LinkInfo[]> {
  if (typeof Worker === 'undefined') throw missing()
  const bridge = new Bridge()
  bridge.load()
  try {
    const links = (await bridge.inspect(String(link))) as LinkData[]
    return links.map(({ problem, ...info }) => ({ ...info, ...(problem && { problem: fromData(problem) }) }))
  } finally {
    bridge.stop()
  }
}
