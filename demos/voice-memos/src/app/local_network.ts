// The browser's permission to reach the local network (Chrome's Local Network Access). Knows no screens, contacts nobody:
// a connection of this page to itself is enough for the browser to put its question, at the tap, while somebody looks.
// When a peer comes later the page may be in the background, and nobody would answer.
import type { Settings } from '../view/model.js'

const PERMISSION = 'local-network' as PermissionName
const PATIENCE_MS = 60_000 // for an answer

let isAsked = false

/**
 * At a tap on Share or Receive, once a visit: has the browser ask if it would have to. Resolves when that is over. A link
 * that goes on by itself asks nothing, and whoever hides their address meets nobody directly, near or far.
 */
export async function askForLocalNetwork({ hideAddress }: Settings): Promise<void> {
  const isTap = (navigator as { userActivation?: UserActivation }).userActivation?.isActive === true
  if (isAsked || !isTap || hideAddress || typeof RTCPeerConnection === 'undefined') return
  isAsked = true
  const permission = await navigator.permissions?.query({ name: PERMISSION }).catch(() => undefined)
  if (permission?.state === 'prompt') await connectToItself(permission).catch(() => undefined)
}

/** Ends when the ends have met, when the question is answered, or after a while. A browser that does not ask connects. */
async function connectToItself(permission: PermissionStatus): Promise<void> {
  const [one, other] = [new RTCPeerConnection({ iceServers: [] }), new RTCPeerConnection({ iceServers: [] })]
  const over = new AbortController()
  try {
    one.onicecandidate = ({ candidate }) => { if (candidate) other.addIceCandidate(candidate).catch(() => undefined) }
    other.onicecandidate = ({ candidate }) => { if (candidate) one.addIceCandidate(candidate).catch(() => undefined) }
    one.createDataChannel('')
    const ended = new Promise<void>((resolve) => {
      permission.addEventListener('change', () => resolve(), { signal: over.signal })
      one.addEventListener('connectionstatechange', () => { if (one.connectionState === 'connected') resolve() }, { signal: over.signal })
      setTimeout(resolve, PATIENCE_MS)
    })
    await one.setLocalDescription(await one.createOffer())
    await other.setRemoteDescription(one.localDescription!)
    await other.setLocalDescription(await other.createAnswer())
    await one.setRemoteDescription(other.localDescription!)
    await ended
  } finally {
    over.abort()
    one.close()
    other.close()
  }
}
