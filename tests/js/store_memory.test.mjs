// The memory store against the contract of all stores.
import { test } from 'node:test'
import { load } from './load.mjs'
import { capacity, cases } from './store_conformance.mjs'

const { MemoryStore } = await load('memory', 'store/memory.ts')

const HAS = ['capacity']
const open = async () => {
  const store = new MemoryStore(capacity)
  return { store, listing: await store.open({ stolen: false }), lost: [] }
}
for (const { name, run, needs } of cases) if (needs.every((need) => HAS.includes(need))) test(`memory: ${name}`, () => run({ open }))

test('memory: bytes written over and over do not pile up', async () => {
  const { store } = await open()
  for (let i = 0; i < 100; i++) await store.write(20, 0, new Uint8Array(200_000).fill(i)) // five times what it may hold
})
