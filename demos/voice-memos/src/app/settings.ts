// The settings of this device, as the browser keeps them. Knows nothing of the engine.
import type { Settings } from '../view/model.js'
import { readLocal, writeLocal } from './local.js'

const SETTINGS = 'settings'
const DEFAULTS: Settings = { seeding: 'always', hideAddress: false, language: 'auto' }
const CHOICES = { seeding: ['always', 'unmetered', 'never'], language: ['auto', 'en', 'de'] } as const

const oneOf = <T extends string>(choices: readonly T[], value: unknown, otherwise: T): T =>
  choices.find((choice) => choice === value) ?? otherwise

/** What was kept may be of another version of the app: only what is known is taken. */
export function readSettings(): Settings {
  let kept: Partial<Record<keyof Settings, unknown>> = {}
  try {
    kept = JSON.parse(readLocal(SETTINGS) ?? '{}') as typeof kept
  } catch { /* damaged: the defaults hold */ }
  return {
    seeding: oneOf(CHOICES.seeding, kept.seeding, DEFAULTS.seeding),
    hideAddress: kept.hideAddress === true,
    language: oneOf(CHOICES.language, kept.language, DEFAULTS.language),
  }
}

/** Calls back when another tab has changed them: all tabs share one engine, and with it how people are found. */
export function watchSettings(onChange: (settings: Settings) => void): void {
  addEventListener('storage', ({ key }) => { if (key === null || key.endsWith(SETTINGS)) onChange(readSettings()) })
}

export const keepSettings = (settings: Settings): void => writeLocal(SETTINGS, JSON.stringify(settings))
