// Every test of the voice-memo app: node tests/demo/run.mjs [--only PATTERN]. A pattern is matched against
// "group: name". The app is the built one, served by its own local server; the runner is the browser tests' own.
import { readdirSync } from 'node:fs'
import { main } from '../browser/lib/runner.mjs'

const only = process.argv.indexOf('--only')
const pattern = only > 0 ? new RegExp(process.argv[only + 1], 'i') : undefined

const specs = new URL('./specs/', import.meta.url)
for (const name of readdirSync(specs).filter((file) => file.endsWith('.spec.mjs')).sort()) await import(new URL(name, specs))
await main(pattern)
