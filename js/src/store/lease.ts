// Owns: whose an OPFS store is. Its folder has an empty file `lease.<n>` of whoever opened it last: taking the lease makes the
// next number's and removes all before, so that an earlier owner that is still alive finds its own gone. Names are also how a
// move into the store says where it is (worker/moving.ts). Knows no blob.
import type { Marks } from './store'

/** What is used of the browser's folders and files, beyond what TypeScript's DOM says. */
export interface Folder extends FileSystemDirectoryHandle { keys(): AsyncIterable<string> }
interface Movable extends FileSystemFileHandle { move?(name: string): Promise<void> }

export const hex = (n: number): string => n.toString(16)
export const nameOf = (error: unknown): string => (error as DOMException | undefined)?.name ?? ''

const LEASE = /^lease\.([1-9a-f][0-9a-f]{0,12})$/
const leaseOf = (name: string): number => parseInt(LEASE.exec(name)?.[1] ?? '0', 16)

/** Files that are being asked for something: Chromium forgets the question when it collects the object meanwhile, and never answers. */
const asked = new Set<FileSystemFileHandle>()

/** Asks a file of a folder for something. */
export async function ask<T>(folder: Folder, name: string, create: boolean, question: (file: FileSystemFileHandle) => Promise<T>): Promise<T> {
  const file = await folder.getFileHandle(name, { create })
  asked.add(file)
  try {
    return await question(file)
  } finally {
    asked.delete(file)
  }
}

/** Whether there was something to remove. */
export async function remove(folder: Folder, name: string): Promise<boolean> {
  try {
    await folder.removeEntry(name)
    return true
  } catch (error) {
    if (nameOf(error) !== 'NotFoundError') throw error
    return false
  }
}

export class Lease implements Marks {
  private constructor(private readonly folder: Folder, readonly number: number) {}

  /** `was` is told first whether there was a lease. */
  static async take(folder: Folder, was: (existed: boolean) => unknown): Promise<Lease> {
    const before = (await namesOf(folder)).filter(leaseOf).sort((a, b) => leaseOf(a) - leaseOf(b))
    const last = before.at(-1)
    await was(!!last)
    // The first number is the time, so that an owner whose store was cleared never takes the lease after it for its own.
    const lease = new Lease(folder, last ? leaseOf(last) + 1 : Date.now())
    // Renamed rather than made anew where that is possible: it needs no room, and a store without any must open.
    const file: Movable | undefined = last ? await folder.getFileHandle(last) : undefined
    await file?.move?.(lease.#name).catch(() => {})
    await folder.getFileHandle(lease.#name, { create: true })
    for (const name of before) await remove(folder, name)
    return lease
  }

  get #name(): string {
    return `lease.${hex(this.number)}`
  }

  /** How it was lost, if it was. */
  async lost(): Promise<'deposed' | 'cleared' | undefined> {
    try {
      await this.folder.getFileHandle(this.#name)
      return undefined
    } catch (error) {
      if (nameOf(error) !== 'NotFoundError') throw error
      const names = await namesOf(this.folder).catch(() => [])
      return names.some((name) => leaseOf(name) > this.number) ? 'deposed' : 'cleared'
    }
  }

  marks(): Promise<string[]> {
    return namesOf(this.folder)
  }
  async mark(name: string): Promise<void> {
    await this.folder.getFileHandle(name, { create: true })
  }
  unmark(name: string): Promise<boolean> {
    return remove(this.folder, name)
  }
}

async function namesOf(folder: Folder): Promise<string[]> {
  const names: string[] = []
  for await (const name of folder.keys()) names.push(name)
  return names
}
