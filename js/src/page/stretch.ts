// Owns: a worker of its own for each password, which has 64 MiB for it and is gone with the answer. From the page, because
// policies with Trusted Types allow scripts by their exact URLs there.
import type { ToPage } from '../shared/messages'
import { In, StoreStatus } from '../shared/records'
import type { Bridge } from './bridge'

/** Answers the engine with the 32 bytes, or with `failed` whatever kept us from them. An engine that was lost is not answered. */
export async function stretch({ op, bytes }: Extract<ToPage, { t: 'stretch' }>, bridge: Bridge): Promise<void> {
  let worker: Worker | undefined
  const { port: asked } = bridge
  const key = await new Promise<ArrayBuffer | undefined>((done) => {
    worker = new Worker(new URL('./password.js', import.meta.url), { type: 'module' })
    worker.onmessage = ({ data }) => done(data)
    worker.onerror = () => done(undefined)
    worker.postMessage({ wasm: new URL('./password.wasm', import.meta.url).href, bytes }, [bytes.buffer])
  }).catch(() => undefined)
  worker?.terminate()
  const payload = key ? [key] : []
  if (bridge.port === asked) bridge.post({ t: 'in', kind: In.passwordStretched, handle: op, a: key ? StoreStatus.ok : StoreStatus.failed, payload }, payload)
}
