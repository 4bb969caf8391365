// What a page printed, kept for the report of a failed case. Works for both drivers: their events have the same names.

const MAX_LINES = 400

export function watchConsole(page) {
  const lines = []
  const add = (line) => {
    lines.push(line)
    if (lines.length > MAX_LINES) lines.shift()
  }
  page.on('console', (message) => add(`${message.type()}: ${message.text()}`))
  page.on('pageerror', (error) => add(`page error: ${error?.stack ?? error}`))
  page.on('requestfailed', (request) => add(`request failed: ${request.url()} ${request.failure()?.errorText ?? ''}`))
  return lines
}
