// Shares, with a password, when opened without a link, receives what the address bar holds otherwise; writes what happened into #result.
import { open } from './lib/index.js'

const violations = []
document.addEventListener('securitypolicyviolation', (event) => violations.push(`${event.violatedDirective} ${event.blockedURI}`))
const show = (result) => { document.querySelector('#result').textContent = JSON.stringify({ ...result, violations }) }

async function main() {
  const tracker = new URLSearchParams(location.search).get('tracker')
  const samara = await open({ trackers: tracker ? [tracker] : [], iceServers: [] })
  if (location.hash) {
    const item = await samara.receive(location.href, { password: 'open sesame' }).done
    show({ text: await (await item.blob()).text(), name: item.name })
  } else {
    const share = await samara.share(new File(['hello from a static host'], 'hello.txt', { type: 'text/plain' }), { password: 'open sesame' })
    show({ url: share.url })
  }
}

main().catch((error) => show({ error: String(error?.stack ?? error), code: error?.code }))
