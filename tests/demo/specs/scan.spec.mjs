// Scanning a link: offered where the browser reads QR codes, the camera only from the tap on, and off again afterwards.
import assert from 'node:assert/strict'
import { startSite } from '../../../demos/site.mjs'
import { describe, test } from '../../browser/lib/runner.mjs'
import { appOf, nobodysLink, openApp, press, shows, stateOf, until } from '../lib/app.mjs'

describe('scan')

const CAMERA = ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream']

/** A browser that reads QR codes: whatever the camera shows says `text`, once there is one. Counts the cameras that are on. */
function reader(text) {
  window.cameras = []
  window.codes = text ? [{ rawValue: text }] : []
  window.BarcodeDetector = class {
    static async getSupportedFormats() { return ['aztec', 'qr_code'] }
    async detect(video) { return video.videoWidth > 0 ? window.codes : [] }
  }
  const { getUserMedia } = MediaDevices.prototype
  MediaDevices.prototype.getUserMedia = async function (wanted) {
    const stream = await getUserMedia.call(this, wanted)
    window.cameras.push(...stream.getVideoTracks())
    return stream
  }
}

const camerasOn = (page) => page.evaluate(() => window.cameras.filter(({ readyState }) => readyState === 'live').length)

async function pageWithCamera(t, app, text) {
  const browser = await t.browsers.launch('chromium', { flags: CAMERA })
  t.defer(() => browser.close())
  return openApp(t, app, { path: 'share/', context: await browser.newContext(), init: reader, argument: text })
}

test('a code is read, its link opened, and the camera is off again', async (t) => {
  const app = await appOf(t)
  const page = await pageWithCamera(t, app, nobodysLink(app, t.tracker.url))
  await until(page, () => document.querySelector('#scan'))
  assert.equal(await page.evaluate(() => window.cameras.length), 0, 'no camera before the tap')
  await press(page, '#scan')
  await shows(page, 'step', 'consent')
  assert.equal(await camerasOn(page), 0)
  assert.equal((await stateOf(page)).scanner, undefined)
  assert.ok(!page.raw.url().includes('magnet'))
})

test('closing the sheet turns the camera off', async (t) => {
  const app = await appOf(t)
  const page = await pageWithCamera(t, app)
  for (const close of [() => press(page, '#scanner-close'), () => page.raw.keyboard.press('Escape')]) {
    await press(page, '#scan')
    await until(page, () => document.querySelector('#scanner-video')?.videoWidth > 0)
    assert.equal(await camerasOn(page), 1)
    await close()
    await until(page, () => !document.querySelector('#scanner'))
    assert.equal(await camerasOn(page), 0)
  }
})

test('no camera, a blocked one, and one that is in use', async (t) => {
  const app = await appOf(t)
  for (const [name, why] of [['NotFoundError', 'missing'], ['NotAllowedError', 'denied'], ['NotReadableError', 'busy']]) {
    const init = (wanted) => {
      window.BarcodeDetector = class { static async getSupportedFormats() { return ['qr_code'] } }
      MediaDevices.prototype.getUserMedia = async () => { throw new DOMException('no', wanted) }
    }
    const page = await openApp(t, app, { path: 'share/', init, argument: name })
    await press(page, '#scan')
    await until(page, () => window.samaraDemo.state.scanner?.step === 'failed')
    assert.equal((await stateOf(page)).scanner.why, why)
    await press(page, '#scanner-close')
    await until(page, () => !document.querySelector('#scanner') && document.querySelector('#paste-link'))
  }
})

test('where the browser reads no codes there is no button, only the field', async (t) => {
  const app = await appOf(t)
  for (const init of [() => { delete window.BarcodeDetector }, () => { window.BarcodeDetector = class { static async getSupportedFormats() { return ['aztec'] } } }]) {
    const page = await openApp(t, app, { path: 'share/', init })
    await until(page, () => document.querySelector('#paste-link'))
    assert.equal((await stateOf(page)).canScan, false)
    assert.equal(await page.evaluate(() => document.querySelector('#scan')), null)
  }
})

test('the server lets the app use the camera, and nobody else', async (t) => {
  const site = await startSite({ port: 0 })
  t.defer(() => site.close())
  const answer = await fetch(`${site.url}share/`)
  assert.match(answer.headers.get('permissions-policy'), /camera=\(self\)/)
})
