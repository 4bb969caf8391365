// The sheet over the library while a memo is recorded: the question for the microphone, the sound as it is measured, and
// what went wrong. Esc never throws a recording away.
import { html, nothing } from 'lit-html'
import type { TemplateResult } from 'lit-html'
import { words } from '../words/words.js'
import { modal, takeFocus } from './directives.js'
import { duration, spokenDuration } from './format.js'
import type { Actions, MicrophoneTrouble, Recorder } from './model.js'
import { adviceText, button } from './parts.js'
import { liveWave } from './wave.js'

const asking = (actions: Actions): TemplateResult => html`<h2 id="recorder-title">${words().recorder.asking}</h2>
  <p>${words().recorder.askingText}</p>
  <div class="buttons">${button('plain', words().cancel, () => actions.discardRecording(), { id: 'record-discard' })}</div>`

function recording(step: Extract<Recorder, { step: 'recording' }>, actions: Actions): TemplateResult {
  const w = words().recorder
  return html`<h2 id="recorder-title" class="recording-title"><span class="live-dot"></span>${w.recording}</h2>
    <p id="record-time" class="clock" role="timer" aria-label=${w.soundSo(spokenDuration(step.seconds))}>${duration(Math.floor(step.seconds))}</p>
    <div class="live-box" dir="ltr">${liveWave(step.levels)}</div>
    <div class="buttons">
      ${button('plain', w.discard, () => actions.discardRecording(), { id: 'record-discard' })}
      <button type="button" id="record-stop" class="button primary" autofocus ${takeFocus('recording')} @click=${() => actions.stopRecording()}><span class="stop-square"></span><span>${w.stop}</span></button></div>`
}

/** Where another try could go otherwise than this one did. */
const CAN_RETRY: readonly MicrophoneTrouble[] = ['denied', 'missing', 'busy', 'empty']

function failed(why: MicrophoneTrouble, actions: Actions): TemplateResult {
  const w = words()
  const advice = w.microphone[why]
  return html`<h2 id="recorder-title" tabindex="-1" ${takeFocus(why)}>${advice.title}</h2><div class="advice" role="alert">${adviceText(advice)}</div>
    <div class="buttons">${button('plain', w.close, () => actions.dismissRecorder(), { id: 'record-close' })}
      ${CAN_RETRY.includes(why) ? button('primary', w.retry, () => actions.record(), { id: 'record-retry', focus: true }) : nothing}</div>`
}

export function recorderSheet(recorder: Recorder, actions: Actions): TemplateResult | typeof nothing {
  if (recorder.step === 'off') return nothing
  const leave = (): void => {
    if (recorder.step === 'asking') actions.discardRecording()
    if (recorder.step === 'failed') actions.dismissRecorder()
  }
  return html`<dialog class="sheet recorder" id="recorder" data-step=${recorder.step} aria-labelledby="recorder-title" ${modal(leave)}>
    ${recorder.step === 'asking' ? asking(actions) : recorder.step === 'recording' ? recording(recorder, actions)
      : recorder.step === 'failed' ? failed(recorder.why, actions)
        : html`<div role="status"><h2 id="recorder-title" tabindex="-1" ${takeFocus('saving')}>${words().recorder.saving}</h2></div>`}</dialog>`
}
