// Tests on a network made of namespaces: node tests/net/run.mjs [--only PATTERN]. A pattern is matched against
// "group: name". The runner is the browser tests' own. Needs root, ip and tc; where these are missing it fails in CI,
// and says elsewhere that nothing was tested.
import { readdirSync } from 'node:fs'
import { main } from '../browser/lib/runner.mjs'
import { whyNoSegment } from './lib/segment.mjs'

const why = whyNoSegment()
if (why) {
  const isCi = process.env.CI === 'true'
  console.log(`net: NOT TESTED: no network of namespaces can be made here: ${why}\n0 passed, ${isCi ? 1 : 0} failed`)
  process.exit(isCi ? 1 : 0)
}
const only = process.argv.indexOf('--only')
const pattern = only > 0 ? new RegExp(process.argv[only + 1], 'i') : undefined

const specs = new URL('./specs/', import.meta.url)
for (const name of readdirSync(specs).filter((file) => file.endsWith('.spec.mjs')).sort()) await import(new URL(name, specs))
await main(pattern)
