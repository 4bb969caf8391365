// Writes a store as the first version of the OPFS layout left it: a folder with a lease and `blobs/<blob>.<lease>`. For pages;
// written from docs/storage.md ("OPFS"), with no code of the package.
const LEASE = 0x18bcfe56800 // a time in milliseconds, as a first lease is
const hex = (number) => number.toString(16)
const encoded = (name) => encodeURIComponent(name).replaceAll('.', '%2E')

async function folderOf(name) {
  let folder = await navigator.storage.getDirectory()
  for (const part of ['samara', encoded(name), 'v1']) folder = await folder.getDirectoryHandle(part, { create: true })
  return { folder, blobs: await folder.getDirectoryHandle('blobs', { create: true }) }
}

async function write(folder, name, bytes) {
  const file = await (await folder.getFileHandle(name, { create: true })).createWritable()
  await file.write(bytes)
  await file.close()
}

/**
 * The store of an owner that was killed: it was the third, had files of the first and of its own, and was copying another one.
 *
 * @param {string} name of the store
 * @param {[number, Uint8Array][]} entries blobs, the journal first
 */
export async function writeFirstOpfs(name, entries) {
  const { folder, blobs } = await folderOf(name)
  const own = LEASE + 2
  await write(folder, `lease.${hex(own)}`, new Uint8Array(0))
  for (const [i, [blob, bytes]] of entries.entries()) await write(blobs, `${hex(blob)}.${hex(i === 0 ? own : LEASE)}`, bytes)
  const [[journal], [content, bytes]] = entries
  await write(blobs, `${hex(journal)}.${hex(LEASE)}`, new Uint8Array(100).fill(1)) // an earlier owner's: the higher lease counts
  await write(blobs, `${hex(content)}.${hex(own)}`, bytes.slice(0, bytes.length / 2)) // half a copy, which does not count
  await write(blobs, `${hex(content)}.${hex(own)}.part`, new Uint8Array(0))
}

const contentOf = async (handle) => new Uint8Array(await (await handle.getFile()).arrayBuffer())

/** What is in the folder of a store: the names of its leases, and its blobs' files, by name. */
export async function readOpfs(name) {
  const { folder, blobs } = await folderOf(name)
  const leases = []
  for await (const file of folder.keys()) if (file !== 'blobs') leases.push(file)
  const files = {}
  for await (const [file, handle] of blobs) files[file] = await contentOf(handle)
  return { leases, files }
}
