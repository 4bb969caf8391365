// Owns: what Samara, Share and Transfer have in common: a frozen snapshot that is replaced, and its events.
import type { PeerInfo } from '../api'

export class Live<S extends object, M> extends EventTarget {
  constructor(public snapshot: Readonly<S>) {
    super()
  }
  /** A new snapshot, then one `change`. */
  replace(next: S): void {
    this.snapshot = Object.freeze(next)
    this.emit('change' as keyof M & string, next as unknown as M[keyof M & string])
  }
  emit<K extends keyof M & string>(type: K, detail: M[K]): void {
    this.dispatchEvent(new CustomEvent(type, { detail }))
  }
}
export interface Live<S extends object, M> {
  addEventListener<K extends keyof M & string>(type: K, f: (e: CustomEvent<M[K]>) => void, o?: boolean | AddEventListenerOptions): void
  addEventListener(type: string, f: EventListenerOrEventListenerObject | null, o?: boolean | AddEventListenerOptions): void
}

/** Calls back for the peers that are new or have changed since the last list. */
export function changedPeers(before: readonly PeerInfo[], now: readonly PeerInfo[], changed: (peer: PeerInfo, old: PeerInfo | undefined) => void): void {
  const known = new Map(before.map((peer) => [peer.id, peer]))
  for (const peer of now) {
    const old = known.get(peer.id)
    if (!old || old.receivedBytes !== peer.receivedBytes || old.sentBytes !== peer.sentBytes || old.fraction !== peer.fraction) changed(peer, old)
  }
}
