// A Chromium of its own, with a fresh profile, whose page and workers have a slower processor and network, as DevTools
// makes them. What that covers is measured by shaping.mjs.
import { existsSync, mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import puppeteer from 'puppeteer-core'

/** A phone far away: what the round trip gains, and both directions' throughput in bytes per second. */
export const NETWORK = { offline: false, latency: 150, downloadThroughput: 1_250_000, uploadThroughput: 1_250_000 }

const REMOVAL_TRIES = 10
const REMOVAL_PAUSE_MS = 200

const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync',
  '--mute-audio', '--autoplay-policy=no-user-gesture-required', '--disable-features=WebRtcHideLocalIpsWithMdns']

export function chromiumPath() {
  const found = [process.env.SAMARA_CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) => path && existsSync(path))
  if (!found) throw new Error('no Chromium found; name one in SAMARA_CHROMIUM')
  return found
}

/** The browser's last processes may still write for a moment after it has ended. */
export async function removeProfile(folder) {
  for (let tries = 0; tries < REMOVAL_TRIES; tries += 1) {
    const isGone = await rm(folder, { recursive: true, force: true }).then(() => true, () => false)
    if (isGone) return
    await new Promise((resolve) => setTimeout(resolve, REMOVAL_PAUSE_MS))
  }
}

/**
 * @param {{network?: object, cpuRate?: number, voice?: string, runner?: string}} shape
 *   voice: a WAV file that its microphone hears; runner: a program that runs $PROGRAM somewhere else (shaped_link.mjs)
 */
export async function launchShaped({ network, cpuRate = 1, voice, runner } = {}) {
  const profile = mkdtempSync(join(tmpdir(), 'samara-shaped-'))
  const microphone = voice ? ['--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream', `--use-file-for-fake-audio-capture=${voice}`] : []
  const browser = await puppeteer.launch({
    executablePath: runner ?? chromiumPath(), headless: true, pipe: true, userDataDir: profile, args: [...FLAGS, ...microphone],
    env: { ...process.env, PROGRAM: chromiumPath() },
  })
  const page = (await browser.pages())[0] ?? await browser.newPage()
  const shape = async (session) => {
    if (network) await session.send('Network.enable').then(() => session.send('Network.emulateNetworkConditions', network)).catch(() => undefined)
    if (cpuRate > 1) await session.send('Emulation.setCPUThrottlingRate', { rate: cpuRate }).catch(() => undefined)
  }
  await shape(await page.createCDPSession())
  page.on('workercreated', (worker) => void shape(worker.client))
  const close = async () => {
    await browser.close()
    await removeProfile(profile)
  }
  return { browser, page, close }
}
