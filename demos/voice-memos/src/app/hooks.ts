// What tests and the story read from the page: the app's state in the body's data attributes. Nothing is drawn by them.
import type { App } from '../view/model.js'

function receiveHooks({ screen, receive }: App): Record<string, string | undefined> {
  if (screen !== 'receive') return {}
  const { step } = receive
  return {
    step,
    state: step === 'moving' ? receive.state : step === 'arrived' ? 'done' : step === 'password' ? receive.why : undefined,
    playable: step === 'arrived' ? (receive.memo.playable ? 'yes' : 'no') : undefined,
    trouble: step === 'failed' ? receive.trouble.code : step === 'key' ? receive.trouble : undefined,
  }
}

export function showHooks(app: App): void {
  const { dataset } = document.body
  const none = { step: undefined, state: undefined, playable: undefined, trouble: app.trouble?.code }
  const hooks: Record<string, string | undefined> = {
    ...none,
    screen: app.screen,
    ready: app.ready ? 'yes' : undefined,
    recording: app.recorder.step === 'recording' ? 'on' : undefined,
    library: app.trouble ? 'failed' : !app.ready ? undefined : app.memos.length > 0 ? 'filled' : 'empty',
    ...receiveHooks(app),
  }
  for (const [name, value] of Object.entries(hooks)) {
    if (value === undefined) delete dataset[name]
    else if (dataset[name] !== value) dataset[name] = value
  }
}
