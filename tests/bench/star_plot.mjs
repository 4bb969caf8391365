// The picture of star against mesh: seconds until the last receiver has it, over the number of receivers. SVG, no scripts.

const [WIDTH, HEIGHT] = [640, 360]
const PLOT = { left: 56, right: 612, top: 48, bottom: 304 }
const LINES = [
  { key: 'starSeconds', name: 'star: nginx on the sender', colour: '#b4552d' },
  { key: 'meshSeconds', name: 'mesh: Samara', colour: '#2f7d4f' },
]

/** A step of 1, 2 or 5 × 10^n that gives at most six lines. */
function niceStep(most) {
  for (let ten = 1; ; ten *= 10) {
    const found = [1, 2, 5].find((step) => most / (step * ten) <= 6)
    if (found) return found * ten
  }
}

/** @param {{receivers: number, starSeconds: number, meshSeconds: number}[]} results */
export function drawStar(results, { size, megabits, uplinks }) {
  const most = Math.max(...results.flatMap(({ starSeconds, meshSeconds }) => [starSeconds, meshSeconds]))
  const step = niceStep(most)
  const top = Math.ceil(most / step) * step
  const widest = Math.max(...results.map(({ receivers }) => receivers))
  const x = (receivers) => (PLOT.left + (PLOT.right - PLOT.left) * receivers / (widest + 0.5)).toFixed(1)
  const y = (seconds) => (PLOT.bottom - (PLOT.bottom - PLOT.top) * seconds / top).toFixed(1)
  const text = (at, down, words, more = '') => `<text x="${at}" y="${down}" ${more}>${words}</text>`
  const grid = Array.from({ length: Math.round(top / step) + 1 }, (_, at) => at * step).map((seconds) =>
    `<line x1="${PLOT.left}" x2="${PLOT.right}" y1="${y(seconds)}" y2="${y(seconds)}" stroke="#ddd"/>${text(PLOT.left - 8, Number(y(seconds)) + 4, seconds, 'text-anchor="end"')}`)
  const ticks = results.map(({ receivers }) => text(x(receivers), PLOT.bottom + 18, receivers, 'text-anchor="middle"'))
  const drawn = LINES.map(({ key, name, colour }, index) => {
    const points = results.map((one) => [x(one.receivers), y(one[key])])
    const legend = PLOT.left + 12
    return [`<polyline points="${points.map((point) => point.join(',')).join(' ')}" fill="none" stroke="${colour}" stroke-width="2.5"/>`,
      ...points.map(([across, down]) => `<circle cx="${across}" cy="${down}" r="4" fill="${colour}"/>`),
      ...results.map((one, at) => text(points[at][0], Number(points[at][1]) + (one[key] < Math.max(one.starSeconds, one.meshSeconds) ? 18 : -9), one[key].toFixed(0), `text-anchor="middle" fill="${colour}"`)),
      text(legend, PLOT.top + 18 + 18 * index, name, `fill="${colour}" font-weight="600"`)].join('\n')
  })
  const held = uplinks === 'all' ? `every uplink held at ${megabits} Mbit/s` : `the sender's uplink held at ${megabits} Mbit/s`
  const title = `Seconds until the last receiver has ${size / 1024 / 1024} MiB, ${held}`
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="system-ui, sans-serif" font-size="12" fill="#333" role="img" aria-label="${title}">
<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>
${text(16, 26, title, 'font-size="13" font-weight="600"')}
${[...grid, ...ticks, ...drawn].join('\n')}
${text((PLOT.left + PLOT.right) / 2, HEIGHT - 14, 'receivers that start together', 'text-anchor="middle"')}
</svg>
`
}
