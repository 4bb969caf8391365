// Two tabs of the app on one device: the second hands its link to the one that has the store. Knows nothing of memos.
import { storeName } from './local.js'

const PATIENCE_MS = 1000 // an open tab answers in a few; one that is frozen never does

type Message = { t: 'open'; number: string; link: string } | { t: 'taken'; number: string }

const channelName = `${storeName} links`

const isMessage = (data: unknown): data is Message => {
  const { t, number, link } = (data ?? {}) as Partial<Record<'t' | 'number' | 'link', unknown>>
  return typeof number === 'string' && (t === 'taken' || (t === 'open' && typeof link === 'string'))
}

/** Hands a link to the tab that has the app open; false when none answers. */
export function handOver(link: string): Promise<boolean> {
  if (typeof BroadcastChannel === 'undefined') return Promise.resolve(false)
  const channel = new BroadcastChannel(channelName)
  const number = Array.from(crypto.getRandomValues(new Uint32Array(2)), String).join('-')
  return new Promise<boolean>((resolve) => {
    const timer = setTimeout(() => resolve(false), PATIENCE_MS)
    channel.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
      if (!isMessage(data) || data.t !== 'taken' || data.number !== number) return
      clearTimeout(timer)
      resolve(true)
    })
    channel.postMessage({ t: 'open', number, link } satisfies Message)
  }).finally(() => channel.close())
}

/** Takes links from other tabs from now on: this one has the store. */
export function takeLinks(onLink: (link: string) => void): void {
  if (typeof BroadcastChannel === 'undefined') return
  const channel = new BroadcastChannel(channelName)
  channel.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
    if (!isMessage(data) || data.t !== 'open') return
    channel.postMessage({ t: 'taken', number: data.number } satisfies Message)
    onLink(data.link)
  })
}
