// The page's one way to turn an address into a running script: exactly the package's two workers and the app's
// service worker, whoever asks. Text never becomes a script or markup here; lit-html has a policy of its own for its
// templates.

/** The part of Trusted Types that is used here; browsers without it do not have `trustedTypes`. */
interface PolicyFactory {
  createPolicy(name: string, rules: {
    createHTML(): never
    createScript(): never
    createScriptURL(address: string, type?: string, sink?: string): string | null
  }): unknown
}

const refuse = (): never => { throw new TypeError('this app makes no markup and no scripts out of text') }

const WORKERS = ['samara/worker.js', 'samara/password.js']
const SERVICE_WORKER = 'sw.js'

/**
 * Installs the page's default policy; called once, before the package is opened. `appBase` is the app's folder.
 * An address that is not on the list is answered with null: the browser refuses it and reports a violation. Where the
 * browser says what the address is for, a worker cannot be registered as a service worker, nor the other way round.
 */
export function guardScripts(appBase: URL): void {
  const { trustedTypes } = globalThis as { trustedTypes?: PolicyFactory }
  const whole = (path: string): string => new URL(path, appBase).href
  const allowedFor = (sink = ''): string[] =>
    (/^ServiceWorker/.test(sink) ? [SERVICE_WORKER] : /^(Shared)?Worker/.test(sink) ? WORKERS : [...WORKERS, SERVICE_WORKER]).map(whole)
  trustedTypes?.createPolicy('default', {
    createHTML: refuse,
    createScript: refuse,
    createScriptURL: (address, _type, sink) => (allowedFor(sink).includes(new URL(address, document.baseURI).href) ? address : null),
  })
}
