// To be run in a page before it opens anything: the package's worker then runs behind pages/broken_worker.js.

/** @param {string} without what is missing there, with commas between */
export function breakWorker(without) {
  const Real = window.Worker
  window.Worker = class extends Real {
    constructor(script, options) {
      super(`/tests/browser/pages/broken_worker.js?${new URLSearchParams({ real: script, without })}`, options)
    }
  }
}
