// Owns: how the tabs of one store find each other: the names of their locks and channels, and what is said on the hub, which
// all of them hear. What a follower asks of the leader goes over a line of its own (ToWorker there, ToPage[] back).
import { lockOf } from './places'

/** A channel that all tabs of a store hear. */
export const hubOf = lockOf
/** The channel between a follower and one leader: what a former leader still says is heard by nobody. */
export const lineOf = (store: string, tab: string, leader: string): string => `${lockOf(store)}/${tab}/${leader}`
/** Held by a tab as long as it lives. */
export const tabLockOf = (store: string, tab: string): string => `${lockOf(store)}/${tab}`
/** Held by a leader whose store can be taken away from it: its files are fenced. */
export const fencedLockOf = (store: string): string => `${lockOf(store)}/fenced`
/** Held by the one that takes the store away. */
export const heirLockOf = (store: string): string => `${lockOf(store)}/heir`

export type OnHub =
  /** A tab looks for the leader. */
  | { t: 'who' }
  /** From the leader's worker. `fresh`: whatever was asked of an earlier one must be asked again. */
  | { t: 'lead'; leader: string; relayOnly: boolean; fresh: boolean }
  /** A follower listens on its line. */
  | { t: 'hello'; leader: string; tab: string }
  /** From the leader's page: its worker may be busy. */
  | { t: 'here' }
  /** From the leader's page: nobody sees it any more; and the answer of a tab that is seen. */
  | { t: 'hidden' }
  | { t: 'wanted'; tab: string }
  /** The leader has ended, so that this tab can lead. */
  | { t: 'yours'; tab: string }
