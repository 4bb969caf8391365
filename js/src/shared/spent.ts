// Owns: giving buffers back at once. Garbage in array buffers is small to the collector, which lets tens of megabytes of it pile up
// while a channel delivers at full speed. What is marked as `fresh` has one reader, which says when it is `spent`.
const once = new WeakSet<ArrayBufferLike>()

/** Nobody keeps these bytes but who is given them now. */
export function fresh<T extends Uint8Array>(bytes: T): T {
  once.add(bytes.buffer)
  return bytes
}

/** The bytes have been read: their memory goes, where the browser can do that, unless somebody else holds on to them. */
export function spent({ buffer }: Uint8Array): void {
  if (once.delete(buffer)) (buffer as { transfer?: (bytes: number) => unknown }).transfer?.(0)
}
