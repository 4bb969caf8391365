// The share page: takes the link out of the address bar, receives the memo, shows what has been checked, plays it.
import type { Item, Progress, Samara, Transfer } from 'samara-sdk'
import { byId, make, say, show } from './dom.js'
import { titleOf } from './format.js'
import { forgetLink, readAddress, setAddress } from './address.js'
import { Player } from './player.js'
import { keepAppOffline, mark, openSamara } from './samara.js'
import { decodeSound, readPeaks, Wave } from './wave.js'
import { checked, codeOf, errorText, peopleConnected, perSecond, reasonText, receiveState, WORDS } from './words.js'

const wave = new Wave()
let player: Player | undefined

function showState(state: string, text: string): void {
  document.body.dataset['state'] = state
  say(byId('state'), text)
}

function showTitle(name: string): void {
  byId('title').textContent = titleOf(name)
  document.title = `${titleOf(name)} – ${WORDS.appName}`
}

function showFailure(error: unknown): void {
  showState('failed', errorText(error))
  for (const id of ['reason', 'amount', 'speed']) say(byId(id), '')
  show(byId('wave'), false)
  show(byId('cancel'), false)
  const isBadLink = codeOf(error) === 'bad-link'
  if (isBadLink) forgetLink()
  show(byId('paste'), isBadLink)
  show(byId('retry'), !isBadLink)
}

/** Draws one snapshot of a transfer: only what has been verified counts as there. */
function drawProgress(progress: Progress): void {
  const { state, totalBytes, verifiedBytes, metadata } = progress
  if (state === 'failed') return showFailure(progress.error)
  if (metadata) showTitle(metadata.name)
  const isMoving = state === 'receiving'
  const bar = byId<HTMLProgressElement>('bar')
  if (totalBytes !== undefined) {
    bar.max = Math.max(1, totalBytes)
    bar.value = verifiedBytes
    wave.fillRanges(progress.have, totalBytes)
  }
  say(byId('amount'), totalBytes === undefined ? '' : checked(verifiedBytes, totalBytes))
  const speed = isMoving && progress.bytesPerSecond > 0 ? ` · ${perSecond(progress.bytesPerSecond)}` : ''
  say(byId('speed'), isMoving && progress.peers > 0 ? peopleConnected(progress.peers) + speed : '')
  say(byId('reason'), progress.reason && state !== 'done' ? reasonText(progress.reason) : '')
  show(byId('cancel'), !['done', 'failed', 'cancelled'].includes(state))
  if (state !== 'done') showState(state, progress.reason ? receiveState.waiting : receiveState[state])
}

/** Measures a memo that has just come, for its waveform and length, and gives it a title without the file's ending. */
async function measure(memo: Item): Promise<Item> {
  if (readPeaks(memo.meta['peaks'])) return memo
  const sound = await decodeSound(await memo.blob())
  if (!sound) return memo
  return memo.update({ name: titleOf(memo.name), durationSeconds: sound.durationSeconds, meta: { ...memo.meta, peaks: sound.peaks } })
}

async function showMemo(memo: Item): Promise<void> {
  showTitle(memo.name)
  setAddress({ memo: memo.id })
  const shown = new Player({ title: titleOf(memo.name), peaks: memo.meta['peaks'], durationSeconds: memo.durationSeconds, src: () => memo.src() })
  player?.close()
  player = shown
  shown.element.addEventListener('cannotplay', () => showUnplayable(memo))
  byId('player').replaceChildren(shown.element)
  for (const id of ['wave', 'amount', 'speed', 'reason', 'cancel']) show(byId(id), false)
  showState('done', receiveState.done)
  show(byId('open-library'), true)
  try {
    await shown.load()
    mark('playable')
    const measured = await measure(memo)
    shown.setSound(measured.meta['peaks'], measured.durationSeconds)
    document.body.dataset['playable'] = 'yes'
  } catch {
    showUnplayable(memo)
  }
}

/** Not something this browser plays: it can still be saved as a file. */
function showUnplayable(memo: Item): void {
  player?.close()
  const save = make('a', { class: 'button', text: WORDS.saveFile })
  save.download = memo.files[0]?.name ?? memo.name
  byId('player').replaceChildren(make('p', { text: WORDS.cannotPlay }), save)
  void memo.src().then((url) => { save.href = url })
  document.body.dataset['playable'] = 'no'
}

async function follow(transfer: Transfer): Promise<void> {
  transfer.addEventListener('change', () => drawProgress(transfer.snapshot))
  drawProgress(transfer.snapshot)
  byId('cancel').addEventListener('click', () => void transfer.cancel(), { once: true })
  try {
    const memo = await transfer.done
    mark('done')
    await showMemo(memo)
  } catch (error) {
    if (transfer.snapshot.state !== 'cancelled') return showFailure(error)
    forgetLink()
    showState('cancelled', receiveState.cancelled)
  }
}

async function openMemo(samara: Samara, id: string): Promise<void> {
  const memo = await samara.item(id)
  if (memo) return showMemo(memo)
  showState('failed', WORDS.notHere)
  show(byId('open-library'), true)
}

async function start(): Promise<void> {
  const address = readAddress()
  keepAppOffline()
  if (address.kind === 'nothing') {
    showState('empty', WORDS.noLink)
    return show(byId('paste'), true)
  }
  show(byId('wave'), address.kind === 'link')
  showState('starting', receiveState.starting)
  try {
    const samara = await openSamara()
    if (address.kind === 'memo') return await openMemo(samara, address.id)
    mark('receive')
    await follow(samara.receive(address.link))
  } catch (error) {
    showFailure(error)
  }
}

/** A link that was pasted goes the way of one that was opened. */
byId<HTMLFormElement>('paste').addEventListener('submit', (event) => {
  event.preventDefault()
  setAddress({ link: byId<HTMLInputElement>('paste-link').value })
  location.reload()
})
byId('retry').addEventListener('click', () => location.reload())
addEventListener('hashchange', () => location.reload()) // another link was opened in this tab
byId('wave').append(wave.element)
void start()
