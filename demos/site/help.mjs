// What the plain-http half of `--lan` says: one page that hands out the authority and says how to trust it, and the way
// to https for everything else. Knows no app.
import { createHash } from 'node:crypto'

export const AUTHORITY_PATH = '/samara-authority.crt'

const STYLE = `
:root { color-scheme: light dark; font: 17px/1.5 system-ui, sans-serif; --line: #d9cfc2; --paper: #fbf8f3; --ink: #2b2622; --maple: #a8391b }
@media (prefers-color-scheme: dark) { :root { --line: #453d36; --paper: #171412; --ink: #efe7dd; --maple: #ff9a76 } }
body { margin: 0 auto; max-width: 36rem; padding: 24px 20px 48px; background: var(--paper); color: var(--ink) }
h1 { font-size: 1.5rem; line-height: 1.25 } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem }
a { color: var(--maple) }
.button { display: block; margin: 12px 0; padding: 12px 16px; min-height: 24px; border-radius: 12px; background: var(--maple); color: var(--paper);
  font-weight: 600; text-align: center; text-decoration: none }
code { overflow-wrap: anywhere; font-size: .95rem }
details { border-top: 1px solid var(--line); padding: 4px 0 } summary { padding: 10px 0; min-height: 24px; font-weight: 600; cursor: pointer }
ol { margin: 0; padding-left: 1.4rem } li { margin: 6px 0 }
small { color: inherit; opacity: .85 }
`

const STEPS = [
  ['iPhone and iPad', [
    'Tap <b>Download the authority</b> in Safari, then <b>Allow</b>.',
    'Open the Settings app, tap <b>Profile Downloaded</b> near the top, then <b>Install</b>.',
    'In Settings › General › About › <b>Certificate Trust Settings</b>, switch on the entry that begins with “Samara demo”.',
    'Come back here and open the app.',
  ]],
  ['Android (Chrome)', [
    'Tap <b>Download the authority</b>.',
    'In the Settings app, search for <b>CA certificate</b> (usually under Security › Encryption &amp; credentials › Install a certificate).',
    'Tap <b>Install anyway</b> and choose the downloaded file. Android may ask for your screen lock.',
    'Come back here and open the app. Android keeps saying that the network may be monitored until you remove the certificate.',
  ]],
  ['Chrome and Edge on a computer', [
    'Download the authority.',
    'Windows: open the file, Install Certificate, Current User, and put it into <b>Trusted Root Certification Authorities</b>. '
      + 'macOS: open it in Keychain Access and set it to <b>Always Trust</b>. '
      + 'Linux: open <code>chrome://certificate-manager</code>, Local certificates › Custom › Installed by you, and import it under Trusted Certificates.',
    'Restart the browser if it still refuses, then open the app.',
  ]],
  ['Firefox on a computer', [
    'Download the authority.',
    'Firefox asks: tick <b>Trust this CA to identify websites</b>. If it does not ask: Settings › Privacy &amp; Security › Certificates › View Certificates › Authorities › Import.',
    'Open the app.',
  ]],
  ['Firefox on Android', [
    'Install the authority as for Android above.',
    'In Firefox, open Settings › About Firefox and tap the logo until it says that the debug menu is on.',
    'In Settings › Secret Settings, switch on <b>Use third party CA certificates</b>, then open the app.',
  ]],
]

const escapeHtml = (text) => text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`)

function stepsHtml([title, steps]) {
  return `<details><summary>${title}</summary><ol>${steps.map((step) => `<li>${step}</li>`).join('')}</ol></details>`
}

/** @param {{appUrl: string, address: string, name?: string, fingerprint: string, validTo: Date}} what */
function helpPage({ appUrl, address, name, fingerprint, validTo }) {
  const names = [address, name].filter(Boolean).map((one) => `<b>${escapeHtml(one)}</b>`).join(' and ')
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Samara: trust this computer once</title>
<style>${STYLE}</style>
</head>
<body>
<h1>Trust this computer once, then open Samara</h1>
<p>The microphone and the app's storage need a secure connection. On a local network nobody can vouch for this computer,
so it made a certificate authority of its own. Your device has to be told about it once.</p>
<a class="button" id="authority" href="${AUTHORITY_PATH}">1. Download the authority</a>
<p>This page came over an open connection. Compare the SHA-256 fingerprint with the one in the terminal:<br>
<code id="fingerprint">${escapeHtml(fingerprint)}</code></p>
<h2>2. Trust it</h2>
${STEPS.map(stepsHtml).join('\n')}
<h2>3. Open the app</h2>
<a class="button" id="app" href="${escapeHtml(appUrl)}">Open Samara</a>
<p><small>What you trust: this authority can speak for ${names} and for nothing else, until ${validTo.toISOString().slice(0, 10)}.
Its key never leaves the computer that made it. Remove it in the same place when you no longer want it.</small></p>
</body>
</html>
`
}

const HEADERS = {
  'Cache-Control': 'no-store',
  'Content-Security-Policy': `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
}

/**
 * The request handler of the plain half.
 * @param {{isOurHost: (host?: string) => boolean, appUrl: string, address: string, name?: string, certificates: object}} options
 */
export function plainHalf({ isOurHost, certificates, ...about }) {
  const page = helpPage({ ...about, fingerprint: certificates.fingerprint, validTo: certificates.validTo })
  const answers = {
    '/': ['text/html; charset=utf-8', Buffer.from(page)],
    [AUTHORITY_PATH]: ['application/x-x509-ca-cert', certificates.der],
  }
  return (request, response) => {
    const end = (status, headers = {}, body = `${status}\n`) =>
      response.writeHead(status, { ...HEADERS, 'Content-Type': 'text/plain; charset=utf-8', ...headers }).end(request.method === 'HEAD' ? undefined : body)
    if (!isOurHost(request.headers.host)) return end(403)
    if (request.method !== 'GET' && request.method !== 'HEAD') return end(405, { Allow: 'GET, HEAD' })
    const found = answers[request.url.split('?', 1)[0]]
    if (found) return end(200, { 'Content-Type': found[0] }, found[1])
    if (!request.url.startsWith('/')) return end(404)
    return end(307, { Location: `https://${request.headers.host}${request.url}` })
  }
}
