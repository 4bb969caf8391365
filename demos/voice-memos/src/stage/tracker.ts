// What the tracker saw, gathered from the server's event stream. Keeps counts and the newest lines; knows no element.
import { NOTHING_SEEN, type Seen, type TrackerFacts } from './facts.js'

const KEPT_LINES = 40
const KEPT_NAMES = 6
const KINDS = ['open', 'close', 'announce', 'answer', 'server']

const withNew = (known: readonly string[], names: readonly string[]): readonly string[] =>
  [...new Set([...known, ...names.filter(Boolean)])].slice(-KEPT_NAMES)

/** The facts after one more event. */
export function add(facts: TrackerFacts, event: Seen): TrackerFacts {
  const next = { ...facts, log: [event, ...facts.log].slice(0, KEPT_LINES) }
  if (event.kind === 'open') return { ...next, devices: facts.devices + 1, addresses: withNew(facts.addresses, [event.address]) }
  if (event.kind === 'close') return { ...next, devices: Math.max(0, facts.devices - 1) }
  if (event.kind === 'server') return next
  const known = { ...next, infoHashes: withNew(facts.infoHashes, [event.infoHash]), addresses: withNew(facts.addresses, event.addresses) }
  if (event.kind === 'answer') return { ...known, answers: facts.answers + 1 }
  return { ...known, announces: facts.announces + 1, offers: facts.offers + event.offers }
}

/** Listens for as long as the page lives. The server's switch is told apart from what the tracker got. */
export class TrackerEvents {
  facts = NOTHING_SEEN
  server = { on: true, reached: false, since: 0 }

  constructor(address: string) {
    const stream = new EventSource(address)
    stream.addEventListener('message', (message: MessageEvent<string>) => this.#take(JSON.parse(message.data) as Seen))
    stream.addEventListener('error', () => { this.server = { ...this.server, reached: false } })
  }

  #take(event: Seen): void {
    if (!KINDS.includes(event.kind)) return // counts, and what a later server may tell
    if (event.kind !== 'server') {
      this.facts = add(this.facts, event)
      return
    }
    const isNews = event.on !== this.server.on
    if (isNews) this.facts = add(this.facts, event)
    this.server = { on: event.on, reached: true, since: isNews ? event.at : this.server.since }
  }
}
