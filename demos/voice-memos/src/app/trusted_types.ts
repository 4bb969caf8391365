// The page's one way to turn an address into a running script: exactly the package's worker and the app's service
// worker, whoever asks. Text never becomes a script or markup here; lit-html has a policy of its own for its templates.

/** The part of Trusted Types that is used here; browsers without it do not have `trustedTypes`. */
interface PolicyFactory {
  createPolicy(name: string, rules: {
    createHTML(): never
    createScript(): never
    createScriptURL(address: string): string | null
  }): unknown
}

const refuse = (): never => { throw new TypeError('this app makes no markup and no scripts out of text') }

/**
 * Installs the page's default policy; called once, before the package is opened. `appBase` is the app's folder.
 * An address that is not on the list is answered with null: the browser refuses it and reports a violation.
 */
export function guardScripts(appBase: URL): void {
  const { trustedTypes } = globalThis as { trustedTypes?: PolicyFactory }
  const allowed = new Set(['samara/worker.js', 'sw.js'].map((path) => new URL(path, appBase).href))
  trustedTypes?.createPolicy('default', {
    createHTML: refuse,
    createScript: refuse,
    createScriptURL: (address) => (allowed.has(new URL(address, document.baseURI).href) ? address : null),
  })
}
