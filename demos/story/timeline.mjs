// The timeline of one memo's way, out of the package's own log: which stage took how long. Knows nothing of browsers.

/**
 * The receiver's stages in the order in which they end, each with the log codes that end it: the first that was
 * logged counts. A stage lasts from the end of the one before.
 */
const STAGES = [
  ['SDP', ['sdp-ready']],
  ['tracker', ['answer-received', 'offer-received', 'announced']],
  ['ICE', ['ice-connected']],
  ['DTLS', ['dtls-connected', 'channel-open']],
  ['metadata', ['metadata']],
  ['first byte', ['first-byte']],
  ['verified', ['verified']],
  ['stored', ['stored']],
]

/** The last moment at which one of the codes was logged, or the first; undefined when none was. */
function momentOf(log, codes, pick) {
  for (const code of codes) {
    const moments = log.filter((entry) => entry.code === code).map((entry) => entry.us)
    if (moments.length > 0) return pick === 'last' ? Math.max(...moments) : Math.min(...moments)
  }
  return undefined
}

/**
 * @param {{code: string, us: number}[]} log of the receiving page; microseconds since the page's time origin
 * @param {{receive: number, playable: number}} marks of the page, on the same clock
 * @returns {{stages: {name: string, ms: number | undefined}[], wholeMs: number, covered: number}}
 */
export function timelineOf(log, marks) {
  const during = log.filter((entry) => entry.us >= marks.receive && entry.us <= marks.playable)
  const stages = []
  let reached = marks.receive
  for (const [name, codes] of STAGES) {
    const moment = momentOf(during, codes, name === 'verified' || name === 'stored' ? 'last' : 'first')
    stages.push({ name, ms: moment === undefined ? undefined : Math.max(0, moment - reached) / 1000 })
    if (moment !== undefined) reached = Math.max(reached, moment)
  }
  stages.push({ name: 'playable', ms: (marks.playable - reached) / 1000 })
  const wholeMs = (marks.playable - marks.receive) / 1000
  const sum = stages.reduce((total, stage) => total + (stage.ms ?? 0), 0)
  return { stages, wholeMs, covered: wholeMs > 0 ? sum / wholeMs : 0 }
}

/** Milliseconds as a bar chart of text. */
export function drawTimeline(stages, wholeMs) {
  const longest = Math.max(...stages.map((stage) => stage.ms ?? 0), 0.001)
  const rows = stages.map(({ name, ms }) => {
    const amount = ms === undefined ? 'not seen' : `${ms.toFixed(1)} ms`
    return `  ${name.padEnd(11)}${amount.padStart(11)}  ${'█'.repeat(Math.round(((ms ?? 0) / longest) * 40))}`
  })
  return [...rows, `  ${'receive → playable'.padEnd(11)} ${wholeMs.toFixed(1)} ms`].join('\n')
}
