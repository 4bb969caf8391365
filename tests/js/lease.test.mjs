// Files of the origin's private file system that are asked for something: who asks holds them until they have answered.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { bundle } from './load.mjs'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc')
const { ask } = await import(await bundle('lease', `export { ask } from './src/store/lease'`))

/** As Chromium: a file object that is collected while it is asked never answers. */
function forgetfulFolder() {
  let made
  return {
    async getFileHandle(name) {
      const file = { name }
      made = new WeakRef(file)
      return file
    },
    async answer() {
      for (let i = 0; i < 3; i += 1) {
        await new Promise((resolve) => setImmediate(resolve))
        collect()
      }
      return made.deref()?.name ?? 'forgotten'
    },
  }
}

test('a file is held until it has answered', async () => {
  const folder = forgetfulFolder()
  assert.equal(await ask(folder, 'a.1', true, () => folder.answer()), 'a.1')
})

test('a file is let go once it has answered, also when it refuses', async () => {
  const folder = forgetfulFolder()
  await assert.rejects(ask(folder, 'a.1', true, async () => { throw new Error('locked') }), /locked/)
  assert.equal(await folder.answer(), 'forgotten')
})
