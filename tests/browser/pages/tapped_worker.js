// Stands before the package's worker in a page that replaced `Worker` (lib/tap.mjs): the worker's timers of 30 s, which keep
// what was read of a file, are short. What the page says meanwhile waits for the real worker.
const early = []
const hold = (event) => early.push(event)
addEventListener('message', hold)
const { setTimeout: wait } = self
self.setTimeout = (f, ms, ...rest) => wait(f, ms === 30_000 ? 200 : ms, ...rest)
await import(new URL(location).searchParams.get('real'))
removeEventListener('message', hold)
for (const event of early) self.onmessage(event)
