// Whether somebody at this device agreed to being seen by senders, and when a size is worth a question. Contacts nobody.
import { readLocal, writeLocal } from './local.js'

const CONSENT = 'consent'

/** Over this, people are asked before anything is fetched: about ten minutes of speech, or a cent of roaming data. */
export const ASKED_FROM_BYTES = 10 * 1024 * 1024

/** The largest memo, made here or taken from anyone: more than a day of speech. The package has no limit but the disk's. */
export const MAX_MEMO_BYTES = 1024 * 1024 * 1024

export const hasConsent = (): boolean => readLocal(CONSENT) === 'given'
export const giveConsent = (): void => writeLocal(CONSENT, 'given')

/** The person asked the browser to spare data; unknown is no. */
export const savesData = (): boolean => (navigator as { connection?: { saveData?: boolean } }).connection?.saveData === true

export const isWorthAsking = (bytes: number): boolean => bytes > ASKED_FROM_BYTES || savesData()
