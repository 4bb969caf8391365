// Owns: telling data from other data by a number, so that it need not be kept to be compared. Not where somebody might gain
// from two that agree.

/** FNV-1a of bytes, going on from `hash`: other bytes have another number, but for a chance of 2^-32. */
export function fingerprint(bytes: Uint8Array, hash = 0x811c9dc5): number {
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193)
  return hash >>> 0
}
