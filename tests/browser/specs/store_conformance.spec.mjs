// The contract of all stores (tests/js/store_conformance.mjs) over every kind of store, in a worker of real browsers.
import assert from 'node:assert/strict'
import { describe, test } from '../lib/runner.mjs'
import { storePage } from '../lib/store_page.mjs'

describe('store contract')

for (const browser of ['chromium', 'firefox']) {
  for (const kind of ['opfs', 'idb', 'idbfs', 'memory']) {
    test(`${browser}: ${kind} keeps it`, async (t) => {
      const { ask } = await storePage(t, { browser })
      const failures = []
      for (const name of await ask({ kind })) {
        const failure = await ask({ kind, name })
        if (failure) failures.push(`${name}: ${failure}`)
      }
      assert.deepEqual(failures, [])
    }, { timeout_ms: 120_000 })
  }
}
