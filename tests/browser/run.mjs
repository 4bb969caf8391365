// Every browser test: node tests/browser/run.mjs [--only PATTERN]. A pattern is matched against "group: name".
import { readdirSync } from 'node:fs'
import { main } from './lib/runner.mjs'

const only = process.argv.indexOf('--only')
const pattern = only > 0 ? new RegExp(process.argv[only + 1], 'i') : undefined

const specs = new URL('./specs/', import.meta.url)
for (const name of readdirSync(specs).filter((file) => file.endsWith('.spec.mjs')).sort()) await import(new URL(name, specs))
await main(pattern)
