// The stage: puts the two phones, the tracker's events and the view together, and measures ten times a second. It holds
// the only timer and makes the only requests of this page; what is drawn is in view.ts.
import { render } from 'lit-html'
import { pushed, STILL } from './line.js'
import { Phone } from './phone.js'
import { TrackerEvents } from './tracker.js'
import { stage, type Shown, type StageActions } from './view.js'
import { WORDS } from './words.js'
import type { Facts } from './facts.js'

const SAMPLE_MS = 100 // the package reports at most as often
const APP = '/voice-memos/'
const EVENTS = '/stage/events'
const SWITCH = '/stage/server'

const sender = new Phone('samara-stage-left', WORDS.senderFrame)
const other = new Phone('samara-stage-right', WORDS.otherFrame)
const tracker = new TrackerEvents(EVENTS)
const calmness = matchMedia('(prefers-reduced-motion: reduce)')
let line = STILL
let moved: Facts['moved'] = { forth: 0, back: 0 }
let switchFailed = false

function measure(): Facts {
  const [from, to] = [sender.read(), other.read()]
  line = { forth: pushed(line.forth, from.deliveredBytes - moved.forth), back: pushed(line.back, to.deliveredBytes - moved.back) }
  moved = { forth: from.deliveredBytes, back: to.deliveredBytes }
  return { sender: from, other: to, line, moved, tracker: tracker.facts, server: tracker.server }
}

let facts = measure()

function draw(): void {
  const shown: Shown = { facts, frames: { sender: sender.frame, other: other.frame }, switchFailed, isCalm: calmness.matches }
  render(stage(shown, actions), document.body)
}

function update(): void {
  facts = measure()
  draw()
}

async function askServer(on: boolean): Promise<boolean> {
  try {
    const headers = { 'Content-Type': 'application/json' }
    return (await fetch(SWITCH, { method: 'POST', headers, body: JSON.stringify({ on }) })).ok
  } catch {
    return false
  }
}

const actions: StageActions = {
  switchSender(on) {
    if (on) sender.open(APP)
    else sender.turnOff()
    update()
  },
  switchServer(on) {
    void askServer(on).then((done) => {
      switchFailed = !done // what it does now comes as an event
      draw()
    })
  },
  openOther() {
    if (facts.sender.link !== '') other.open(facts.sender.link)
    update()
  },
  reloadOther: () => other.reload(),
}

sender.open(APP)
draw()
setInterval(update, SAMPLE_MS)
