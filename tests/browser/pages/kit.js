// What every test page has as `kit`: made-up bytes, digests, waiting, and errors as plain values. Knows no client.
const kit = {
  /** The generator of the vectors: x ← x·1664525 + 1013904223 mod 2^32, byte = x >> 24. */
  bytes(seed, size) {
    const bytes = new Uint8Array(size)
    let x = seed >>> 0
    for (let i = 0; i < size; i += 1) {
      x = (Math.imul(x, 1664525) + 1013904223) >>> 0
      bytes[i] = x >>> 24
    }
    return bytes
  },

  /** @param {{name?: string, seed: number, size: number, type?: string}} spec without a name: a Blob */
  file({ name, seed, size, type = '' }) {
    const bytes = kit.bytes(seed, size)
    return name === undefined ? new Blob([bytes], { type }) : new File([bytes], name, { type })
  },

  async sha256(blob) {
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', await blob.arrayBuffer()))
    return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')
  },

  /** Waits until f gives something true, and gives it. */
  async until(f, timeout_ms = 10_000, what = String(f)) {
    for (const end = performance.now() + timeout_ms; ;) {
      const value = await f()
      if (value) return value
      if (performance.now() > end) throw new Error(`not within ${timeout_ms} ms: ${what}`)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  },

  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),

  /** The promise's value as {value}, its error as {error: {code, params, …}}; {late: true} if it does not settle. */
  async settle(promise, timeout_ms = 10_000) {
    const late = new Promise((resolve) => setTimeout(() => resolve({ late: true }), timeout_ms))
    return Promise.race([Promise.resolve(promise).then((value) => ({ value }), (error) => ({ error: kit.plainError(error) })), late])
  },

  plainError: (error) => ({
    code: error?.code, params: error?.params, message: String(error?.message ?? error), name: error?.name, retryable: error?.retryable,
  }),

  unhandled: [],
}
addEventListener('unhandledrejection', (event) => kit.unhandled.push(String(event.reason?.stack ?? event.reason)))
window.kit = kit
