// What the benchmark measures: one line each, with who does it and how often. Measuring and printing are run.mjs's.
import * as bare from './bare.mjs'
import * as bareMesh from './bare_mesh.mjs'
import * as blocked from './blocked.mjs'
import * as library from './library.mjs'
import * as many from './many.mjs'
import * as manyShares from './many_shares.mjs'
import * as memory from './memory.mjs'
import * as samara from './samara.mjs'
import * as stores from './stores.mjs'
import * as webtorrent from './webtorrent.mjs'

const MiB = 1024 * 1024
export const RUN_TIMEOUT_MS = 90_000
const SHARES = 500
const MANY_TIMEOUT_MS = 180_000 // webtorrent takes half a minute with eight receivers, on a quiet machine

/** name → {unit, better, runs, size, contenders: {name: (world) → value}}; a contender is 'ours', 'peer' or 'limit'. A value
 * is ms where the unit is MB/s or ms, or {value, …more}: what of `more` is named in `also` becomes a row of its own. */
export const makeLines = ({ runs, big }) => [
  { name: `share ${big / MiB} MiB, blob to link`, key: 'share', unit: 'MB/s', runs, size: big, contenders: { ours: samara.share, peer: webtorrent.share } },
  ...[[100, 'KiB', 1024], [1, 'MiB', MiB]].map(([count, unit, bytes]) => (
    { name: `share a memo of ${count} ${unit}, the page's second`, key: `memo-share-${unit.toLowerCase()}`, unit: 'ms', runs: Math.max(5, runs), size: count * bytes, browser: 'profile',
      contenders: { ours: samara.shareAgain } })),
  { name: 'share a memo of 100 KiB: processor time of the whole browser', key: 'memo-work', unit: 'ms', runs: Math.max(5, runs), size: 100 * 1024, browser: 'profile', contenders: { ours: samara.shareWork } },
  { name: `receive ${big / MiB} MiB between two pages`, key: 'receive', unit: 'MB/s', runs, size: big, browser: 'profile',
    contenders: { ours: samara.receive, peer: webtorrent.receive, limit: bare.receive } },
  { name: `receive ${big / MiB} MiB from a webtorrent page`, key: 'receive-foreign', unit: 'MB/s', runs, size: big, browser: 'profile',
    contenders: { ours: samara.receiveFromWebtorrent, peer: webtorrent.receive } },
  { name: `longest task of the page that receives ${big / MiB} MiB`, key: 'blocked', unit: 'ms', runs, size: big, browser: 'profile',
    also: { cpu: 'most processor time of one task', sender: 'longest task of the page that sends', senderCpu: 'most processor time of one task' },
    contenders: { ours: blocked.ours, peer: blocked.peer } },
  { name: `seal ${big / MiB} MiB, blob to link`, key: 'seal', unit: 'MB/s', runs: Math.max(5, runs), size: big, limitName: 'the same unsealed',
    contenders: { ours: samara.seal, limit: samara.share } },
  { name: 'receive 48 MiB sealed', key: 'sealed-receive', unit: 'MB/s', runs: Math.max(5, runs), size: 48 * MiB, browser: 'profile', limitName: 'the same unsealed',
    contenders: { ours: samara.receiveSealed, limit: samara.receive } },
  { name: 'share a 1 KiB memo with a password (Argon2id)', key: 'password', unit: 'ms', runs: Math.max(5, runs), size: 1024,
    limitName: 'without', contenders: { ours: samara.sealWithPassword, limit: samara.seal } },
  { name: 'a wrong password, entered to told', key: 'wrong-password', unit: 'ms', runs: Math.max(5, runs), size: 100 * 1024,
    contenders: { ours: samara.wrongPassword } },
  ...[['opfs', 64], ['idb', 64], ['idbfs', 12]].flatMap(([kind, mebibytes]) => [256, 16].map((kibibytes) => ({
    name: `write ${mebibytes} MiB to ${kind}, ${kibibytes} KiB at a time, flushed`, key: `store-${kind}-${kibibytes}`, unit: 'MB/s', runs, size: mebibytes * MiB, browser: 'profile',
    limitName: 'bare OPFS handle', contenders: { ours: stores.write(kind, kibibytes * 1024), limit: stores.bare(kibibytes * 1024) },
  }))),
  ...[64, 256, 1024].map((mebibytes) => ({
    name: `most memory, receiving ${mebibytes} MiB`, key: `memory-${mebibytes}`, unit: 'MB', runs: mebibytes > 256 ? 1 : runs, size: mebibytes * MiB,
    timeout_ms: RUN_TIMEOUT_MS + mebibytes * 300, contenders: { ours: memory.ours, peer: memory.peer },
  })),
  ...[1_000, 10_000].map((items) => ({
    name: `open() to items() with ${items} items`, key: `open-${items}`, unit: 'ms', browser: 'profile', runs: items > 1_000 ? 3 : runs, size: items,
    timeout_ms: RUN_TIMEOUT_MS + items * 20, contenders: { ours: library.openLibrary },
  })),
  ...['opfs', 'idb', 'idbfs'].map((store) => ({
    name: `journal bytes written per piece of 64 KiB, ${store}`, key: `journal-${store}`, unit: 'B', browser: 'profile', runs: 1, size: 8 * MiB,
    contenders: { ours: library.journalPerPiece(store) },
  })),
  ...[1, 2, 4].map((connections) => ({
    name: `bare channels, 64 MiB over ${connections} connection${connections > 1 ? 's' : ''}`, key: `channels-${connections}`, unit: 'MB/s', runs, size: 64 * MiB,
    contenders: { limit: bare.receiveOver(connections) },
  })),
  ...[4, 8].map((receivers) => ({
    name: `one sender, ${receivers} receivers, 16 MiB: the last one done`, key: `many-${receivers}`, unit: 'ms', runs, size: 16 * MiB, browser: 'sites', timeout_ms: MANY_TIMEOUT_MS,
    limitName: `bare channels to ${receivers} pages at once: N·F/R`, also: { copies: 'copies that the sender sent', cpu: 'processor time per MiB that a receiver got', messages: 'messages on all channels' },
    contenders: { ours: many.toMany('samara', receivers), peer: many.toMany('webtorrent', receivers), limit: bare.toMany(receivers) },
  })),
  ...[4, 8].map((receivers) => ({
    name: `bare channels, 16 MiB once from the sender and passed on by ${receivers} receivers`, key: `mesh-${receivers}`, unit: 'ms', runs, size: 16 * MiB, browser: 'sites',
    also: { cpu: 'processor time per MiB that a receiver got' },
    limitName: `all of it from the sender, ${receivers} times`, contenders: { ours: bareMesh.toMany(receivers), limit: bare.toMany(receivers) },
  })),
  ...['samara', 'webtorrent'].map((from) => ({
    name: `${from} sends 16 MiB to 2 samara, 2 webtorrent: the last webtorrent done`, key: `mixed-${from}`, unit: 'ms', runs, size: 16 * MiB, browser: 'sites', timeout_ms: MANY_TIMEOUT_MS,
    also: { others: 'the last samara done', copies: 'copies that the sender sent' },
    contenders: { ours: many.mixed(from), peer: many.toMany('webtorrent', 4) },
  })),
  { name: `${SHARES} shares that nobody asks for: processor time of the whole browser`, key: 'many-shares', unit: '%', runs, size: SHARES, timeout_ms: MANY_TIMEOUT_MS, browser: 'profile',
    limitName: 'the page without shares', also: { perSecond: 'announces per second' },
    contenders: { ours: manyShares.idle(SHARES), limit: manyShares.idle(0) } },
  { name: 'receive a 1 MiB memo', key: 'memo', unit: 'ms', runs: Math.max(5, runs), size: MiB, browser: 'sites',
    limitName: 'a bare connection from nothing, and 1 MiB over it', contenders: { ours: samara.receive, peer: webtorrent.receive, limit: bare.receiveFromNothing } },
]
