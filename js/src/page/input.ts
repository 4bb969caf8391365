// Owns: what apps pass in (sources, descriptions, limits) as what the worker takes. Spools streams, copies buffers.
import type { Describe, Source } from '../api'
import type { Spec } from '../shared/bencode'
import type { DescribedData } from '../shared/messages'

export interface Given {
  /** All bytes one after another; Files stay references. */
  blob: Blob
  files: { name: string; size: number; type: string }[]
  /** Only Files and Blobs can be read again later, so only they can be shared by reference. */
  keep: 'reference' | 'copy'
  list: boolean
}

export async function given(source: Source): Promise<Given> {
  if (source instanceof Blob) return { blob: source, files: [entry(source)], keep: 'reference', list: false }
  if (Array.isArray(source) || (typeof FileList !== 'undefined' && source instanceof FileList)) {
    const list = Array.from(source)
    return { blob: new Blob(list), files: list.map(entry), keep: 'reference', list: true }
  }
  const blob = source instanceof ReadableStream ? await new Response(source).blob() : new Blob([source as ArrayBuffer])
  return { blob, files: [{ name: '', size: blob.size, type: '' }], keep: 'copy', list: false }
}

function entry(blob: Blob | File) {
  const { name = '', webkitRelativePath = '' } = blob as File
  return { name: webkitRelativePath || name, size: blob.size, type: blob.type }
}

/** The keys that items and shares are described by. App meta is what JSON can say of it; the worker encodes it. */
export async function described(options: Describe, ownMeta?: Record<string, unknown>): Promise<Spec> {
  const { name, type, description, createdAt, durationSeconds, thumbnail, meta } = options
  return {
    name,
    type,
    description,
    created: createdAt?.getTime(),
    duration: durationSeconds === undefined ? undefined : Math.round(durationSeconds * 1000),
    thumbnail: thumbnail && new Uint8Array(await thumbnail.arrayBuffer()),
    thumbnail_type: thumbnail?.type,
    meta: meta ? JSON.parse(JSON.stringify(meta)) : ownMeta,
  }
}

/** The Describe half of an item or of metadata. */
export function describedBy(data: DescribedData) {
  return {
    ...(data.created !== undefined && { createdAt: new Date(data.created) }),
    ...(data.duration !== undefined && { durationSeconds: data.duration / 1000 }),
    ...(data.description !== undefined && { description: data.description }),
    ...(data.expires !== undefined && { expiresAt: new Date(data.expires) }),
    ...(data.thumbnail && { thumbnail: new Blob([data.thumbnail as Uint8Array<ArrayBuffer>], { type: data.thumbnailType ?? '' }) }),
  }
}
