// Owns: SamaraError, and the errors and reasons that the page itself finds. Those of the engine come with their wording.
import type { ErrorCode, Reason, SamaraError as Public } from '../api'
import type { ErrorData, ReasonData } from './messages'

const MESSAGES: { [code in ErrorCode]?: string } = {
  aborted: 'The call was aborted.',
  'insecure-context': 'The page must be served over https or from localhost.',
  'not-found': 'There is nothing with this id.',
  'already-open': 'The store is open in another tab, or here with other options.',
  closed: 'Samara is closed.',
  'engine-restarted': 'The engine had to be restarted.',
}
const RETRYABLE = /^(storage-|already-open|engine-|password-|wrong-password)/

export class SamaraError extends Error implements Public {
  readonly code: ErrorCode
  readonly retryable: boolean
  readonly params: Record<string, string | number>
  constructor(code: ErrorCode, message = MESSAGES[code] ?? code, params: SamaraError['params'] = {}) {
    super(message)
    this.name = 'SamaraError'
    this.code = code
    this.retryable = RETRYABLE.test(code)
    this.params = params
  }
}

export const unsupported = (what: string): SamaraError => new SamaraError('unsupported', what)
export const fromData = ({ code, message, params }: ErrorData): SamaraError => new SamaraError(code, message, params)

export const reason = ({ code, message, params, since, action }: ReasonData): Reason =>
  Object.freeze({ code, message, params, since: new Date(since), ...(action && { action }) })

/** A reason that the page finds, from now on unless said otherwise. */
export const ownReason = (code: Reason['code'], message: string, since = new Date()): Reason => Object.freeze({ code, message, params: {}, since })
