// What receiving asks of the person: consent before anybody is contacted, a size before it is fetched, a password as often
// as it takes. One question at a time; answers that come late are dropped. A password is handed on and not kept.
import type { LinkInfo, Metadata, Samara } from 'samara-sdk'
import type { Receive } from '../view/model.js'
import { giveConsent, hasConsent, isWorthAsking, MAX_MEMO_BYTES, savesData } from './consent.js'
import { titleOf } from './names.js'
import { canRelay } from './samara.js'
import { aboutOf } from './sender_says.js'
import type { Store } from './store.js'

type Choice = 'accept' | 'hidden' | 'decline'
type Step<Name extends Receive['step']> = Extract<Receive, { step: Name }>

/** One run of the steps: what comes late for an older run is dropped. */
export interface Run {
  link?: string
  keyless?: string | undefined // the link as it came, where its key was put in by hand
  handle?: string | undefined
  sealed: boolean
  metadataSize?: number
  asked: number
  declined: boolean
  isAsking: boolean
  passwords: number // that were tried
  ends: AbortController
  silentSince?: number | undefined
}

export interface Owner {
  isStale(run: Run): boolean // the page has gone on to something else
  onAnswered(): void // what was covered by the question is shown again
  onHide(): Promise<Samara> // the person wants to hide their address
}

export class Questions {
  #choose: ((choice: Choice) => void) | undefined
  #givePassword: ((text: string | undefined) => void) | undefined

  constructor(private readonly store: Store, private readonly owner: Owner) {}

  /** The person's answer to what is asked now. */
  choose(choice: Choice): void {
    const choose = this.#choose
    this.#choose = undefined
    choose?.(choice)
  }

  /** What was typed into the password's field. */
  tryPassword(text: string): void {
    const give = this.#givePassword
    this.#givePassword = undefined
    give?.(text)
  }

  /** Nobody answers any more. */
  drop(): void {
    this.#choose = undefined
    this.#givePassword?.(undefined)
    this.#givePassword = undefined
  }

  /** Once per device, and for what is large. False: not now. Nobody is contacted meanwhile. */
  async askConsent(run: Run, title: { title?: string }, { size: bytes, passwordNeeded: locked }: LinkInfo): Promise<boolean> {
    if (!hasConsent()) {
      const choice = await this.#ask(run, { step: 'consent', ...title, ...(bytes !== undefined && { bytes }), sealed: run.sealed, locked, canHide: canRelay && !this.store.state.settings.hideAddress })
      if (choice === 'decline') return false
      if (choice === 'hidden') {
        this.#show({ step: 'opening' })
        await this.owner.onHide()
      }
      giveConsent()
    }
    if (bytes === undefined || !isWorthAsking(bytes)) return true
    run.asked = bytes
    return await this.#ask(run, { step: 'size', ...title, bytes, saver: savesData(), sealed: run.sealed, about: {} }) !== 'decline'
  }

  /** What the sender describes counts, whatever the link said. Nothing is fetched before this has answered. */
  async #accept(run: Run, metadata: Metadata): Promise<boolean> {
    const { name, size } = metadata
    if (size > MAX_MEMO_BYTES) {
      run.metadataSize = size
      return false
    }
    if (size <= run.asked || !isWorthAsking(size)) return true
    run.asked = size
    if (this.owner.isStale(run)) return false
    return await this.#ask(run, { step: 'size', title: titleOf(name), bytes: size, saver: savesData(), sealed: metadata.sealed, about: aboutOf(metadata) }) !== 'decline'
  }

  /** What the package asks of the person while it receives. */
  answers(run: Run): { accept: (metadata: Metadata) => Promise<boolean>; password: () => Promise<string | undefined> } {
    return { accept: (metadata) => this.#accept(run, metadata), password: () => this.#askPassword(run) }
  }

  /** Called again after each wrong one. Undefined: the page went on to something else; it stays locked. */
  async #askPassword(run: Run): Promise<string | undefined> {
    if (this.owner.isStale(run)) return undefined
    run.isAsking = true
    this.#show({ step: 'password', why: run.passwords > 0 ? 'wrong' : 'needed' })
    const text = await new Promise<string | undefined>((resolve) => { this.#givePassword = resolve })
    if (text === undefined || this.owner.isStale(run)) return undefined
    run.passwords += 1
    run.isAsking = false
    this.#show({ step: 'password', why: 'checking' })
    return text
  }

  async #ask(run: Run, step: Step<'consent'> | Step<'size'>): Promise<Choice> {
    run.isAsking = true
    this.#show(step)
    const choice = await new Promise<Choice>((resolve) => { this.#choose = resolve })
    run.isAsking = false
    if (choice === 'decline') {
      run.declined = true
      this.#show({ step: 'declined' }) // the link is kept: a reload asks again
    } else this.owner.onAnswered()
    return choice
  }

  #show(receive: Receive): void {
    this.store.set({ receive })
  }
}
