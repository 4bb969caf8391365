// What the cases of store_conformance.mjs check with: bytes that a seed makes, statuses, listings. For node and for pages.
export const KiB = 1024

export function check(condition, what) {
  if (!condition) throw new Error(what)
}
export const pattern = (seed, length) => Uint8Array.from({ length }, (_, i) => (seed * 31 + i * 7 + (i >> 8)) & 255)
export const same = (a, b, what) => check(a.length === b.length && a.every((byte, i) => byte === b[i]), what)
export const statusOf = async (work) => {
  try {
    await work()
  } catch (error) {
    return error.status ?? error
  }
  return 0
}
export const failsWith = async (status, work, what) => {
  const was = await statusOf(work)
  check(was === status, `${what}: status ${was}, not ${status}`)
}
export const FULL = 1
export const LOST = 2
export const NOT_FOUND = 4
export const JOURNAL = 1 // blobs below 16 are journals, which stores may keep in another way
export const CONTENT = 20

/** The sizes as listed, `?` where the store does not know: only allowed of content. */
export const sizesOf = (listing) => listing.map(({ blob, bytes }) => `${blob}:${bytes ?? (blob < 16 ? 'unknown' : '?')}`).sort()
export function lists(listing, expected) {
  const sizes = sizesOf(listing)
  const wanted = expected.map(([blob, bytes]) => [`${blob}:${bytes}`, blob < 16 ? '' : `${blob}:?`]).sort(([a], [b]) => (a < b ? -1 : 1))
  check(sizes.length === wanted.length && wanted.every((either, i) => either.includes(sizes[i])), `listed ${sizes}, not ${wanted.map(([one]) => one)}`)
}
/** Reads what was never written: zeros, or `lost`. */
export async function isHole(store, blob, offset, bytes, what) {
  const read = await Promise.resolve().then(() => store.read(blob, offset, bytes)).catch((error) => {
    check(error.status === LOST, `${what}: ${error}`)
    return new Uint8Array(bytes)
  })
  same(read, new Uint8Array(bytes), what)
}
