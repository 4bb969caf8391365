// A worker in a test's hands: what the page asks for is kept in `calls`, and answered by hand or by `answer(call)`.
export class FakeBridge {
  calls = []
  posted = []
  constructor(answer = () => undefined) { this.answer = answer }

  call(kind, options = {}) {
    const call = { kind, ...options }
    this.calls.push(call)
    return new Promise((resolve, reject) => {
      call.resolve = resolve
      call.reject = reject
      const value = this.answer(call)
      if (value !== undefined) value instanceof Error ? reject(value) : resolve(value)
    })
  }
  read(blob, offset, bytes) {
    this.calls.push({ kind: 'read', blob, offset, bytes })
    return Promise.resolve(this.blobs.get(blob).slice(offset, offset + bytes))
  }
  async blob(blob, offset, bytes, type) {
    this.calls.push({ kind: 'blob', blob, offset, bytes })
    return new Blob([this.blobs.get(blob).slice(offset, offset + bytes)], { type })
  }
  post(message) { this.posted.push(message) }
  blobs = new Map()
}
