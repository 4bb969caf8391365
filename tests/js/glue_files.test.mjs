// The file tree below IDBFS: what the glue and the store use of it, with names that no object may trip over.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'

const text = readFileSync(new URL('../../js/glue_files.js', import.meta.url), 'utf8')
const fresh = () => new Function(`${text}; return { FS, MEMFS, PATH }`)()
const bytes = (...values) => new Uint8Array(values)

test('files below a mount: written, replaced, listed, read, removed', () => {
  const { FS, MEMFS } = fresh()
  FS.mkdirTree('/samara/name/v1')
  FS.mount({ mount: MEMFS.mount }, {}, '/samara/name/v1')
  assert.equal(FS.lookupPath('/samara/name/v1').node.mount.mountpoint, '/samara/name/v1')
  FS.writeFile('/samara/name/v1/a', bytes(1))
  FS.writeFile('/samara/name/v1/b', bytes(2, 3))
  FS.writeFile('/samara/name/v1/a', bytes(4, 5, 6))
  FS.utime('/samara/name/v1/a', 7000, 7000)
  FS.utime('/samara/name/v1/b', new Date(8000), new Date(8000))
  assert.deepEqual(FS.readdir('/samara/name/v1').sort(), ['a', 'b'])
  assert.deepEqual(FS.stat('/samara/name/v1/a'), { mode: 0o100666, size: 3, mtime: new Date(7000) })
  assert.equal(FS.stat('/samara/name/v1/b').mtime.getTime(), 8000)
  assert.deepEqual(MEMFS.getFileDataAsTypedArray(FS.lookupPath('/samara/name/v1/a').node), bytes(4, 5, 6))
  FS.unlink('/samara/name/v1/a')
  assert.deepEqual(FS.readdir('/samara/name/v1'), ['b'])
  assert.throws(() => FS.stat('/samara/name/v1/a'))
  assert.throws(() => FS.writeFile('/samara/nobody/a', bytes(1)))
  assert.ok(FS.isDir(FS.stat('/samara').mode) && FS.isFile(FS.stat('/samara/name/v1/b').mode))
})

test('two mounts do not mix, and what is made twice is made once', () => {
  const { FS, MEMFS } = fresh()
  for (const name of ['a', 'b']) {
    FS.mkdirTree(`/samara/${name}/v1`)
    FS.mount({ mount: MEMFS.mount }, {}, `/samara/${name}/v1`)
    FS.writeFile(`/samara/${name}/v1/file`, new TextEncoder().encode(name))
    FS.mkdirTree(`/samara/${name}/v1/deeper`)
  }
  assert.deepEqual(FS.readdir('/samara').sort(), ['a', 'b'])
  assert.equal(FS.lookupPath('/samara/a/v1/file').node.contents[0], 97)
  assert.deepEqual(FS.readdir('/samara/b/v1').sort(), ['deeper', 'file'])
})

test('names of object members are names like others', () => {
  const { FS } = fresh()
  for (const name of ['__proto__', 'constructor', 'toString']) {
    assert.throws(() => FS.stat(`/${name}`))
    FS.mkdirTree(`/${name}/v1`)
    assert.deepEqual(FS.readdir(`/${name}`), ['v1'])
  }
})
