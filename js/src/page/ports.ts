// Owns: the two ways to an engine: a worker of this page, and a line to the worker of the tab that leads.
import type { ToPage, ToWorker } from '../shared/messages'

/** What the engine says, one array per turn of its pump. */
export type Take = (messages: ToPage[]) => void
export interface Port {
  post(message: ToWorker, transfers?: Transferable[]): void
  end(): void
}

/** Starts a worker and has it fetch the engine at once. The URLs are written out for bundlers to find. */
export function workerPort(take: Take): Port {
  const worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' })
  const post: Port['post'] = (message, transfers = []) => worker.postMessage(message, transfers)
  worker.onmessage = ({ data }) => take(data)
  worker.onerror = ({ message }) => take([{ t: 'fatal', why: message || 'worker.js cannot be loaded' }])
  post({ t: 'load', wasm: new URL('./samara.wasm', import.meta.url).href, idbfs: new URL('./idbfs.js', import.meta.url).href })
  return { post, end: () => worker.terminate() }
}

/** `alive` is called at each sign of life. What is transferred to a worker is copied here. */
export const linePort = (name: string, alive: () => void) => (take: Take): Port => {
  const channel = new BroadcastChannel(name)
  const post: Port['post'] = (message) => channel.postMessage(message)
  channel.onmessage = ({ data }) => {
    alive()
    take(data)
  }
  return {
    post,
    end: () => {
      post({ t: 'bye' })
      channel.close()
    },
  }
}
