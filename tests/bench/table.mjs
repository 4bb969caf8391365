// The benchmark's table: a value, its peer and its limit, the ratios (above 1 is better than the peer; of the limit a
// percentage, or for times how many times as long), and every run.

const cell = (value, unit) => value === null || value === undefined ? '-' : `${value} ${unit}`

/** @param {{name, value, unit, peer?, limit?, runs?}[]} lines */
export function printTable(lines) {
  const rows = lines.map(row)
  const header = ['', 'samara', 'webtorrent', 'x', 'limit', 'of it']
  const widths = header.map((title, at) => Math.max(title.length, ...rows.map((one) => one[at].length)))
  for (const one of [header, ...rows]) console.log(one.map((text, at) => at ? text.padStart(widths[at]) : text.padEnd(widths[at])).join('  '))
  for (const { name, unit, runs } of lines) {
    if (!runs) continue
    const all = Object.entries(runs).map(([who, values]) => `${who} ${values.map((value) => value.toFixed(unit === '%' ? 2 : 1)).join(' ') || '-'}`)
    console.log(`  ${name}: ${all.join(' | ')}`)
  }
}

function row({ name, value, unit, peer, limit }) {
  const isLowBetter = ['ms', 'MB', 'x', '%'].includes(unit)
  const better = isLowBetter ? peer?.value / value : value / peer?.value
  const share = value / limit?.value
  const part = ['ms', '%'].includes(unit) ? `${share.toFixed(2)} x` : `${(share * 100).toFixed(0)} %` // of what is spent: how many times the limit's
  return [name, cell(value, unit), cell(peer?.value, unit), value && peer?.value ? better.toFixed(2) : '-', cell(limit?.value, unit),
    value && limit?.value ? part : '-']
}
