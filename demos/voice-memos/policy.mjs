// What the app's pages may load, run and reach, said once: build.mjs writes it into the pages, for static hosts that
// send no headers, and demos/site.mjs sends it. Knows nothing of files or servers.

/** The names of the Trusted Types policies: `default` is src/app/trusted_types.ts, `lit-html` makes the templates. */
const TYPE_POLICIES = 'default lit-html'

/** Trackers and web seeds are whatever a link names: any secure address, and plain ones on this computer only. */
const REACHABLE = "'self' blob: wss: https: ws://localhost:* ws://127.0.0.1:* http://localhost:* http://127.0.0.1:*"

const RULES = [
  ['default-src', "'none'"],
  ['script-src', "'self' 'wasm-unsafe-eval'"],
  ['worker-src', "'self'"],
  ['style-src', "'self'"],
  ['font-src', "'self'"],
  ['manifest-src', "'self'"],
  ['img-src', "'self'"],
  ['media-src', "'self' blob:"], // a memo is played from a blob of the store
  ['connect-src', REACHABLE],
  ['base-uri', "'none'"],
  ['form-action', "'none'"],
  ['require-trusted-types-for', "'script'"],
  ['trusted-types', TYPE_POLICIES],
]

const written = (rules) => rules.map(([name, value]) => `${name} ${value}`).join('; ')

/** For a page's meta element. It has no frame-ancestors: browsers read that from headers only. */
export const metaPolicy = written(RULES)

/** For the Content-Security-Policy header of every file, scripts included: a worker obeys what came with its script. */
export const headerPolicy = ({ frameAncestors = "'self'" } = {}) => written([...RULES, ['frame-ancestors', frameAncestors]])
