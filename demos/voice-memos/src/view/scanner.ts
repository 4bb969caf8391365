// The sheet over the page of a link while the camera looks for a QR code. What the camera sees is put into the video
// element by src/app/scanner.ts; nothing of it is drawn, kept or sent here.
import { html, nothing } from 'lit-html'
import type { TemplateResult } from 'lit-html'
import { words } from '../words/words.js'
import { modal, takeFocus } from './directives.js'
import type { Actions, Scanner, ScanTrouble } from './model.js'
import { adviceText, button } from './parts.js'

/** Where another try could go otherwise than this one did. */
const CAN_RETRY: readonly ScanTrouble[] = ['denied', 'busy']

function failed(why: ScanTrouble, actions: Actions): TemplateResult {
  const w = words()
  const advice = w.scanner.troubles[why]
  return html`<h2 id="scanner-title" tabindex="-1" ${takeFocus(why)}>${advice.title}</h2><div class="advice" role="alert">${adviceText(advice)}</div>
    <div class="buttons">${button('plain', w.close, () => actions.closeScanner(), { id: 'scanner-close' })}
      ${CAN_RETRY.includes(why) ? button('primary', w.retry, () => actions.scan(), { id: 'scanner-retry', focus: true }) : nothing}</div>`
}

export function scannerSheet(scanner: Scanner | undefined, actions: Actions): TemplateResult | typeof nothing {
  if (!scanner) return nothing
  const w = words().scanner
  const isLooking = scanner.step === 'looking'
  return html`<dialog class="sheet scanner" id="scanner" data-step=${scanner.step} aria-labelledby="scanner-title" ${modal(() => actions.closeScanner())}>
    ${scanner.step === 'failed' ? failed(scanner.why, actions) : html`<h2 id="scanner-title" tabindex="-1" ${takeFocus(scanner.step)}>${isLooking ? w.looking : w.asking}</h2>
      <p>${isLooking ? w.lookingText : w.askingText}</p>
      <div class="viewfinder"><video id="scanner-video" muted playsinline aria-hidden="true"></video></div>
      <div class="buttons">${button('plain', words().cancel, () => actions.closeScanner(), { id: 'scanner-close' })}</div>`}</dialog>`
}
