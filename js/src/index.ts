// Owns: the public surface of samara-sdk. Importing it does nothing.
import type * as api from './api'
import { destroy as destroyStore, open as openSamara } from './page/open'
import { inspect as inspectLink, support as askSupport } from './page/support'
import { SamaraError as SamaraErrorClass } from './shared/errors'

declare const SAMARA_VERSION: string

export const version: typeof api.version = SAMARA_VERSION
export const open: typeof api.open = openSamara
export const support: typeof api.support = askSupport
export const inspect: typeof api.inspect = inspectLink
export const destroy: typeof api.destroy = destroyStore
export const SamaraError: typeof api.SamaraError = SamaraErrorClass as unknown as typeof api.SamaraError
export type SamaraError = api.SamaraError
export type * from './api'
