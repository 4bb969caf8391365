// Owns: a library, or part of it, as one file, and back. Knows neither the file's form nor what is in it: both are the
// engine's (docs/storage.md, "Export").
import { SamaraError } from '../shared/errors'
import type { ExportEntry, ExportHead, ExportList, ItemData } from '../shared/messages'
import { In, Query } from '../shared/records'
import type { Bridge } from './bridge'

const FIRST_BYTES = 64 * 1024 // of a file to be imported: a small library's head is in them

/** The items with these ids, or all of them. The Blob refers to the stored bytes: nothing is read before it is. */
export async function exportItems(bridge: Bridge, items?: string[]): Promise<Blob> {
  const { head, blobs } = await bridge.call<ExportHead>(In.query, { a: Query.exportHead, spec: { ids: items } })
  const parts: Blob[] = []
  for (const { blob, bytes } of blobs) parts.push(await bridge.blob(blob, 0, bytes, ''))
  return new Blob([head, ...parts], { type: 'application/x-samara-export' })
}

/**
 * Saves what is in the file, one item after another. What is here already stays as it is. When one cannot be saved, the ones before it
 * are: importing again goes on with the rest.
 */
export async function importItems(bridge: Bridge, source: (blob: Blob) => { id: number; blob: Blob }, file: Blob, signal?: AbortSignal): Promise<ItemData[]> {
  const saved: ItemData[] = []
  for (const { id, record, offset, bytes } of await contents(bridge, file)) {
    saved.push(await bridge.call(In.save, { spec: { id, record }, source: source(file.slice(offset, offset + bytes)), signal }))
  }
  return saved
}

/** The engine says how much of the file's beginning it needs. */
async function contents(bridge: Bridge, file: Blob): Promise<ExportEntry[]> {
  for (let wanted = FIRST_BYTES; ; ) {
    const head = new Uint8Array(await file.slice(0, wanted).arrayBuffer())
    const { list, need } = await bridge.call<ExportList>(In.query, { a: Query.readExport, spec: { bytes: file.size, head } })
    if (need === undefined) return list
    if (need <= head.length) throw new SamaraError('metadata-invalid')
    wanted = need
  }
}
