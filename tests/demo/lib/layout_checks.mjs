// What is looked at in a page's layout: does it fit its width, is any text cut, can every target be hit by a finger.
// The function runs in the page, on one state after another; it knows no state by name.

/** @returns {Promise<string[]>} what is wrong, one line each: "state: what: where" */
export async function checkLayouts({ names, least }) {
  const found = []
  const label = (element) => {
    const id = element.id ? `#${element.id}` : ''
    const classes = [...element.classList].map((one) => `.${one}`).join('')
    return `${element.localName}${id}${classes} “${(element.getAttribute('aria-label') ?? element.textContent ?? '').trim().slice(0, 40)}”`
  }
  const isSeen = (element) => element.checkVisibility({ checkOpacity: false, checkVisibilityCSS: true })
  /** Visually hidden texts are one pixel wide on purpose. */
  const isForEarsOnly = (element) => element.clientWidth <= 1 || element.closest('.sr-only, .visually-hidden, .quiet-text') !== null
  const hasOwnText = (element) => [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim() !== '')
  /** An ellipsis or a clamp is a decision, not an accident. So is a list that scrolls by itself. */
  const isMeant = (style) => style.textOverflow === 'ellipsis' || style.webkitLineClamp !== 'none' || /auto|scroll/.test(style.overflowX)

  function checkTexts(name, width) {
    for (const element of document.querySelectorAll('#app *')) {
      if (!hasOwnText(element) || !isSeen(element) || isForEarsOnly(element)) continue
      const style = getComputedStyle(element)
      if (isMeant(style) || element.closest('svg')) continue
      const box = element.getBoundingClientRect()
      if (style.display !== 'inline' && element.scrollWidth > element.clientWidth + 1) found.push(`${name}: text wider than its box by ${element.scrollWidth - element.clientWidth} px: ${label(element)}`)
      if (style.display !== 'inline' && /hidden|clip/.test(style.overflowY) && element.scrollHeight > element.clientHeight + 1) found.push(`${name}: text cut below: ${label(element)}`)
      if (box.width > 0 && (box.left < -1 || box.right > width + 1) && !insideScroller(element)) found.push(`${name}: text beyond the page (${Math.round(box.left)}…${Math.round(box.right)} of ${width}): ${label(element)}`)
    }
  }
  function insideScroller(element) {
    for (let up = element.parentElement; up; up = up.parentElement) if (/auto|scroll/.test(getComputedStyle(up).overflowX)) return true
    return false
  }
  /** The part of an element that can be touched: its label's too, where a control has one around it. */
  function touched(element) {
    const box = (element.closest('label') ?? element).getBoundingClientRect()
    return { width: Math.max(box.width, element.getBoundingClientRect().width), height: Math.max(box.height, element.getBoundingClientRect().height) }
  }
  const isLinkInText = (element) => element.localName === 'a' && getComputedStyle(element).display === 'inline' && hasOwnText(element.parentElement)

  function checkTargets(name) {
    for (const element of document.querySelectorAll('#app :is(button, a[href], input, select, textarea, summary, [role=slider], [role=button], [tabindex="0"])')) {
      if (!isSeen(element) || element.closest('[inert]') || isForEarsOnly(element) && !element.closest('label') || isLinkInText(element)) continue
      if (element.matches('input[type=file]')) continue
      const { width, height } = touched(element)
      if (width < least - 0.5 || height < least - 0.5) found.push(`${name}: target of ${Math.round(width)} × ${Math.round(height)} px: ${label(element)}`)
    }
  }

  for (const name of names) {
    window.gallery.show(name)
    await new Promise((resolve) => setTimeout(resolve)) // sheets open in a microtask; layout is asked for below
    const { scrollWidth, clientWidth } = document.documentElement
    if (scrollWidth > clientWidth) found.push(`${name}: the page is ${scrollWidth} px wide in a window of ${clientWidth} px`)
    checkTexts(name, clientWidth)
    checkTargets(name)
  }
  return found
}
