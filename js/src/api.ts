// Owns: the public types of samara-sdk, exactly as users see them (shipped as dist/index.d.ts). No code.
// Sizes are bytes, times are Date, ranges are [start, end) as in Blob.slice.
/// <reference lib="esnext.disposable" preserve="true" />
export declare function open(options?: OpenOptions): Promise<Samara>
export declare function support(): Promise<Support>
export declare function inspect(link: string | URL): Promise<LinkInfo[]>   // the C++ parser alone: no network, no store; one entry per `seeds`
export declare function destroy(name?: string): Promise<void>           // deletes the store of that name, whole
export declare const version: string

export interface Live<S, M> extends EventTarget {      // snapshot: a frozen plain object, replaced (never mutated) on change; then one 'change' event, ≤ 10 per second
  readonly snapshot: Readonly<S>
  addEventListener<K extends keyof M & string>(type: K, f: (e: CustomEvent<M[K]>) => void, o?: boolean | AddEventListenerOptions): void
  addEventListener(type: string, f: EventListenerOrEventListenerObject | null, o?: boolean | AddEventListenerOptions): void
}
export interface OpenOptions {
  name?: string; trackers?: string[]; iceServers?: RTCIceServer[] | (() => Promise<RTCIceServer[]>); iceTransportPolicy?: 'all' | 'relay'
  shareBase?: string | URL; store?: 'auto' | 'opfs' | 'idb' | 'idbfs' | 'memory'; limits?: Partial<Limits>
  seeding?: 'always' | 'visible' | 'unmetered' | 'never'        // default 'always': while a page is open
  freeSpace?: 'never' | 'received'                              // default 'never'; 'received': when room is needed, received items that can be fetched again go, the least recently used first
  source?: (share: { id: string; key?: string }) => Promise<Source | undefined>   // gives a referenced share its bytes back after a reload
  log?: 'silent' | 'warn' | 'info' | 'debug' | ((e: LogEntry) => void)             // default 'warn'
  signal?: AbortSignal
}
export interface Limits { itemBytes: number; storeBytes: number; peerConnections: number; uploadBytesPerSecond: number; downloadBytesPerSecond: number }
export interface LogEntry { level: 'warn' | 'info' | 'debug'; area: string; code: string; message: string; data: Record<string, string | number>; at: Date }
export type Source = Blob | File | (Blob | File)[] | FileList | ArrayBuffer | ArrayBufferView | ReadableStream<Uint8Array>
export interface Describe { name?: string; type?: string; description?: string; createdAt?: Date; durationSeconds?: number; thumbnail?: Blob; meta?: Record<string, unknown> }

export interface Samara extends Live<SamaraState, SamaraEvents> {
  save(source: Source, options?: Describe & { signal?: AbortSignal }): Promise<Item>
  share(source: Source | Item, options?: ShareOptions): Promise<Share>
  receive(link: string | URL | Blob | Uint8Array, options?: ReceiveOptions): Transfer
  items(): Promise<Item[]>; item(id: string): Promise<Item | undefined>; remove(id: string): Promise<void>
  shares(): Promise<Share[]>; findShare(key: string): Promise<Share | undefined>; transfers(): Promise<Transfer[]>
  readonly vault: VaultApi
  health(): Promise<Health>; report(): Promise<Blob>; persist(): Promise<boolean>
  /** Items as one file, for moving without a network: all of them, or those with these ids. It holds the keys of received sealed items: keep it to yourself. */
  export(options?: { items?: string[] }): Promise<Blob>
  /** Saves what such a file holds; what is here already stays as it is. */
  import(file: Blob, options?: { signal?: AbortSignal }): Promise<Item[]>
  close(): Promise<void>; [Symbol.asyncDispose](): Promise<void>
}
export interface SamaraState { role: 'leader' | 'follower'; items: number; shares: number; transfers: number; reasons: readonly Reason[] }
export interface SamaraEvents { change: SamaraState; items: { added: string[]; changed: string[]; removed: string[] }; shares: { ids: string[] }; transfers: { ids: string[] } }

/** Sealed unless `encrypt` is false: whoever has the link can read it, if there is a password together with that. `password` and `expiresAt` are for sealed shares, `private` and `pieceLength` for open torrents. */
export interface ShareOptions extends Describe { key?: string; encrypt?: boolean; password?: string; expiresAt?: Date; swarm?: 'open' | 'sealed'; keep?: 'reference' | 'copy'
  trackers?: string[]; webSeeds?: string[]; private?: boolean; pieceLength?: number; onprogress?: (p: { hashed: number; total: number | undefined }) => void; signal?: AbortSignal }
export interface Share extends Live<ShareStats, ShareEvents> {
  readonly id: string; readonly key?: string; readonly url: string; readonly compactUrl: string; readonly magnet: string; readonly infoHash: string   // 40 lower-case hex
  stats(): ShareStats; peers(): PeerInfo[]; torrentFile(): Promise<Blob>
  provide(source: Source): Promise<void>; pause(): Promise<void>; resume(): Promise<void>; stop(): Promise<void>
}
export interface ShareStats { state: 'waiting' | 'serving' | 'paused' | 'source-needed' | 'expired' | 'stopped'; peers: number; uploadedBytes: number; bytesPerSecond: number; delivered: number; reason?: Reason }
export interface ShareEvents { change: ShareStats; peer: PeerInfo; progress: PeerInfo; served: PeerInfo; stopped: { reason: Reason } }
export interface PeerInfo { id: string; client: string; route: 'local' | 'direct' | 'relay' | 'web-seed'; receivedBytes: number; sentBytes: number; fraction: number }

export interface ReceiveOptions { password?: string | ((attempt: number) => Promise<string | undefined>); accept?: (m: Metadata) => boolean | number[] | Promise<boolean | number[]>; keep?: boolean; seed?: boolean; files?: number[]; signal?: AbortSignal }
export interface Transfer extends Live<Progress, TransferEvents> {
  readonly id: string; readonly metadata: Promise<Metadata>; readonly done: Promise<Item>
  progress(): AsyncIterable<Progress>
  src(file?: number): Promise<string>; stream(file?: number, range?: { start?: number; end?: number }): ReadableStream<Uint8Array>
  select(files: number[]): Promise<void>; pause(): Promise<void>; resume(options?: ReceiveOptions): Promise<void>; cancel(): Promise<void>
}
export interface Progress { state: 'starting' | 'finding' | 'connecting' | 'receiving' | 'waiting' | 'locked' | 'paused' | 'done' | 'failed' | 'cancelled'
  verifiedBytes: number; totalBytes: number | undefined; bytesPerSecond: number; secondsLeft: number | undefined; peers: number; have: readonly [start: number, end: number][]
  metadata?: Metadata; item?: Item; error?: SamaraError; reason?: Reason }
export interface TransferEvents { change: Progress; progress: Progress; metadata: Metadata; peer: PeerInfo; done: Item; error: SamaraError }
export interface Metadata extends FileInfo, Pick<Describe, 'description' | 'createdAt' | 'durationSeconds' | 'thumbnail'> { files: FileInfo[]; sealed: boolean; infoHash: string; meta: Record<string, unknown>
  /** When the sender lets it end. */
  expiresAt?: Date }
export interface FileInfo { name: string; type: string; size: number }
export interface Item extends Readonly<FileInfo> { readonly id: string; readonly origin: 'saved' | 'received'; readonly infoHash?: string; readonly files: readonly FileInfo[]
  readonly addedAt: Date; readonly receivedAt?: Date; readonly createdAt?: Date; readonly durationSeconds?: number; readonly description?: string; readonly thumbnail?: Blob; readonly meta: Record<string, unknown>
  /** When the sealed share that it came from ends: it is not served any longer then. */
  readonly expiresAt?: Date
  update(change: Partial<Describe>): Promise<Item>
  src(file?: number): Promise<string>; blob(file?: number): Promise<Blob>; stream(file?: number, range?: { start?: number; end?: number }): ReadableStream<Uint8Array> }

export interface LinkInfo { kind: 'plain' | 'sealed' | 'pair' | 'unknown'; link: string; infoHash?: string; name?: string; size?: number; passwordNeeded: boolean; trackers: string[]; problem?: SamaraError }
export interface Reason { code: ReasonCode; message: string; params: Record<string, string | number>; since: Date; action?: 'retry' | 'enter-password' | 'ask-sender' | 'keep-open' | 'free-space' | 'allow-local-network' | 'add-turn' | 'switch-tab' | 'provide-source' }
export type ReasonCode = 'offline' | 'trackers-unreachable' | 'no-one-has-it' | 'sender-left' | 'cannot-connect' | 'local-network-blocked' | 'relay-needed' | 'choked' | 'paused' | 'page-frozen' | 'metered' | 'storage-low' | 'storage-full' | 'storage-fallback' | 'source-needed' | 'other-tab' | 'expired' | 'revoked'
export type ErrorCode = 'aborted' | 'bad-link' | 'newer-link' | 'unsupported' | 'insecure-context' | 'password-needed' | 'wrong-password' | 'wrong-key' | 'refused' | 'too-large' | 'storage-full' | 'storage-lost' | 'source-changed' | 'metadata-invalid' | 'bad-share' | 'newer-store' | 'expired' | 'not-found' | 'already-open' | 'closed' | 'engine-restarted'
export interface Health { ok: boolean; reasons: Reason[]; trackers: { url: string; state: 'connected' | 'connecting' | 'down'; since: Date }[]; connections: { open: number; limit: number; local: number; direct: number; relay: number }
  storage: { kind: 'opfs' | 'idb' | 'idbfs' | 'memory'; persisted: boolean; usedBytes: number } }
export interface Support { share: boolean; receive: boolean; store: 'opfs' | 'idb' | 'memory'; stream: boolean; lost: Reason[] }
export declare class SamaraError extends Error { readonly code: ErrorCode; readonly retryable: boolean; readonly params: Record<string, string | number> }
export interface VaultApi { create(o: { deviceName: string }): Promise<Vault>; current(): Promise<Vault | undefined>
  join(link: string | URL, o: { deviceName: string; oncode?: (code: string) => void; signal?: AbortSignal }): Promise<Vault>; recover(words: string, o: { deviceName: string }): Promise<Vault>; import(file: Blob, passphrase: string): Promise<Vault> }
export interface Vault extends Live<SyncStatus, VaultEvents> {
  put(record: { id?: string; fields?: Record<string, unknown>; blob?: Blob | Item }): Promise<VaultRecord>; get(id: string): Promise<VaultRecord | undefined>
  records(q?: { after?: string; limit?: number; deleted?: boolean }): Promise<VaultRecord[]>; delete(id: string): Promise<void>; undelete(id: string): Promise<void>
  invite(o?: { minutes?: number }): Promise<Invitation>; devices(): Promise<Device[]>; rename(deviceId: string, name: string): Promise<void>; revoke(deviceId: string): Promise<void>
  recoveryWords(): Promise<string>; policy(p?: { keep: 'everything' } | { keep: 'recent'; days: number } | { keep: 'on-demand' }): Promise<unknown>
  merge(field: string, f: (a: Uint8Array, b: Uint8Array) => Uint8Array): void; status(): Promise<SyncStatus>; export(passphrase: string): Promise<Blob>; leave(): Promise<void>; close(): Promise<void> }
export interface SyncStatus { state: 'off' | 'searching' | 'syncing' | 'in-sync' | 'alone'; devicesOnline: number; waiting: { up: number; down: number; bytes: number }; lastSyncAt?: Date; reason?: Reason }
export interface VaultEvents { change: SyncStatus; records: { ids: string[]; by: 'this-device' | 'other' }; device: Device; conflict: { id: string } }
export interface Device { id: string; name: string; thisDevice: boolean; addedAt: Date; lastSeenAt?: Date; online: boolean }
export interface JoinRequest { deviceName: string; code: string; approve(): Promise<void>; deny(): Promise<void> }
export interface Invitation extends Live<{ state: 'open' | 'used' | 'expired' | 'cancelled' }, { request: JoinRequest }> { readonly url: string; readonly expiresAt: Date; cancel(): Promise<void> }
export interface VaultRecord { readonly id: string; readonly fields: Readonly<Record<string, unknown>>; readonly revisions: readonly { id: string; deviceId: string; at: Date; size: number; primary: boolean }[]
  readonly copies: readonly { deviceId: string; verifiedAt: Date }[]; readonly local: 'whole' | 'partial' | 'none'; readonly deletedAt?: Date
  blob(revision?: string): Promise<Blob>; src(revision?: string): Promise<string>; choose(revision: string): Promise<void>; pin(): Promise<void>; free(): Promise<void> }
