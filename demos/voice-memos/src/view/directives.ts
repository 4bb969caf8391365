// What a view needs of the page and cannot say in markup: a dialog that is shown as modal while it is drawn, and focus
// that goes somewhere sensible when what had it was taken away. Knows no state of the app.
import { noChange, nothing } from 'lit-html'
import type { ElementPart } from 'lit-html'
import { AsyncDirective } from 'lit-html/async-directive.js'
import { Directive, directive, PartType } from 'lit-html/directive.js'
import type { PartInfo } from 'lit-html/directive.js'

class Modal extends AsyncDirective {
  #dialog: HTMLDialogElement | undefined
  #leave: () => void = () => undefined

  constructor(part: PartInfo) {
    super(part)
    if (part.type !== PartType.ELEMENT) throw new Error('modal() belongs on a dialog element')
  }

  render(_leave: () => void): unknown { return nothing }

  override update(part: ElementPart, [leave]: [() => void]): unknown {
    this.#leave = leave
    if (!this.#dialog) this.#prepare(part.element as HTMLDialogElement)
    return noChange
  }

  #prepare(dialog: HTMLDialogElement): void {
    this.#dialog = dialog
    dialog.addEventListener('cancel', (event) => {
      event.preventDefault() // the state closes it, not the key
      this.#leave()
    })
    dialog.addEventListener('close', () => queueMicrotask(() => this.#show())) // some browsers close at the second Esc
    dialog.addEventListener('pointerdown', (event) => {
      if (event.target === dialog && isOutside(dialog, event)) this.#leave()
    })
    queueMicrotask(() => this.#show())
  }

  #show(): void {
    if (this.isConnected && this.#dialog?.isConnected && !this.#dialog.open) this.#dialog.showModal()
  }

  /** Before it is taken out: close() gives the focus back, being removed does not. */
  protected override disconnected(): void { this.#dialog?.close() }
  protected override reconnected(): void { queueMicrotask(() => this.#show()) }
}

function isOutside(dialog: HTMLDialogElement, at: PointerEvent): boolean {
  const box = dialog.getBoundingClientRect()
  return at.clientX < box.left || at.clientX > box.right || at.clientY < box.top || at.clientY > box.bottom
}

/** On a `<dialog>`: modal as long as it is drawn; `leave` is asked for by Esc and by a tap beside it. */
export const modal = directive(Modal)

let hasDrawn = false // the first page a person sees keeps the browser's own focus

class TakeFocus extends Directive {
  #key: unknown

  render(_key: unknown, _isField = false): unknown { return nothing }

  override update(part: ElementPart, [key, isField]: [unknown, boolean?]): unknown {
    if (key === this.#key) return noChange
    this.#key = key
    if (hasDrawn) queueMicrotask(() => takeLostFocus(part.element as HTMLElement, isField))
    hasDrawn = true
    return noChange
  }
}

/** What one comes to by keyboard keeps the focus; a heading that was given it passes it on to a field. */
const isHeld = (element: Element | null, isField: boolean): boolean =>
  element !== null && element !== document.body && !(isField && element.matches('[tabindex="-1"]'))

function takeLostFocus(element: HTMLElement, isField = false): void {
  if (element.isConnected && !isHeld(document.activeElement, isField)) element.focus({ preventScroll: true })
}

/** Takes the focus when the key is new and nothing else has it. `isField`: this is where one types next. */
export const takeFocus = directive(TakeFocus)

class KeepFocus extends Directive {
  render(_wanted: string): unknown { return nothing }

  /** Runs before what is inside is drawn; looks again after that, and after everyone who wants the focus by name. */
  override update(part: ElementPart, [wanted]: [string]): unknown {
    const had = document.activeElement
    if (had && had !== document.body && part.element.contains(had)) queueMicrotask(() => queueMicrotask(() => giveOn(had, part.element, wanted)))
    return noChange
  }
}

function giveOn(had: Element, within: Element, wanted: string): void {
  if (had.isConnected || document.querySelector('dialog[open]')) return
  for (const selector of wanted.split(',')) {
    const next = within.querySelector<HTMLElement>(selector)
    if (next) return takeLostFocus(next)
  }
}

/** When what had the focus is no longer drawn, gives it to the first of these selectors that is. */
export const keepFocus = directive(KeepFocus)

class Reveal extends Directive {
  #isDone = false

  render(): unknown { return nothing }

  override update(part: ElementPart): unknown {
    if (!this.#isDone) queueMicrotask(() => part.element.scrollIntoView({ block: 'nearest' }))
    this.#isDone = true
    return noChange
  }
}

/** Scrolls what is new as far as needed to be seen whole; CSS scroll margins keep it clear of bars. */
export const reveal = directive(Reveal)
