// The two pages that show pictures of states: the sheet that a person looks through, and an overview that becomes one
// picture. Text in, text out.

const WIDTH_SHOWN_PX = { 390: 240, 768: 340, 1280: 460 }

const escape = (text) => text.replace(/[&<>"]/g, (letter) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[letter])
const anchorOf = (title) => title.toLowerCase().replace(/[^a-z0-9]+/g, '-')

/** Keeps the order in which the states were first met, whatever order the sets were shot in. */
function groupsOf(shots) {
  const order = [...shots].sort((a, b) => a.width - b.width || a.theme.localeCompare(b.theme) * -1)
  const groups = new Map()
  for (const shot of order) {
    const states = groups.get(shot.group) ?? groups.set(shot.group, new Map()).get(shot.group)
    const row = states.get(shot.name) ?? states.set(shot.name, []).get(shot.name)
    row.push(shot)
  }
  return groups
}

const STYLE = `
:root { font: 15px/1.5 system-ui, sans-serif; color: #241c15; background: #e6ddd1 }
body { margin: 0 }
header { position: sticky; top: 0; z-index: 1; padding: 12px 24px; background: #f7f1e8; border-bottom: 1px solid #cbbfae }
h1 { margin: 0 16px 0 0; font-size: 18px; display: inline }
nav a, label { margin-right: 12px; white-space: nowrap }
nav { margin-top: 4px } a { color: #8a2c0d }
main { padding: 0 24px 48px }
h2 { margin: 40px 0 8px; scroll-margin-top: 110px }
h3 { margin: 16px 0 6px; font: 600 14px ui-monospace, monospace; scroll-margin-top: 110px }
.row { display: flex; gap: 12px; align-items: start; overflow-x: auto; padding-bottom: 8px }
figure { margin: 0; flex: none } img { display: block; width: 100%; border-radius: 10px; box-shadow: 0 1px 6px #0003 }
figcaption { font-size: 12px; color: #6b5c4d }
:root:has(#w390:not(:checked)) .w390, :root:has(#w768:not(:checked)) .w768, :root:has(#w1280:not(:checked)) .w1280,
:root:has(#light:not(:checked)) .light, :root:has(#dark:not(:checked)) .dark { display: none }
`

const figure = ({ file, name, width, theme, height }) =>
  `<figure class="w${width} ${theme}" style="width:${WIDTH_SHOWN_PX[width] ?? 340}px"><a href="contact-sheet/${file}">`
  + `<img loading="lazy" src="contact-sheet/${file}" alt="${escape(name)}, ${width} px, ${theme}"></a><figcaption>${width} ${theme}, ${height} px high</figcaption></figure>`

const choice = (id, text) => `<label><input type="checkbox" id="${id}" checked> ${text}</label>`

/** The sheet: groups with jump links, a row for each state, boxes to leave out widths and themes. */
export function sheetPage(shots) {
  const groups = groupsOf(shots)
  const jumps = [...groups.keys()].map((title) => `<a href="#${anchorOf(title)}">${escape(title)}</a>`).join(' ')
  const rows = [...groups].map(([title, states]) => `<h2 id="${anchorOf(title)}">${escape(title)}</h2>`
    + [...states].map(([name, row]) => `<h3 id="${name}">${escape(name)}</h3><div class="row">${row.map(figure).join('')}</div>`).join('\n')).join('\n')
  const names = new Set(shots.map((shot) => shot.name))
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Samara – contact sheet</title><style>${STYLE}</style>
<header><h1>${names.size} states</h1>${choice('w390', '390 px')}${choice('w768', '768 px')}${choice('w1280', '1280 px')}${choice('light', 'light')}${choice('dark', 'dark')}
<nav>${jumps}</nav></header><main><p>States are made up (src/gallery); the app draws them with the code that draws measured ones.</p>
${rows}</main></html>\n`
}

/** All states of one width and theme as small tiles. */
export function overviewPage(shots, { tile, columns, theme }) {
  const [paper, ink] = theme === 'dark' ? ['#0d0b0a', '#d8cabb'] : ['#d8cfc4', '#3b2f25']
  const tiles = shots.map(({ file, name }) => `<figure><figcaption>${escape(name)}</figcaption><img src="${file}"></figure>`).join('')
  return `<!doctype html><meta charset="utf-8"><style>body{margin:0;padding:16px;width:${columns * (tile + 12) + 4}px;background:${paper};color:${ink};font:11px system-ui}
div{display:grid;grid-template-columns:repeat(${columns},${tile}px);gap:12px}figure{margin:0}figcaption{white-space:nowrap;overflow:hidden;text-overflow:ellipsis;height:16px}
img{width:${tile}px;max-height:${Math.round(tile * 2.2)}px;object-fit:cover;object-position:top;border-radius:6px;display:block}</style><div>${tiles}</div>`
}
