// Owns: how URLs of stored media look, and what a service worker and the pages it serves say to each other about them.
export const MEDIA = 'samara-media'

/** Which file is wanted: of an item, or of a transfer of the page that made the URL. */
export interface Wanted { store: string; what: 'item' | 'transfer'; id: string; file: number }

/** To the service worker, with a port: does it serve media? It answers with the start of such URLs. */
export interface AskBase { samara: 'media-base' }
/** To a page, with a port. A page with that store says `looks` at once, then what it found: without a size nothing of the kind, else it is pulled from. */
export interface AskFile extends Wanted { samara: 'media-file' }
export interface Found { looks?: true; size?: number; type?: string }
/** Over the port: which range, then once for each part; `end` when nobody listens any more. */
export type Pull = { start: number; end: number } | 'more' | 'end'
/** The next part; without bytes that was all; `failed`: it cannot be read. */
export interface Part { bytes?: Uint8Array<ArrayBuffer>; failed?: true }

/** The end of a URL, behind what the service worker gave. The name is for people who save it. */
export const pathOf = ({ store, what, id, file }: Wanted, name: string): string =>
  [store, what, id, String(file), name || 'file'].map(encodeURIComponent).join('/')

export function wantedOf(path: string): Wanted | undefined {
  try {
    const [store = '', what = '', id = '', file = ''] = path.split('/').map(decodeURIComponent)
    const index = Number(file)
    if ((what !== 'item' && what !== 'transfer') || !id || !Number.isSafeInteger(index) || index < 0) return undefined
    return { store, what, id, file: index }
  } catch {
    return undefined // not what encodeURIComponent makes
  }
}
