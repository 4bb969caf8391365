// Every screen × state that the contact sheet shows and the tests look at, by name. The states are made up (material.ts).
import type { App } from '../view/model.js'
import { LIBRARY_GROUPS } from './library_states.js'
import { RECEIVE_GROUPS } from './receive_states.js'
import { SHARE_GROUPS } from './share_states.js'

/** States that belong together, in the order in which they are looked at. */
export interface Group { title: string; states: Record<string, App> }

export const GROUPS: readonly Group[] = [...LIBRARY_GROUPS, ...SHARE_GROUPS, ...RECEIVE_GROUPS]

export const STATES: ReadonlyMap<string, App> = new Map(GROUPS.flatMap((group) => Object.entries(group.states)))
