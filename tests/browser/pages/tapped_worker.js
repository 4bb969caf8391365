// Stands before the package's worker in a page that replaced `Worker` (lib/tap.mjs): the worker's timers of 30 s, which keep
// what was read of a file, are short.
import { startReal } from './real_worker.js'

const { setTimeout: wait } = self
self.setTimeout = (f, ms, ...rest) => wait(f, ms === 30_000 ? 200 : ms, ...rest)
await startReal()
