// The app's icons, drawn on a grid of 24, and its mark. Decoration only: names are on the buttons that hold them.
import { html, svg } from 'lit-html'
import type { SVGTemplateResult, TemplateResult } from 'lit-html'

const TEN = svg`<path class="ten" d="M9.6 11.2v5M9.6 11.2l-1.2.8M12.5 13.7a1.5 2.5 0 1 0 3 0a1.5 2.5 0 1 0-3 0"/>`
const LINES = {
  share: svg`<path d="M12 15V3.5M7.5 7.5 12 3l4.5 4.5M6 11.5H5v9h14v-9h-1"/>`,
  rename: svg`<path d="m14.5 5.5 4 4M4 20l1-5L16.5 3.5a2.1 2.1 0 0 1 3 0l1 1a2.1 2.1 0 0 1 0 3L9 19z"/>`,
  remove: svg`<path d="M4.5 6.5h15M9 6.5V4h6v2.5M6.5 6.5 7.5 20.5h9l1-14M10.5 10.5v6M13.5 10.5v6"/>`,
  save: svg`<path d="M12 3.5V15M7.5 11 12 15.5l4.5-4.5M4.5 20.5h15"/>`,
  send: svg`<path d="M20.5 3.5 3.5 10l7 3.5 3.5 7zM10.5 13.5l10-10"/>`,
  link: svg`<path d="M10 14a4.2 4.2 0 0 0 6 0l3.3-3.3a4.2 4.2 0 0 0-6-6L12 6M14 10a4.2 4.2 0 0 0-6 0l-3.3 3.3a4.2 4.2 0 0 0 6 6L12 18"/>`,
  file: svg`<path d="M13 3.5H6v17h12v-12zM13 3.5v5h5M12 11.5v6M9 14.5h6"/>`,
  settings: svg`<path d="M4 7h8M17 7h3M4 17h3M12 17h8"/><circle cx="14.5" cy="7" r="2.5"/><circle cx="9.5" cy="17" r="2.5"/>`,
  back: svg`<path d="M14.5 5 7.5 12l7 7"/>`,
  close: svg`<path d="m6 6 12 12M18 6 6 18"/>`,
  check: svg`<path d="m5 12.5 4.5 4.5L19 7.5"/>`,
  copy: svg`<path d="M8.5 8.5h11v11h-11zM15.5 8.5v-4h-11v11h4"/>`,
  backTen: svg`<path d="M4.5 4.5v5h5M5 9.5a8.3 8.3 0 1 1-.8 6"/>${TEN}`,
  forwardTen: svg`<path d="M19.5 4.5v5h-5M19 9.5a8.3 8.3 0 1 0 .8 6"/>${TEN}`,
  lock: svg`<path d="M5.5 10.5h13v10h-13zM8.5 10.5V7a3.5 3.5 0 0 1 7 0v3.5M12 14.5v2.5"/>`,
  key: svg`<circle cx="8" cy="15.5" r="4.2"/><path d="m11 12.5 8.5-8.5M16 7.5l3 3M13.5 10l2 2"/>`,
  clock: svg`<circle cx="12" cy="12" r="8.5"/><path d="M12 7v5l3.5 2"/>`,
  eye: svg`<path d="M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12z"/><circle cx="12" cy="12" r="3"/>`,
  scan: svg`<path d="M4 8.5V4h4.5M15.5 4H20v4.5M20 15.5V20h-4.5M8.5 20H4v-4.5M8 8h3v3H8zM13.5 13.5H16V16h-2.5zM13.5 8.5H16M8.5 13.5V16"/>`,
  select: svg`<circle cx="12" cy="12" r="8.5"/><path d="m8.3 12.3 2.5 2.5 4.9-5.2"/>`,
  chevron: svg`<path d="m9 5.5 6.5 6.5L9 18.5"/>`,
}
const FILLED = {
  play: svg`<path d="M8.2 5.3c0-.9 1-1.4 1.7-.9l9.3 6.6c.7.5.7 1.5 0 2l-9.3 6.6c-.7.5-1.7 0-1.7-.9z"/>`,
  pause: svg`<rect x="6.5" y="5" width="4" height="14" rx="1.3"/><rect x="13.5" y="5" width="4" height="14" rx="1.3"/>`,
  stop: svg`<rect x="6" y="6" width="12" height="12" rx="3"/>`,
}

export type IconName = keyof typeof LINES | keyof typeof FILLED

const frame = (kind: string, drawing: SVGTemplateResult): TemplateResult =>
  html`<svg class=${kind} viewBox="0 0 24 24" aria-hidden="true" focusable="false">${drawing}</svg>`

const isFilled = (name: IconName): name is keyof typeof FILLED => name in FILLED

export const icon = (name: IconName): TemplateResult => (isFilled(name) ? frame('icon filled', FILLED[name]) : frame('icon', LINES[name]))

const WING = 'M17 41C20 22 33 8 50 7.5C58.5 7.3 60.5 16 57.5 25C53 38 40 48.5 22 51.5Z'
const SOUND = 'M28.1 31.9a1.9 1.9 0 0 1 3.8 0v8.2a1.9 1.9 0 0 1-3.8 0zM36.1 20.9a1.9 1.9 0 0 1 3.8 0v20.2a1.9 1.9 0 0 1-3.8 0zM44.1 22.9a1.9 1.9 0 0 1 3.8 0v8.2a1.9 1.9 0 0 1-3.8 0zM51.7 16.3a1.9 1.9 0 0 1 3.8 0v5.4a1.9 1.9 0 0 1-3.8 0z'

/** The winged seed with sound in its wing, as on the icon of the app (icons.mjs). */
export const mark = (): TemplateResult => html`<svg class="mark" viewBox="6 5 55 52" aria-hidden="true" focusable="false">
  <path fill-rule="evenodd" d=${WING + SOUND}></path><ellipse cx="17" cy="47.5" rx="9.8" ry="7.6" transform="rotate(-42 17 47.5)"></ellipse></svg>`
