// Owns: RTCPeerConnections, which exist only on a page. Does what the engine says and reports what happens; descriptions
// go to and from the engine as they are. Data channels stay here and are relayed in batches: messages of 16 KiB, as other
// clients send them, cost less so. Those over which content is only sent move to the worker, which saves a copy and a message.
import { Channels } from '../shared/channels'
import type { Placement, ToPage, ToWorker } from '../shared/messages'
import { randomHex } from '../shared/random'
import { DialFailure, DialStage, In, Out, Route } from '../shared/records'
import { fresh, spent } from '../shared/spent'

const BATCH_BYTES = 256 * 1024 // relayed to the worker in one message at most
const BLOCKED_AFTER_MS = 5_000 // ICE that is still `new`: the browser may be keeping us from the local network

export interface PeersOptions {
  iceServers: () => Promise<RTCIceServer[]>
  iceTransportPolicy: RTCIceTransportPolicy
  /** Of all channels, whatever they are for. */
  placement: Placement | undefined
  post: (message: ToWorker, transfers?: Transferable[]) => void
  log: (code: string, dial: number) => void
}

const FURTHER = 'sm1' // label of channels for further torrents (docs/protocol.md)

/** `over`: this is no connection but one more channel of that one. */
interface Dial { pc: RTCPeerConnection; placement: Placement; over?: number; hasChannel?: boolean; isDescribed?: boolean; timer?: ReturnType<typeof setTimeout> }

export class Peers {
  readonly #dials = new Map<number, Dial>()
  readonly #channels: Channels
  #lastChannel = 0
  #certificate: Promise<RTCCertificate | undefined> | undefined
  readonly #gathered = new Map<number, ArrayBuffer[]>()
  #gatheredBytes = 0
  readonly #later = new MessageChannel()

  constructor(private readonly options: PeersOptions) {
    this.#channels = new Channels({
      opened: (channel, dial, max) => this.#report(In.channelOpened, channel, dial, max),
      bytes: (channel, bytes) => this.#gather(channel, bytes),
      buffered: (channel, bytes) => this.#report(In.channelBuffered, channel, bytes),
      closed: (channel) => {
        this.#relay()
        this.#report(In.channelClosed, channel)
      },
    })
    this.#later.port1.onmessage = () => this.#relay()
  }

  /** A command of the engine. */
  handle({ kind, handle: dial, gives, over, text }: Extract<ToPage, { t: 'peer' }>): void {
    if (kind === Out.closeDial) return this.#close(dial)
    if (kind === Out.closeChannel) return void this.#channels.close(dial)
    const placement = this.options.placement ?? (gives ? 'transfer' : 'relay')
    if (kind === Out.openChannel) return this.#open(dial, over, placement)
    if (kind !== Out.applyAnswer) this.#dials.set(dial, { placement } as Dial)
    const work =
      kind === Out.makeOffer ? this.#offer(dial) : kind === Out.makeAnswer ? this.#answer(dial, text) : this.#apply(dial, text)
    work.catch(() => this.#fail(dial, kind === Out.makeOffer ? DialFailure.createFailed : DialFailure.badSdp))
  }

  send(channel: number, bytes: Uint8Array): void {
    this.#channels.send(channel, bytes)
    spent(fresh(bytes)) // the browser has its copy
  }
  /** After the sends of one message from the worker. */
  settle(): void {
    this.#channels.settle()
  }

  /** Ends all connections: the engine is gone. */
  closeAll(): void {
    for (const dial of [...this.#dials.keys()]) this.#close(dial)
  }

  #open(dial: number, over: number, placement: Placement): void {
    const pc = this.#dials.get(over)?.pc
    if (!pc) return
    this.#dials.set(dial, { pc, placement, over })
    try {
      this.#adopt(dial, pc, pc.createDataChannel(FURTHER, { ordered: true }))
    } catch {
      this.#fail(dial, DialFailure.closed)
    }
  }

  async #offer(dial: number): Promise<void> {
    const pc = await this.#connection(dial)
    if (!pc) return
    this.#adopt(dial, pc, pc.createDataChannel(randomHex(20), { ordered: true }))
    await pc.setLocalDescription(await pc.createOffer())
    this.#described(dial, pc)
  }

  async #answer(dial: number, sdp: string): Promise<void> {
    const pc = await this.#connection(dial)
    if (!pc) return
    await pc.setRemoteDescription({ type: 'offer', sdp })
    await pc.setLocalDescription(await pc.createAnswer())
    this.#described(dial, pc)
    this.#watchLocalNetwork(dial, pc)
  }

  async #apply(dial: number, sdp: string): Promise<void> {
    const pc = this.#dials.get(dial)?.pc
    if (!pc) return
    await pc.setRemoteDescription({ type: 'answer', sdp })
    this.#watchLocalNetwork(dial, pc)
  }

  async #connection(dial: number): Promise<RTCPeerConnection | undefined> {
    const entry = this.#dials.get(dial)
    const { iceTransportPolicy } = this.options
    const [iceServers, certificates] = await Promise.all([this.options.iceServers(), this.#certificates()])
    if (!entry || this.#dials.get(dial) !== entry) return undefined // closed meanwhile
    const pc = (entry.pc = new RTCPeerConnection({ iceServers, iceTransportPolicy, certificates }))
    pc.ondatachannel = ({ channel }) => {
      if (entry.hasChannel && channel.label !== FURTHER) channel.close()
      else this.#adopt(dial, pc, channel)
    }
    pc.onicecandidate = () => this.#described(dial, pc)
    pc.oniceconnectionstatechange = () => {
      const state = pc.iceConnectionState
      if (state === 'connected') this.#connected(dial, pc, DialStage.iceConnected, 'ice-connected')
      if (state === 'failed') this.#fail(dial, DialFailure.iceFailed)
    }
    pc.onconnectionstatechange = () => {
      const state = pc.connectionState
      if (state === 'connected') this.#connected(dial, pc, DialStage.dtlsConnected, 'dtls-connected')
      if (state === 'failed' || state === 'closed') this.#fail(dial, state === 'failed' ? DialFailure.iceFailed : DialFailure.closed)
    }
    return pc
  }

  /** One for all connections: it tells the other side that an offer is by whom it is connected with already. */
  async #certificates(): Promise<RTCCertificate[]> {
    const algorithm: EcKeyGenParams = { name: 'ECDSA', namedCurve: 'P-256' }
    const one = await (this.#certificate ??= RTCPeerConnection.generateCertificate(algorithm).catch(() => undefined))
    return one && one.expires > Date.now() ? [one] : []
  }

  #described(dial: number, pc: RTCPeerConnection): void {
    const entry = this.#dials.get(dial)
    if (entry?.pc !== pc || !pc.localDescription) return
    if (!entry.isDescribed) this.options.log('sdp-ready', dial)
    entry.isDescribed = true
    this.#report(In.localSdp, dial, pc.iceGatheringState === 'complete' ? 1 : 0, 0, pc.localDescription.sdp)
  }

  #connected(dial: number, pc: RTCPeerConnection, stage: DialStage, code: string): void {
    this.options.log(code, dial)
    // The other side has closed the connection: channels alone do not tell that from their own end.
    if (pc.sctp) pc.sctp.onstatechange = () => pc.sctp?.state === 'closed' && this.#fail(dial, DialFailure.closed)
    this.#report(In.dialProgress, dial, stage, Route.unknown)
    routeOf(pc).then((route) => {
      if (route && this.#dials.has(dial)) this.#report(In.dialProgress, dial, stage, route)
    }, () => {})
  }

  /** The channel stays here, or goes to the worker, which is possible only at once. */
  #adopt(dial: number, pc: RTCPeerConnection, channel: RTCDataChannel): void {
    const id = ++this.#lastChannel
    const entry = this.#dials.get(dial)
    channel.addEventListener('open', () => this.options.log('channel-open', dial))
    // Whoever is sent a further channel has offered, most likely since it wants something.
    const placement = entry?.hasChannel ? (this.options.placement ?? 'relay') : entry?.placement
    if (entry) entry.hasChannel = true
    if (placement === 'transfer') {
      try {
        return this.options.post({ t: 'channel', id, dial, channel }, [channel as unknown as Transferable])
      } catch {
        // This browser cannot: relay.
      }
    }
    this.#channels.attach(id, dial, channel, () => pc.sctp?.maxMessageSize || 0)
  }

  async #watchLocalNetwork(dial: number, pc: RTCPeerConnection): Promise<void> {
    const entry = this.#dials.get(dial)
    if (entry) entry.timer = setTimeout(async () => {
      if (pc.iceConnectionState !== 'new') return
      const permission = await navigator.permissions?.query({ name: 'local-network' as PermissionName }).catch(() => undefined)
      if (permission && permission.state !== 'granted' && pc.iceConnectionState === 'new') this.#fail(dial, DialFailure.localNetworkBlocked)
    }, BLOCKED_AFTER_MS)
  }

  #fail(dial: number, why: DialFailure): void {
    if (!this.#dials.has(dial)) return
    this.#close(dial)
    this.#report(In.dialFailed, dial, why)
  }

  #close(dial: number): void {
    const entry = this.#dials.get(dial)
    if (!entry) return
    this.#dials.delete(dial)
    clearTimeout(entry.timer)
    this.#relay()
    this.#channels.closeDial(dial)
    const { pc, over } = entry
    if (!pc || over) return
    for (const [branch, { over: base }] of this.#dials) if (base === dial) this.#close(branch)
    pc.onicecandidate = pc.oniceconnectionstatechange = pc.onconnectionstatechange = pc.ondatachannel = null
    pc.close()
  }

  #report(kind: In, handle: number, a = 0, b = 0, payload?: string): void {
    this.options.post({ t: 'in', kind, handle, a, b, ...(payload !== undefined && { payload }) })
  }

  /** Collects what has arrived by the end of the tasks now queued: per-message costs are paid once per batch. */
  #gather(channel: number, bytes: ArrayBuffer): void {
    if (!this.#gatheredBytes) this.#later.port2.postMessage(0)
    const batch = this.#gathered.get(channel)
    batch ? batch.push(bytes) : this.#gathered.set(channel, [bytes])
    this.#gatheredBytes += bytes.byteLength
    if (this.#gatheredBytes >= BATCH_BYTES) this.#relay()
  }

  #relay(): void {
    for (const [handle, payload] of this.#gathered) this.options.post({ t: 'in', kind: In.channelBytes, handle, payload }, payload)
    this.#gathered.clear()
    this.#gatheredBytes = 0
  }
}

const NEAR = ['10.', '192.168.', '127.', '169.254.', 'fe80:', 'fd', 'fc', '::1']

/** How the selected candidate pair travels. */
async function routeOf(pc: RTCPeerConnection): Promise<Route> {
  const stats = await pc.getStats()
  let pair: RTCIceCandidatePairStats | undefined
  stats.forEach((entry) => {
    if (entry.type === 'transport' && entry.selectedCandidatePairId) pair = stats.get(entry.selectedCandidatePairId)
    if (entry.type === 'candidate-pair' && entry.nominated && entry.state === 'succeeded') pair ??= entry
  })
  if (!pair) return Route.unknown
  const local = stats.get(pair.localCandidateId)
  const remote = stats.get(pair.remoteCandidateId)
  if (!local || !remote) return Route.unknown
  if (local.candidateType === 'relay' || remote.candidateType === 'relay') return Route.relay
  const address = String(remote.address ?? '')
  const near = remote.candidateType === 'host' || address.endsWith('.local') || NEAR.some((start) => address.startsWith(start))
  return local.candidateType === 'host' && near ? Route.local : Route.direct
}
