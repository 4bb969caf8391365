// What went wrong, as the views want it: the package's error codes with their numbers, and the few troubles that the app
// measures itself. Knows no words.
import { SamaraError, support } from 'samara-sdk'
import type { Trouble } from '../view/model.js'

const numberOf = (...found: unknown[]): number | undefined => found.find((one): one is number => typeof one === 'number')

/** Any error as a trouble that can be shown. */
export function troubleOf(error: unknown): Trouble {
  if (!(error instanceof SamaraError)) {
    console.error(error)
    return { code: 'unknown' }
  }
  const { code, params } = error
  const why = typeof params['why'] === 'string' ? params['why'] : undefined
  const bytes = numberOf(params['bytes'], params['size'])
  const limit = numberOf(params['limit'])
  return { code, ...(why !== undefined && { why }), ...(bytes !== undefined && { bytes }), ...(limit !== undefined && { limit }) }
}

export const codeOf = (error: unknown): string | undefined => (error instanceof SamaraError ? error.code : undefined)

/** What this browser lacks for memos to travel, or undefined where nothing does. */
export async function lackOfBrowser(): Promise<Trouble | undefined> {
  if (!isSecureContext) return { code: 'insecure-context' }
  const { receive } = await support()
  return receive ? undefined : { code: 'no-webrtc' }
}
