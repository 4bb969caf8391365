// The memory store against the contract of all stores.
import { test } from 'node:test'
import { load } from './load.mjs'
import { capacity, cases } from './store_conformance.mjs'

const { MemoryStore } = await load('memory', 'store/memory.ts')

const open = async () => {
  const store = new MemoryStore(capacity)
  return { store, listing: await store.open() }
}
for (const { name, run, durable } of cases) if (!durable) test(`memory: ${name}`, () => run({ open }))

test('memory: bytes written over again and again do not pile up', async () => {
  const { store } = await open()
  for (let i = 0; i < 100; i++) await store.write(1, 0, new Uint8Array(200_000).fill(i))
  if (store.usage() > 3_000_000) throw new Error(`usage ${store.usage()}`)
})
