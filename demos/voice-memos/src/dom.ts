// Small helpers to build and find elements. Text goes in as text only, never as markup.

/** The element with this id; the page is ours, so a missing one is a mistake of ours. */
export function byId<T extends HTMLElement = HTMLElement>(id: string): T {
  const found = document.getElementById(id)
  if (!found) throw new Error(`no element #${id}`)
  return found as T
}

/** A new element with classes, text and children. */
export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K, options: { class?: string; text?: string; label?: string } = {}, ...children: Node[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag)
  if (options.class) element.className = options.class
  if (options.text !== undefined) element.textContent = options.text
  if (options.label) element.setAttribute('aria-label', options.label)
  element.append(...children)
  return element
}

/** A button that does one thing. */
export function makeButton(text: string, onclick: () => void, options: { class?: string; label?: string } = {}): HTMLButtonElement {
  const button = make('button', { ...options, text })
  button.type = 'button'
  button.addEventListener('click', onclick)
  return button
}

/** Drawn on a field of 24 by 24: filled shapes, or lines. */
const ICONS = {
  play: { fill: 'M8 5v14l11-7z' },
  pause: { fill: 'M7 5h4v14H7zM13 5h4v14h-4z' },
  share: { line: 'M12 15V4M7.5 8 12 3.5 16.5 8M5 13v6.5h14V13' },
  rename: { line: 'M4.5 19.5l1-4L16 5l3 3L8.5 18.5zM13.5 7.5l3 3' },
  delete: { line: 'M4.5 7h15M9 7V4.5h6V7M6.5 7l1 12.5h9l1-12.5M10.5 11v4.5M13.5 11v4.5' },
} as const

/** An icon; it says nothing by itself, the button around it has the name. */
export function makeIcon(name: keyof typeof ICONS): SVGSVGElement {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg')
  const shape: { fill?: string; line?: string } = ICONS[name]
  svg.setAttribute('class', shape.fill ? 'icon filled' : 'icon')
  svg.setAttribute('aria-hidden', 'true')
  svg.setAttribute('viewBox', '0 0 24 24')
  const path = document.createElementNS('http://www.w3.org/2000/svg', 'path')
  path.setAttribute('d', shape.fill ?? shape.line ?? '')
  svg.append(path)
  return svg
}

/** A round button with an icon; the label is its name. */
export function makeIconButton(icon: keyof typeof ICONS, label: string, onclick: () => void): HTMLButtonElement {
  const button = makeButton('', onclick, { class: 'icon-button', label })
  button.title = label
  button.append(makeIcon(icon))
  return button
}

export const show = (element: HTMLElement, visible: boolean): void => { element.hidden = !visible }

/** Puts text where a reader with a screen reader hears it, and only when it changed. */
export function say(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text
}
