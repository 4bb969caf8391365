// The app's update watch without the app: the case says whether it is busy and taps. Bundled in place of main.ts.
import { guardScripts } from '../../../demos/voice-memos/src/app/trusted_types.ts'
import { watchUpdates } from '../../../demos/voice-memos/src/app/update.ts'

const appBase = new URL('./', import.meta.url)
guardScripts(appBase)
const probe = { states: [], busy: false, updates: undefined }
window.probe = probe
probe.updates = watchUpdates({ appBase, isBusy: () => probe.busy, onState: (state) => probe.states.push(state) })
document.body.dataset.ready = 'yes'
