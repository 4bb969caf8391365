// Owns: the package's worker behind one that stands before it in a test: from the moment this module is imported, what the page says
// waits, until startReal() has loaded the real one (`?real=<its URL>`).
const early = []
const hold = (event) => early.push(event)
addEventListener('message', hold)

export async function startReal() {
  await import(new URL(location).searchParams.get('real'))
  removeEventListener('message', hold)
  for (const event of early) self.onmessage(event)
}
