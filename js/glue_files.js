// Owns: the tree of files in memory below Emscripten's IDBFS, in place of Emscripten's own FS and MEMFS: what IDBFS and
// js/src/store/idbfs.ts use of them, and nothing else (no streams, devices, links or permissions: 5 KB of the download).
// glue.mjs puts these declarations where the glue has its own, so they are `var`s without imports or exports.
var PATH = { join2: (folder, name) => `${folder}/${name}` }

var FOLDER = 0o40777 // modes are stored with the files: as Emscripten writes them
var FILE = 0o100666

var MEMFS = {
  mount: () => FS.node(FOLDER),
  getFileDataAsTypedArray: ({ contents }) => contents,
}

var FS = {
  root: undefined,
  /** A folder's `entries` are its nodes by name; a file has `contents`. */
  node: (mode) => ({ mode, entries: new Map(), contents: new Uint8Array(0), timestamp: Date.now(), mounted: undefined }),
  isDir: (mode) => (mode & 0o170000) === 0o40000,
  isFile: (mode) => (mode & 0o170000) === 0o100000,

  /** Paths are absolute. What is mounted on a folder stands in its place. */
  lookupPath(path) {
    let node = FS.root
    for (const name of FS.names(path)) {
      node = node.entries.get(name)
      if (!node) throw new Error(`no file ${path}`)
      node = node.mounted ?? node
    }
    return { node }
  },
  names: (path) => path.split('/').filter((name) => name),
  parent: (path) => FS.lookupPath(path.slice(0, path.lastIndexOf('/'))).node.entries,
  name: (path) => path.slice(path.lastIndexOf('/') + 1),

  mkdirTree(path) {
    let { entries } = FS.root
    for (const name of FS.names(path)) {
      if (!entries.has(name)) entries.set(name, FS.node(FOLDER))
      const node = entries.get(name)
      entries = (node.mounted ?? node).entries
    }
  },
  mount(type, opts, mountpoint) {
    const { node } = FS.lookupPath(mountpoint)
    node.mounted = type.mount()
    node.mounted.mount = { type, opts, mountpoint }
  },
  readdir: (path) => [...FS.lookupPath(path).node.entries.keys()],
  stat(path) {
    const { mode, contents, timestamp } = FS.lookupPath(path).node
    return { mode, size: contents.length, mtime: new Date(timestamp) }
  },
  /** Keeps the array itself: whoever calls gives it away. */
  writeFile(path, bytes) {
    const file = FS.node(FILE)
    file.contents = bytes
    FS.parent(path).set(FS.name(path), file)
  },
  utime(path, atime, mtime) {
    FS.lookupPath(path).node.timestamp = +mtime
  },
  chmod() {},
  unlink: (path) => void FS.parent(path).delete(FS.name(path)),
  rmdir: (path) => FS.unlink(path),
}
FS.root = FS.node(FOLDER)
