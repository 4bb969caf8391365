// The short form of ./run soak: a receiver that is killed again and again at random moments loses nothing, and fetches nothing again that was verified.
import assert from 'node:assert/strict'
import { describe, test } from '../lib/runner.mjs'
import { MiB } from '../lib/data.mjs'
import { killAgainAndAgain } from '../../soak/kills.mjs'

describe('kills')

test('10 random kills over transfers with two receivers: nothing is lost, and nothing verified is fetched again', async (t) => {
  const seed = Date.now() % 1_000_000
  console.log(`     seed ${seed}`)
  const { kills, files, fetchedAgain } = await killAgainAndAgain(t, { kills: 10, seed })
  console.log(`     ${kills} kills, ${files} files, fetched again: ${fetchedAgain.join(', ')} bytes`)
  assert.equal(kills, 10)
  assert.deepEqual(fetchedAgain, new Array(10).fill(0))
}, { timeout_ms: 240_000 })
