// What the app does at its start about files from outside, without the app. Bundled in place of main.ts.
import { isFromShare, takeSharedFiles, watchLaunches } from '../../../demos/voice-memos/src/app/incoming_files.ts'
import { guardScripts } from '../../../demos/voice-memos/src/app/trusted_types.ts'
import { watchUpdates } from '../../../demos/voice-memos/src/app/update.ts'

const appBase = new URL('./', import.meta.url)
guardScripts(appBase)
watchUpdates({ appBase, isBusy: () => false, onState: () => undefined })
window.launches = []
watchLaunches(({ url, files }) => window.launches.push({ url: url?.href, files: files.map((file) => file.name) }))
const files = await takeSharedFiles(appBase)
window.taken = { isFromShare: isFromShare(), files: files.map(({ name, type, size }) => ({ name, type, size })) }
document.body.dataset.ready = 'yes'
