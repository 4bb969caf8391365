// The files of the repository as the checks see them: tracked or new, never ignored. Works without git too.
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

const IGNORED = new Set(['.git', '.toolchain', 'build', 'node_modules', 'dist'])

/** Paths relative to root, sorted, with '/' between components. */
export function listSources(root) {
  try {
    const list = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'],
      { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
    return [...new Set(list.split('\0'))].filter((file) => file && existsSync(join(root, file))).sort()
  } catch {
    return walk(root, '')
  }
}

function walk(root, folder) {
  const found = []
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
    const path = folder ? `${folder}/${entry.name}` : entry.name
    if (entry.isDirectory()) {
      if (!IGNORED.has(entry.name)) found.push(...walk(root, path))
    } else if (entry.isFile()) found.push(path)
  }
  return found.sort()
}
