// Owns: the messages between page and worker. Both are ours; ids are numbers, never strangers' strings.
// The worker posts arrays of messages, one array per turn of its pump.
import type { ErrorCode, LinkInfo, PeerInfo, Progress, Reason, ReasonCode, SamaraState, ShareStats } from '../api'
import type { Spec } from './bencode'
import type { In, Out } from './records'

export type Placement = 'relay' | 'transfer'
export type StoreKind = 'opfs' | 'idb' | 'idbfs' | 'memory'
/** A store that was tried and does not work here, and why; `auto` took the next. */
export interface Fallback { from: StoreKind; why: string }

/** What the page tells the worker. */
export type ToWorker =
  /** `idbfs`: where idbfs.js is, should it be needed. */
  | { t: 'load'; wasm: string; idbfs: string }
  | { t: 'inspect'; id: number; link: string }
  /** `stolen`: the last owner of the store may still be alive. `storeBytes`: a cap of the caller's own. `tab`: who leads from now on. */
  | { t: 'start'; config: Spec; store: StoreKind | 'auto'; name: string; stolen: boolean; storeBytes: number | undefined; tab: string; relayOnly: boolean; log: number }
  | { t: 'call'; id: number; kind: In; a?: number; spec?: Spec; source?: { id: number; blob: Blob } }
  | { t: 'read'; id: number; blob: number; offset: number; bytes: number }
  /** A range of a blob as a Blob: of a store with files nothing is read. Answered by `done`. */
  | { t: 'blob'; id: number; blob: number; offset: number; bytes: number; type: string }
  | { t: 'flush' }
  | { t: 'close' }
  /** An input for the engine as it is: peer connections, channels, network. */
  | { t: 'in'; kind: In; handle: number; a?: number; b?: number; payload?: string | ArrayBuffer[] }
  | { t: 'channel'; id: number; dial: number; channel: RTCDataChannel }
  /** Of another tab only: whether the leader is there (it answers with no messages), and that the tab goes. */
  | { t: 'ping' }
  | { t: 'bye' }

/** What the worker tells the page. */
export type ToPage =
  | { t: 'ready'; origin: number; store: StoreKind; fell: Fallback[] }
  /** The store is not ours any more (`deposed`: another tab has taken it) or is gone (`cleared`): the engine has stopped. */
  | { t: 'lost'; why: 'deposed' | 'cleared' }
  | { t: 'done'; id: number; value: unknown }
  | { t: 'failed'; id: number; error: ErrorData }
  | { t: 'state'; state: StateData }
  | { t: 'item'; item: ItemData }
  | { t: 'share'; share: ShareData }
  | { t: 'transfer'; transfer: TransferData }
  | { t: 'gone'; subject: number; id: string }
  /** A command about a peer connection, for the page to carry out. */
  | { t: 'peer'; kind: Out; handle: number; gives: boolean; over: number; text: string }
  | { t: 'send'; channel: number; bytes: Uint8Array }
  /** Argon2id is wanted of a password: 16 bytes of salt, then the password. Answered by In.passwordStretched. */
  | { t: 'stretch'; op: number; bytes: Uint8Array<ArrayBuffer> }
  | { t: 'hashed'; blob: number; hashed: number; total: number }
  | { t: 'log'; level: number; area: string; code: string; detail: number; us: number }
  | { t: 'fatal'; why: string }

/** With the public code and its wording. */
export interface ErrorData { code: ErrorCode; message: string; params: Record<string, string | number> }
export interface ReasonData { code: ReasonCode; message: string; since: number; action: Reason['action'] | undefined; params: Record<string, string | number> }
export interface FileData { name: string; type: string; size: number; offset: number }
export interface StateData extends Omit<SamaraState, 'role' | 'reasons'> { reasons: ReasonData[] }
/** What items and metadata have in common. Times are Unix milliseconds. */
export interface DescribedData {
  name: string; type: string; size: number; files: FileData[]; infoHash: string | undefined
  created: number | undefined; duration: number | undefined; description: string | undefined
  thumbnail: Uint8Array | undefined; thumbnailType: string | undefined; meta: Record<string, unknown>
  expires: number | undefined
}
export interface ItemData extends DescribedData { id: string; blob: number; origin: 'saved' | 'received'; added: number; received: number | undefined }
export interface MetadataData extends DescribedData { sealed: boolean }
export interface ShareData {
  id: string; key: string | undefined; url: string; compactUrl: string; magnet: string; infoHash: string; blob: number
  stats: Omit<ShareStats, 'reason'>; reason: ReasonData | undefined; peers: PeerInfo[]
}
export interface TransferData {
  id: string; blob: number | undefined; asking: boolean; progress: Omit<Progress, 'metadata' | 'item' | 'error' | 'reason'>
  metadata: MetadataData | undefined; item: ItemData | undefined; peers: PeerInfo[]; reason: ReasonData | undefined
  error: ErrorData | undefined
}
export interface HealthData {
  open: number; limit: number; local: number; direct: number; relay: number; used: number; reasons: ReasonData[]
  trackers: { url: string; state: 'connected' | 'connecting' | 'down'; since: number }[]
}
export interface ExportHead { head: Uint8Array<ArrayBuffer>; blobs: { blob: number; bytes: number }[] }
/** Where an item of an export is in the file, or how much of the file's beginning is needed to tell. */
export interface ExportEntry { id: string; record: Uint8Array; offset: number; bytes: number }
export interface ExportList { list: ExportEntry[]; need: number | undefined }
export interface LinkData extends Omit<LinkInfo, 'problem'> { problem: ErrorData | undefined }
