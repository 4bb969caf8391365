// A page for bare connections: without any client, and with what both benchmarks of bare channels need in it.

const PAGE = 'browser/pages/blank.html'

/** @param {(path: string) => Promise<object>} page opens one */
export async function barePage(page) {
  const opened = await page(PAGE)
  await opened.evaluate(prepare)
  return opened
}

/**
 * In the page: `described(peer, isEarly)` gives the connection's own description, with all candidates or, when early, with the first,
 * and `clock()` the ms of a clock that is the same in every page.
 */
function prepare() {
  window.clock = () => performance.timeOrigin + performance.now()
  window.described = (peer, isEarly) => new Promise((resolve) => {
    const look = () => {
      const { type, sdp } = peer.localDescription
      if (peer.iceGatheringState === 'complete' || (isEarly && sdp.includes('a=candidate'))) resolve({ type, sdp })
    }
    peer.onicecandidate = peer.onicegatheringstatechange = look
    look()
  })
}
