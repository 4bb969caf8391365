// How the stage looks: a pure function of what was measured and of the two frames. Knows no timers and no network.
import { html, nothing, type TemplateResult } from 'lit-html'
import { isSettled, stepOf, type Facts, type PhoneFacts, type Seen } from './facts.js'
import { calm, line, STILL } from './line.js'
import { bytes, caption, seen, time, WORDS } from './words.js'

export interface StageActions {
  switchSender(on: boolean): void
  switchServer(on: boolean): void
  openOther(): void
  reloadOther(): void
}

export interface Shown {
  facts: Facts
  frames: { sender: HTMLIFrameElement | undefined; other: HTMLIFrameElement | undefined }
  switchFailed: boolean
  isCalm: boolean // no motion is wanted
}

function steps(facts: Facts): TemplateResult {
  const now = stepOf(facts)
  return html`<ol class="steps" aria-label=${WORDS.stepsLabel}>${WORDS.steps.map((text, index) => html`
    <li class=${index + 1 < now ? 'past' : ''} aria-current=${index + 1 === now ? 'step' : nothing}><span>${text}</span></li>`)}</ol>`
}

function phone(id: 'sender' | 'other', frame: HTMLIFrameElement | undefined, instead: string, control: TemplateResult | typeof nothing): TemplateResult {
  return html`<section class="phone" id=${id} aria-labelledby="${id}-name">
    <div class="head"><h2 id="${id}-name">${WORDS[id]}</h2>${control}</div>
    <div class="case"><div class="screen" data-off=${instead === WORDS.off && !frame ? 'yes' : nothing}>
      ${frame ?? html`<div class="instead">${line(STILL, false)}<p>${instead}</p></div>`}</div></div>
  </section>`
}

const senderSwitch = (sender: PhoneFacts, actions: StageActions): TemplateResult => html`
  <button id="sender-switch" type="button" @click=${() => actions.switchSender(!sender.on)}>
    ${sender.on ? WORDS.turnSenderOff : WORDS.turnSenderOn}</button>`

/** What a person does next with the other phone. */
function next({ sender, other, server }: Facts, actions: StageActions): TemplateResult {
  if (!other.arrived) return html`<button id="open-other" class="primary" type="button" ?disabled=${sender.link === ''} @click=${() => actions.openOther()}>${WORDS.open}</button>`
  return html`<button id="reload-other" class=${sender.on || server.on ? '' : 'primary'} type="button" @click=${() => actions.reloadOther()}>${WORDS.reload}</button>`
}

function wire({ facts, isCalm }: Shown, actions: StageActions): TemplateResult {
  const { sender, other, moved } = facts
  const isConnected = sender.peers > 0 || other.peers > 0
  return html`<section class="between" aria-labelledby="line-name">
    <h2 id="line-name">${WORDS.line}</h2>
    ${line(isCalm ? calm(facts.line) : facts.line, isConnected, WORDS.lineLabel)}
    <p class="moved"><strong id="moved" data-bytes=${moved.forth}>${bytes(moved.forth)}</strong>
      <span id="sent" data-bytes=${sender.sentBytes}>${sender.sentBytes > 0 ? WORDS.sent(sender.sentBytes) : nothing}</span><span
        id="back" data-bytes=${moved.back}>${moved.back > 0 ? WORDS.back(moved.back) : nothing}</span><span
        id="link-state">${isConnected ? WORDS.connected : WORDS.apart}</span></p>
    ${next(facts, actions)}
    <p id="caption" role="status">${caption(facts)}</p>
  </section>`
}

const row = (event: Seen): TemplateResult => html`<li data-kind=${event.kind}><time>${time(event.at)}</time> ${seen(event)}</li>`

/** What the other phone has and the sender's phone did not send: it would have come from a server. */
const fromServer = (facts: Facts): number => (isSettled(facts) ? Math.max(0, facts.other.total - facts.moved.forth) : 0)

function server(shown: Shown, actions: StageActions): TemplateResult {
  const { facts: { tracker, server: { on }, other } } = shown
  const memoBytes = fromServer(shown.facts)
  const named = (names: readonly string[]): TemplateResult | string =>
    names.length > 0 ? html`${names.map((name) => html`<code>${name}</code> `)}` : WORDS.nothingYet
  return html`<section class="server" id="server" data-on=${on ? 'yes' : 'no'} aria-labelledby="server-name">
    <div class="head"><h2 id="server-name">${WORDS.server}</h2>
      <button id="server-switch" type="button" @click=${() => actions.switchServer(!on)}>${on ? WORDS.turnServerOff : WORDS.turnServerOn}</button></div>
    <p class="trouble" role="status">${shown.switchFailed ? WORDS.serverFailed : on ? nothing : WORDS.serverOff}</p>
    <dl>
      <div><dt>${WORDS.infoHash}</dt><dd id="seen-infohashes">${named(tracker.infoHashes)}</dd></div>
      <div><dt>${WORDS.addresses}</dt><dd id="seen-addresses">${named(tracker.addresses)}</dd></div>
      <div><dt>${WORDS.messages}</dt><dd id="seen-messages">${WORDS.counts(tracker.announces, tracker.offers, tracker.answers)}</dd></div>
      <div class="none"><dt>${WORDS.memo}</dt><dd id="seen-memo" data-bytes=${memoBytes} data-settled=${isSettled(shown.facts) ? 'yes' : 'no'}>
        ${WORDS.memoBytes(memoBytes, isSettled(shown.facts) ? other.total : 0)}</dd></div>
    </dl>
    <ol class="log" tabindex="0" aria-label=${WORDS.log}>${tracker.log.map(row)}</ol>
  </section>`
}

export function stage(shown: Shown, actions: StageActions): TemplateResult {
  const { facts, frames } = shown
  return html`<header><h1>${WORDS.title}</h1><p>${WORDS.about}</p>${steps(facts)}</header>
    <main>
      ${phone('sender', frames.sender, WORDS.off, senderSwitch(facts.sender, actions))}
      ${wire(shown, actions)}
      ${phone('other', frames.other, WORDS.waits, nothing)}
      ${server(shown, actions)}
    </main>`
}
